// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"

	"golang.org/x/time/rate"

	"bellwire/call"
	"bellwire/dht"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
	"bellwire/line/p2p/contacts"
	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/media/codec"
	"bellwire/sip"
)

// callBacklog is how many incoming calls may wait for Accept before further ones hear busy.
const callBacklog = 16

// Network is what a line needs of the DHT; *dht.Node provides it.
type Network interface {
	WaitConnected(ctx context.Context) error
	Get(ctx context.Context, key wire.Hash, q value.Query) iter.Seq2[*value.Value, error]
	Put(ctx context.Context, key wire.Hash, v *value.Value) error
	Publish(key wire.Hash, v *value.Value) (stop func())
	Changes(ctx context.Context, key wire.Hash, q value.Query) iter.Seq[dht.Event]
}

// Config is what a line needs. All but Contacts, Name, UserAgent and Log are required; the line closes
// neither the node nor the endpoint.
type Config struct {
	Device *identity.Device
	// Announcement is the value of Announce, signed by the account's key.
	Announcement *value.Value
	DHT          Network
	Links        *link.Endpoint
	ICE          ice.Config    // of calls whose link carries no media
	Codecs       []codec.Codec // offered and accepted, preferred first
	// Contacts is the account's book; nil is an empty one that nobody keeps. Whoever makes Links asks its
	// Allow who may connect.
	Contacts  *contacts.Book
	Name      string       // how the account calls itself
	UserAgent string       // User-Agent header
	Log       *slog.Logger // nil discards
}

// Line is one account on this device. It implements call.Line, call.Texter and call.Directory.
type Line struct {
	cfg     Config
	account identity.AccountID
	ua      *sip.UA
	log     *slog.Logger

	calls     chan *call.Incoming
	texts     chan call.Text
	strangers *rate.Limiter // of the texts of those who are no contacts
	ready     chan struct{} // closed when the device is announced

	acquaintances

	ctx     context.Context // the line's life
	stop    context.CancelFunc
	running sync.WaitGroup

	unpublish []func()

	mu    sync.Mutex
	flows map[link.Link]*peerFlow
}

var (
	_ call.Line      = (*Line)(nil)
	_ call.Texter    = (*Line)(nil)
	_ call.Directory = (*Line)(nil)
	_ Network        = (*dht.Node)(nil)
)

// New puts a line into service: it publishes the device and accepts links at once.
func New(cfg Config) (*Line, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Announcement == nil || cfg.Announcement.Owner == nil {
		return nil, errors.New("a p2p line needs the announcement its account signed")
	}
	cfg.Announcement = renewed(cfg.Announcement)
	ua, err := sip.NewUA(sip.Config{Name: cfg.UserAgent, Log: cfg.Log})
	if err != nil {
		return nil, fmt.Errorf("start the SIP user agent of the line: %w", err)
	}
	l := &Line{
		cfg:       cfg,
		account:   cfg.Device.AccountID(),
		ua:        ua,
		log:       cfg.Log,
		calls:     make(chan *call.Incoming, callBacklog),
		texts:     make(chan call.Text, textBacklog),
		strangers: rate.NewLimiter(rate.Every(strangerEvery), strangerTexts),
		ready:     make(chan struct{}),
		flows:     map[link.Link]*peerFlow{},
	}
	l.ctx, l.stop = context.WithCancel(context.Background())
	if err := l.acquaint(cfg.Contacts); err != nil {
		l.stop()
		return nil, err
	}
	l.publish()
	l.running.Go(l.confirm)
	l.running.Go(l.acceptLinks)
	l.running.Go(l.acceptCalls)
	l.running.Go(l.acceptTexts)
	return l, nil
}

// ID returns the account id in 40 hexadecimal digits.
func (l *Line) ID() string { return l.account.String() }

// Kind returns "p2p".
func (l *Line) Kind() string { return "p2p" }

// Accept returns the next incoming call.
func (l *Line) Accept(ctx context.Context) (*call.Incoming, error) {
	select {
	case in := <-l.calls:
		return in, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.ctx.Done():
		return nil, link.ErrClosed
	}
}

// Close withdraws the line: nothing is announced any more, and calls that are up lose their connection;
// to be polite hang up first. It returns when everything the line ran has ended.
func (l *Line) Close() error {
	l.leave()
	for _, stop := range l.unpublish {
		stop()
	}
	l.mu.Lock()
	l.stop() // under the lock: nothing is spawned after it
	l.mu.Unlock()
	err := l.ua.Close()
	l.running.Wait()
	return err
}

// spawn runs work on a goroutine that Close waits for. After Close nothing is run any more.
func (l *Line) spawn(work func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.goLocked(work)
}

func (l *Line) goLocked(work func()) bool {
	if l.ctx.Err() != nil {
		return false
	}
	l.running.Go(work)
	return true
}
