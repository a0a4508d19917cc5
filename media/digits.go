// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"context"

	"bellwire/media/path"
	"bellwire/media/rtp"
)

const (
	// A key is sent for 100 ms, with a pause of 100 ms behind it.
	keyFrames   = 5
	pauseFrames = 5
	// repeats of the end of a key are sent in the pause.
	repeatFrames = 2
	// maxDigits waits to be read.
	maxDigits = 64
)

// SendDigits sends the keys 0-9 * # A-D one after the other, 100 ms each with pauses of 100 ms,
// and returns when the last one was sent. When the context ends first, the keys that have not
// begun are not sent.
func (s *Session) SendDigits(ctx context.Context, keys string) error {
	if err := rtp.CheckKeys(keys); err != nil {
		return err
	}
	if keys == "" {
		return nil
	}
	select {
	case <-s.digitsTurn:
		defer func() { s.digitsTurn <- struct{}{} }()
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ctx.Done():
		return ErrClosed
	}
	done, err := s.send.pressKeys(keys)
	if err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-s.ctx.Done():
		return ErrClosed
	case <-ctx.Done():
		s.send.dropKeys()
		<-done
		return ctx.Err()
	}
}

// pressing is a row of keys being sent. The zero value is none.
type pressing struct {
	keys      string // that have not begun
	now       rtp.Press
	frame     int // of the present key and its pause
	timestamp uint32
	done      chan error // receives once, when all is sent or given up; nil when there is none
}

func (k *pressing) active() bool { return k.done != nil }

// abandon ends the row early.
func (k *pressing) abandon(err error) {
	if k.active() {
		k.done <- err
		*k = pressing{}
	}
}

// pressKeys begins a row of keys.
func (s *sender) pressKeys(keys string) (<-chan error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stream.DigitsSendPT == 0 {
		return nil, ErrNoDigits
	}
	if !s.stream.Send {
		return nil, ErrHeld
	}
	done := make(chan error, 1)
	s.press = pressing{keys: keys, done: done, frame: keyFrames + pauseFrames}
	return done, nil
}

// dropKeys leaves out the keys that have not begun.
func (s *sender) dropKeys() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.press.keys = ""
}

// sendDigit sends the frame's part of a row of keys: a packet of the key instead of sound, and sound
// in the pause once the end of the key was sent for the last time (RFC 4733 2.5.1).
func (s *sender) sendDigit(p path.Path) {
	k := &s.press
	if s.stream.DigitsSendPT == 0 { // an update took it away
		k.abandon(ErrNoDigits)
		s.sendSound(p)
		return
	}
	if k.frame >= keyFrames+pauseFrames {
		if k.keys == "" {
			k.abandon(nil)
			s.sendSound(p)
			return
		}
		k.now = rtp.NewPress(k.keys[0], keyFrames, s.stream.digitsClock())
		k.keys, k.frame, k.timestamp = k.keys[1:], 0, s.timestamp
	}
	k.frame++
	if k.frame > keyFrames+repeatFrames {
		s.sendSound(p)
		return
	}
	var first bool
	s.payload, first, _ = k.now.Next(s.payload[:0])
	s.write(p, s.stream.DigitsSendPT, first, k.timestamp)
	s.talking = false
}
