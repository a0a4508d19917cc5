// SPDX-License-Identifier: GPL-3.0-or-later

// Package media moves the sound of one call: samples to packets and back. A Session joins a Path,
// the SRTP keys, a codec, the jitter buffer, a source and a sink, and reports what it measured.
// Where two calls share a codec, a Join forwards their packets without decoding. The package knows
// nothing of SIP dialogs or of who is calling.
package media

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"bellwire/media/audio"
	"bellwire/media/path"
	"bellwire/media/rtp"
)

// Errors that callers branch on.
var (
	// ErrClosed is returned by methods of a Session after Close.
	ErrClosed = errors.New("the media session is closed")
	// ErrNoDigits is returned by SendDigits where telephone-event was not negotiated: the keys have
	// to go by another way, such as SIP INFO.
	ErrNoDigits = errors.New("the far end takes no RFC 4733 digits")
	// ErrHeld is returned by SendDigits while our direction does not send.
	ErrHeld = errors.New("nothing is sent while the call is on hold")
)

// Config is what a Session needs for its whole life.
type Config struct {
	Path   path.Path    // required; the Session closes it
	Stream Stream       // what was negotiated, until Update
	Source audio.Source // what is sent; nil is silence
	Sink   audio.Sink   // what is heard goes there; nil discards it
	SSRC   uint32       // ours, as announced in SDP; 0 chooses a random one, and another with each new key
	CNAME  string       // canonical name in RTCP (RFC 7022); empty chooses a random one
	Log    *slog.Logger // nil discards
}

// Session is the sound of one call. Its methods are safe for concurrent use, but not for the
// source and the sink, which are called from within.
type Session struct {
	path     path.Path
	log      *slog.Logger
	send     sender
	receive  receiver
	playout  playout
	reports  reports
	updating sync.Mutex // one Update at a time; guards updates
	updates  uint32     // how many there were

	digitsTurn chan struct{}   // holds one token: one SendDigits at a time
	ctx        context.Context // ends with Close
	cancel     context.CancelFunc
	ended      chan struct{} // closed when the goroutine has ended
}

// Start begins to send and to receive at once.
func Start(cfg Config) (*Session, error) {
	s, err := prepare(cfg)
	if err != nil {
		return nil, err
	}
	go s.run()
	return s, nil
}

// prepare makes a session that receives, but has no goroutine yet.
func prepare(cfg Config) (*Session, error) {
	if cfg.Path == nil {
		return nil, errors.New("a media session needs a path")
	}
	if err := cfg.Stream.check(); err != nil {
		return nil, err
	}
	s := &Session{
		path:       cfg.Path,
		log:        cfg.Log,
		digitsTurn: make(chan struct{}, 1),
		ended:      make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.digitsTurn <- struct{}{}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.send.init(cfg, s.log)
	s.receive.init(time.Now())
	s.playout.log, s.playout.sink = s.log, cfg.Sink
	s.reports.init(cfg.CNAME)
	if err := s.Update(cfg.Stream); err != nil {
		s.cancel()
		return nil, err
	}
	s.path.Receive(
		func(p []byte) { s.receive.packet(p, time.Now()) },
		func(p []byte) { s.receive.report(p, time.Now()) },
	)
	return s, nil
}

// Update applies the outcome of a re-INVITE: new keys, directions or codec. What did not change
// goes on undisturbed; in particular a key that stays keeps its SRTP state. With a new key the
// stream keeps its SSRC where that was announced, and begins anew with another where it was not:
// peers disagree about the rollover counter under a new key, and a new SSRC leaves no doubt. A
// tentative key comes into use when the far end is heard under its own.
func (s *Session) Update(stream Stream) error {
	if err := stream.check(); err != nil {
		return err
	}
	s.updating.Lock()
	defer s.updating.Unlock()
	if s.ctx.Err() != nil {
		return ErrClosed
	}
	// Both sides are prepared before either is changed, so that an error changes nothing.
	out, err := s.send.prepare(stream)
	if err != nil {
		return err
	}
	in, err := s.receive.prepare(stream)
	if err != nil {
		out.discard()
		return err
	}
	s.updates++
	wait := stream.Tentative && in.opener != nil && s.updates > 1
	s.receive.apply(in, s.updates, wait)
	s.renew() // the far end may have been heard just now under the key before
	s.receive.follow(s.send.apply(out, s.updates, wait))
	s.log.Debug("sound negotiated", "codec", stream.Codec.Name, "srtp", stream.Suite.String(), "send", stream.Send, "receive", stream.Receive)
	return nil
}

// SetSource replaces what is sent; nil is silence. The former source is not read after it returned.
func (s *Session) SetSource(source audio.Source) { s.send.setSource(source) }

// SetSink replaces where received sound goes; nil discards it. The former sink is not written to
// after it returned.
func (s *Session) SetSink(sink audio.Sink) { s.playout.setSink(sink) }

// Mute sends silence in place of the source, which goes on being read.
func (s *Session) Mute(on bool) { s.send.mute(on) }

// Heard returns when an authentic packet or a report of the far end came last, or when the session
// began, if none did. Where RTCP is plain, a report may be anybody's who can send to our path.
func (s *Session) Heard() time.Time { return s.receive.heard() }

// Digits returns the keys the far end presses, in order and each once. When nobody reads, the
// oldest are dropped beyond a bound. It is closed by Close.
func (s *Session) Digits() <-chan rtp.Digit { return s.receive.digits }

// Close stops both directions, says goodbye in RTCP, closes the path and returns when its
// goroutine has ended. The source and the sink stay open: they are the caller's.
func (s *Session) Close() error {
	s.updating.Lock()
	first := s.ctx.Err() == nil
	s.cancel()
	s.updating.Unlock()
	<-s.ended
	if !first {
		return nil
	}
	s.report(time.Now(), true)
	s.path.Receive(nil, nil)
	err := s.path.Close()
	s.receive.close()
	s.send.close()
	if err != nil && !errors.Is(err, path.ErrClosed) {
		return fmt.Errorf("close the media path: %w", err)
	}
	return nil
}
