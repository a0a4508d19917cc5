// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"context"

	"bellwire/media"
	"bellwire/media/audio"
	"bellwire/sip"
)

// start connects the path and begins to send and receive, or applies a changed agreement to a
// session that runs, unless a later one was applied meanwhile.
func (l *Leg) start(ctx context.Context, o outcome) error {
	if err := l.ground.Path.Connect(ctx, o.agreed); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return sip.ErrSessionEnded
	}
	if o.turn < l.turn {
		return nil
	}
	l.turn = o.turn
	if l.media != nil {
		l.silence()
		return l.media.Update(o.stream)
	}
	session, err := media.Start(media.Config{
		Path:   l.ground.Path,
		Stream: o.stream,
		Source: l.setup.Source,
		Sink:   l.setup.Sink,
		SSRC:   l.ground.Path.SSRC(),
		Log:    l.log,
	})
	if err != nil {
		return err
	}
	l.media = session
	l.silence()
	l.works.Go(func() { l.relayDigits(session) })
	if l.ground.Probe != nil {
		l.works.Go(func() { l.watch(session) })
	}
	return nil
}

// follow starts what a new offer of the far end came to while the leg attends to other requests: a
// transport that is made anew takes its time. Without it the far end cannot be heard any more. What the
// offer before came to is not waited for any longer.
func (l *Leg) follow(o outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.newest = o.turn
	if l.overtake != nil {
		l.overtake()
	}
	ctx, cancel := context.WithCancel(l.ctx)
	l.overtake = cancel
	l.works.Go(func() {
		defer cancel()
		if err := l.start(ctx, o); err != nil && l.isNewest(o.turn) {
			l.lose(err)
		}
	})
}

func (l *Leg) isNewest(turn int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return turn == l.newest
}

// relayDigits hands on the keys of the media session until it is closed.
func (l *Leg) relayDigits(session *media.Session) {
	for d := range session.Digits() {
		l.emit(Digit{Key: d.Key})
	}
}

// SetSound replaces the source and the sink of the setup.
func (l *Leg) SetSound(source audio.Source, sink audio.Sink) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.setup.Source, l.setup.Sink = source, sink
	if l.media != nil {
		l.media.SetSource(source)
		l.media.SetSink(sink)
	}
}

// Mute sends silence in place of our sound.
func (l *Leg) Mute(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.muted = on
	l.silence()
}

// silence applies mute and hold to the sound we send: who is held by us hears nothing.
func (l *Leg) silence() {
	if l.media != nil {
		l.media.Mute(l.muted || l.held)
	}
}

// quiet ends sound and events. It may be called again.
func (l *Leg) quiet() {
	l.mu.Lock()
	session := l.media
	if !l.closed {
		l.closed = true
		close(l.events)
		l.cancel()
	}
	l.mu.Unlock()
	if session == nil {
		l.ground.Path.Close()
	} else {
		session.Close()
	}
	l.works.Wait()
	if session != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.final, l.media = session.Stats(), nil
	}
}
