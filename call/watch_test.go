// SPDX-License-Identifier: GPL-3.0-or-later

package call_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/call/calltest"
)

// dead is a probe of somebody who is gone.
func dead(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// alive returns a probe that is answered, and how often it was asked for.
func alive() (probe func(context.Context) error, asked *atomic.Int32) {
	asked = new(atomic.Int32)
	return func(context.Context) error {
		asked.Add(1)
		return nil
	}, asked
}

func TestAFarEndThatVanishesIsNoticed(t *testing.T) {
	for name, probe := range map[string]func(context.Context) error{
		"and does not answer": dead,
		"with its link":       func(context.Context) error { return errors.New("the link has ended") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEnds(t)
				e.a.Probe = probe
				a, b, _, _ := establish(t, e)
				<-time.After(17 * time.Second)
				e.b.Vanish()
				gone := time.Now()
				<-a.Done()
				if took := time.Since(gone); took < 3*time.Second || took > 10*time.Second {
					t.Errorf("noticed after %v", took)
				}
				if end := a.End(); end.Reason != call.ConnectionLost || end.Err == nil {
					t.Errorf("ended as %+v", end)
				}
				<-b.Done() // a said goodbye
			})
		})
	}
}

// A far end that answers once more while it goes is noticed in time as well.
func TestAFarEndThatVanishesAfterASign(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t)
		var last time.Time
		e.a.Probe = func(ctx context.Context) error {
			if !last.IsZero() {
				return dead(ctx)
			}
			last = time.Now()
			return nil
		}
		a, _, _, _ := establish(t, e)
		e.b.Vanish()
		<-a.Done()
		if took := time.Since(last); took > 10*time.Second {
			t.Errorf("noticed %v after the last sign of life", took)
		}
	})
}

func TestSilenceAloneEndsNothing(t *testing.T) {
	probe, asked := alive()
	for name, silence := range map[string]struct {
		probe func(context.Context) error
		begin func(t *testing.T, e *ends, a, b *call.Leg)
	}{
		"a far end that sends nothing": {probe, func(_ *testing.T, e *ends, _, _ *call.Leg) { e.b.Path.(*calltest.Path).Silence(true) }},
		"on hold": {probe, func(t *testing.T, _ *ends, a, b *call.Leg) {
			if err := errors.Join(a.Hold(t.Context()), b.Hold(t.Context())); err != nil {
				t.Error(err)
			}
		}},
		"without a probe": {nil, func(_ *testing.T, e *ends, _, _ *call.Leg) { e.b.Path.(*calltest.Path).Silence(true) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEnds(t)
				e.a.Probe = silence.probe
				a, b, _, _ := establish(t, e)
				silence.begin(t, e, a, b)
				asked.Store(0)
				<-time.After(10 * time.Minute)
				select {
				case <-a.Done():
					t.Fatalf("ended as %+v", a.End())
				default:
				}
				if n := asked.Load(); n > 150 || silence.probe != nil && n < 50 {
					t.Errorf("%d signs of life were asked for in ten minutes", n)
				}
				a.Hangup(t.Context())
			})
		})
	}
}

func TestAFarEndThatIsHeardIsNotAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t)
		probe, asked := alive()
		e.a.Probe = probe
		a, _, _, _ := establish(t, e)
		<-time.After(time.Minute)
		if n := asked.Load(); n != 0 {
			t.Errorf("a far end that is heard was asked %d times", n)
		}
		a.Hangup(t.Context())
	})
}

func TestAFarEndThatComesBackWhileItIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEnds(t)
		path := e.b.Path.(*calltest.Path)
		e.a.Probe = func(ctx context.Context) error {
			time.AfterFunc(time.Second, func() { path.Silence(false) })
			return dead(ctx)
		}
		a, _, _, _ := establish(t, e)
		path.Silence(true)
		<-time.After(time.Minute)
		select {
		case <-a.Done():
			t.Errorf("ended as %+v", a.End())
		default:
		}
		a.Hangup(t.Context())
	})
}
