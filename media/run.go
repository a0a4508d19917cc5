// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"time"

	"bellwire/media/codec"
	"bellwire/media/rtp"
)

// mostBehind is how many frames are made up for at once after the process had no time; what is
// beyond is lost, as it would be to a person who did not speak.
const mostBehind = 3

// run sends and plays a frame every 20 ms, on a schedule that does not slip.
func (s *Session) run() {
	defer close(s.ended)
	next := time.Now()
	reports, reportAt := 0, next.Add(rtp.ReportDelay(0))
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-s.ctx.Done():
			return
		}
		now := time.Now()
		if behind := int(now.Sub(next) / codec.Frame); behind > mostBehind {
			s.send.skip(behind - mostBehind)
			next = next.Add(time.Duration(behind-mostBehind) * codec.Frame)
		}
		for ; !next.After(now); next = next.Add(codec.Frame) {
			s.frame(next)
		}
		if !reportAt.After(now) {
			s.report(now, false)
			reports++
			reportAt = now.Add(rtp.ReportDelay(reports))
		}
		timer.Reset(time.Until(next))
	}
}

// renew changes to the key that waits once the far end has changed to its own.
func (s *Session) renew() {
	if ssrc, renewed := s.send.renew(s.receive.renewed.Load()); renewed {
		s.receive.follow(ssrc)
		s.log.Debug("the far end has changed to its new key, and so do we")
	}
}

// frame plays before it sends, so that an echo comes back without waiting for the next frame.
func (s *Session) frame(at time.Time) {
	s.renew()
	v, heard := s.receive.listening(at)
	s.playout.frame(v, heard, at)
	s.send.frame(s.path, at)
}
