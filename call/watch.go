// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bellwire/media"
	"bellwire/sip"
)

const (
	// silenceTime is how long nothing is heard of the far end before it is asked for a sign of life,
	// and the time between two such questions. With probeTime a far end that is gone is noticed 7 s
	// after its last packet or sign.
	silenceTime = 4 * time.Second
	probeTime   = 3 * time.Second
)

var errNoLife = errors.New("the far end is silent and gives no sign of life; it may have lost its network")

// watch ends the leg once the far end is silent and gives no sign of life either: it crashed, or its
// network is gone. Silence alone means nothing, since who holds a call or only listens is silent too.
func (l *Leg) watch(session *media.Session) {
	timer := time.NewTimer(silenceTime)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-l.ctx.Done():
			return
		}
		heard := session.Heard()
		if silent := time.Since(heard); silent < silenceTime {
			timer.Reset(silenceTime - silent)
			continue
		}
		if err := l.probe(); err != nil && session.Heard().Equal(heard) {
			l.lose(err)
			return
		}
		timer.Reset(silenceTime)
	}
}

// probe asks for a sign of life.
func (l *Leg) probe() error {
	ctx, cancel := context.WithTimeout(l.ctx, probeTime)
	defer cancel()
	err := l.ground.Probe(ctx)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return errNoLife
	}
	return fmt.Errorf("%w: %w", errNoLife, err)
}

// lose gives the far end up. The leg ends for that reason, unless it has ended before.
func (l *Leg) lose(err error) {
	l.mu.Lock()
	closed := l.closed
	if !closed && l.lost == nil {
		l.lost = err
	}
	l.mu.Unlock()
	if !closed {
		l.leave(sip.Reason{Cause: 408, Text: "Request Timeout"})
	}
}
