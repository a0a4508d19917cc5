// SPDX-License-Identifier: GPL-3.0-or-later

package offer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"bellwire/dht/sealed"
	"bellwire/dht/value"
	"bellwire/identity"
	"bellwire/internal/recent"
	"bellwire/link"
)

// userType marks the values of connection requests.
const userType = "peer_request"

const (
	// backlog is how many offers may wait for Accept; more are dropped.
	backlog = 64
	// maxRemember is how many offers are remembered.
	maxRemember = 1024
	// stale is when nobody waits for the answer to an offer any more.
	stale = 30 * time.Second
)

// Config describes a Signaller. Network and Device are required.
type Config struct {
	Network Network
	Device  *identity.Device
	// Decrypts is how many values of unknown senders may be decrypted in a second; 40 when zero,
	// which is about a third of a processor's time at most.
	Decrypts int
	Log      *slog.Logger // nil discards
}

const defaultDecrypts = 40

// Signaller implements link.Signaller for one device.
type Signaller struct {
	cfg     Config
	ctx     context.Context // the signaller's own lifetime
	cancel  context.CancelFunc
	running sync.WaitGroup
	opener  *sealed.Opener
	inbox   chan link.Incoming

	mu      sync.Mutex
	awaited map[uint64]*awaited // by the id of the offer
	seen    *recent.Set[offerName]
}

// offerName tells offers apart: the same one may come as two values.
type offerName struct {
	from identity.LongID
	id   uint64
}

// awaited is an offer whose answer somebody waits for.
type awaited struct {
	to      *identity.PublicKey
	answers chan link.Answer
	foreign bool // another device has answered; guarded by Signaller.mu
}

