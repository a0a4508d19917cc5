// SPDX-License-Identifier: GPL-3.0-or-later

package call_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
)

func TestGivingUpASilentFarEndWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t)
		e.b.Silence()
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(call.ErrHungUp) })
		begin := time.Now()
		_, err := e.a.Dial(ctx, "b", call.Setup{})
		if took := time.Since(begin); call.ReasonOf(err) != call.Cancelled || took > time.Second+50*time.Millisecond {
			t.Errorf("given up after %v: %v", took, err)
		}
		if e.a.Path.WriteRTP(make([]byte, 12)) == nil {
			t.Error("the media path of a call that was given up is open")
		}
	})
}

// TestGivingUpInTheMomentOfTheAnswer lets the answer and the end of patience come together: whichever
// is seen first, nobody stays in a call that the other side is not in.
func TestGivingUpInTheMomentOfTheAnswer(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			e := newEnds(t)
			ctx, cancel := context.WithCancelCause(t.Context())
			answered := make(chan *call.Leg, 1)
			go func() {
				in := e.b.Next(t.Context())
				in.Ring()
				<-time.After(time.Second)
				leg, _ := in.Answer(t.Context(), call.Setup{})
				answered <- leg
			}()
			leg, err := e.a.Dial(ctx, "b", call.Setup{Progress: func(s call.State) {
				if s == call.Ringing {
					<-time.After(2 * time.Second) // the answer arrives meanwhile
					cancel(call.ErrHungUp)
				}
			}})
			if err == nil {
				leg.Hangup(t.Context())
			}
			if far := <-answered; far != nil {
				select {
				case <-far.Done():
				case <-time.After(5 * time.Second):
					t.Error("the far end stays in a call that was given up")
				}
			}
		})
	}
}

func TestACallerWhoseConnectionBreaksWhileItRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t)
		go e.a.Dial(t.Context(), "b", call.Setup{})
		in := e.b.Next(t.Context())
		in.Ring()
		e.a.Flow.Close()
		<-in.Done()
		if end := in.End(); end.Reason != call.ConnectionLost {
			t.Errorf("the call ended as %+v", end)
		}
	})
}

// TestAnsweringACallerWhoAcknowledgesNothing hangs up while the ACK is waited for.
func TestAnsweringACallerWhoAcknowledgesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t)
		go e.a.Dial(t.Context(), "b", call.Setup{})
		in := e.b.Next(t.Context())
		e.a.Silence()
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(call.ErrHungUp) })
		begin := time.Now()
		heard := &closing{}
		_, err := in.Answer(ctx, call.Setup{Sink: heard})
		if took := time.Since(begin); call.ReasonOf(err) != call.Cancelled || took > time.Second+50*time.Millisecond {
			t.Errorf("hung up after %v: %v", took, err)
		}
		heard.over = true // a recording would be closed now; the race detector sees what is written later
		<-time.After(time.Second)
		if heard.late {
			t.Error("sound is played after the call was hung up")
		}
	})
}

// closing is a sink that notices what comes after its end.
type closing struct{ over, late bool }

func (*closing) Rate() int { return 8000 }

func (s *closing) WritePCM([]int16) error {
	s.late = s.late || s.over
	return nil
}