// Start begins to listen for offers to the device.
func Start(cfg Config) (*Signaller, error) {
	if cfg.Network == nil || cfg.Device == nil {
		return nil, errors.New("carrying offers needs a network and a device")
	}
	if cfg.Decrypts <= 0 {
		cfg.Decrypts = defaultDecrypts
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Signaller{
		cfg:     cfg,
		ctx:     ctx,
		cancel:  cancel,
		opener:  sealed.NewOpener(cfg.Device.Key, cfg.Decrypts, stale, time.Now()),
		inbox:   make(chan link.Incoming, backlog),
		awaited: map[uint64]*awaited{},
		seen:    recent.New[offerName](maxRemember),
	}
	for _, key := range Keys(cfg.Device.Key.Public()) {
		watch := cfg.Network.Watch(key)
		s.running.Go(func() { s.receive(watch) })
	}
	s.running.Go(func() { s.opener.Run(ctx, s.handle) })
	return s, nil
}

// Close stops listening and returns when everything has ended. Calls under way fail with
// link.ErrClosed.
func (s *Signaller) Close() error {
	s.cancel()
	s.running.Wait()
	return nil
}

// receive passes the values under one key on to be decrypted.
func (s *Signaller) receive(watch Watch) {
	defer watch.Close()
	for {
		select {
		case e, open := <-watch.Events():
			if !open {
				return
			}
			if e.Value != nil && !e.Expired {
				s.opener.Add(e.Value, time.Now())
			}
		case <-s.ctx.Done():
			return
		}
	}
}

// handle deals with a value that was meant for us and signed by its owner.
func (s *Signaller) handle(v *value.Value) {
	if v.UserType != userType {
		return
	}
	m, err := parse(v.Data)
	if err != nil {
		s.cfg.Log.Warn("connection request dropped", "device", v.Owner, "error", err)
		return
	}
	if m.answer {
		s.handleAnswer(v.Owner, m)
	} else {
		s.handleOffer(v.Owner, m)
	}
}

func (s *Signaller) handleAnswer(from *identity.PublicKey, m message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.awaited[m.id]
	if a == nil {
		return
	}
	if !a.to.Equal(from) {
		a.foreign = true
		s.cfg.Log.Warn("answer of another device dropped", "device", from, "asked", a.to)
		return
	}
	select {
	case a.answers <- link.Answer{From: from, Halves: m.halves}:
	default: // the first answer counts
	}
}

func (s *Signaller) handleOffer(from *identity.PublicKey, m message) {
	s.mu.Lock()
	known := !s.seen.Add(offerName{from.LongID(), m.id})
	s.mu.Unlock()
	if known {
		return
	}
	o := link.Offer{ID: m.id, Purpose: m.purpose, Made: m.made, Halves: m.halves}
	in := link.Incoming{From: from, Offer: o, Answer: func(ctx context.Context, a link.Answer) error {
		return s.answer(ctx, from, o, a)
	}}
	select {
	case s.inbox <- in:
	default:
		s.cfg.Log.Warn("connection request dropped", "device", from, "error", link.ErrBusy)
	}
}

// Accept implements link.Signaller.
func (s *Signaller) Accept(ctx context.Context) (link.Incoming, error) {
	select {
	case in := <-s.inbox:
		return in, nil
	case <-s.ctx.Done():
		return link.Incoming{}, link.ErrClosed
	case <-ctx.Done():
		return link.Incoming{}, ctx.Err()
	}
}

// Offer implements link.Signaller. It fails with link.ErrUnreachable when the offer could not be
// stored, and with link.ErrNotAuthenticated when the context ends and only another device answered.
func (s *Signaller) Offer(ctx context.Context, to *identity.PublicKey, o link.Offer) (link.Answer, error) {
	a := &awaited{to: to, answers: make(chan link.Answer, 1)}
	if err := s.await(o.ID, a); err != nil {
		return link.Answer{}, err
	}
	defer s.forget(o.ID)
	defer s.opener.Expect(answerID(o))()
	m := message{id: o.ID, purpose: o.Purpose, made: o.Made, halves: o.Halves}
	ctx, stop := context.WithCancel(ctx)
	stored := make(chan error, 1)
	go func() { stored <- s.put(ctx, to, m, value.NewID()) }()
	defer func() {
		stop()
		<-stored
	}()
	select {
	case answer := <-a.answers:
		return answer, nil
	case err := <-stored:
		stored <- err // for the deferred wait
		if err != nil {
			return link.Answer{}, s.unanswered(a, err)
		}
		return s.waitAnswer(ctx, a)
	case <-s.ctx.Done():
		return link.Answer{}, link.ErrClosed
	}
}

// waitAnswer waits once the offer is stored.
func (s *Signaller) waitAnswer(ctx context.Context, a *awaited) (link.Answer, error) {
	select {
	case answer := <-a.answers:
		return answer, nil
	case <-ctx.Done():
		return link.Answer{}, s.unanswered(a, ctx.Err())
	case <-s.ctx.Done():
		return link.Answer{}, link.ErrClosed
	}
}

// unanswered explains why there is no answer.
func (s *Signaller) unanswered(a *awaited, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.foreign {
		return fmt.Errorf("%w: only another device answered", link.ErrNotAuthenticated)
	}
	return err
}

func (s *Signaller) await(id uint64, a *awaited) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.awaited[id] != nil {
		return fmt.Errorf("offer %d is under way already", id)
	}
	s.awaited[id] = a
	return nil
}

func (s *Signaller) forget(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.awaited, id)
}

// answer sends the answer to an offer.
func (s *Signaller) answer(ctx context.Context, to *identity.PublicKey, o link.Offer, a link.Answer) error {
	return s.put(ctx, to, message{id: o.ID, answer: true, halves: a.Halves}, answerID(o))
}

// put stores the message under both keys of a device. It succeeds when one of them holds it.
func (s *Signaller) put(ctx context.Context, to *identity.PublicKey, m message, id uint64) error {
	v, err := value.Encrypt(&value.Value{
		ID:       id,
		UserType: userType,
		Data:     m.append(nil),
	}, s.cfg.Device.Key, to)
	if err != nil {
		return err
	}
	keys := Keys(to)
	results := make(chan error, len(keys))
	for _, key := range keys {
		go func() { results <- s.cfg.Network.Put(ctx, key, v) }()
	}
	var failed []error
	for range keys {
		if err := <-results; err != nil {
			failed = append(failed, err)
		}
	}
	if len(failed) < len(keys) {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", link.ErrUnreachable, errors.Join(failed...))
}
