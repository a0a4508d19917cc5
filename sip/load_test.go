// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwire/internal/leak"
)

// answerCalls answers every call of a user agent, after ringing, and everything that happens in it.
func answerCalls(ctx context.Context, u *UA, failed func(error)) {
	for {
		s, err := u.Accept(ctx)
		if err != nil {
			return
		}
		go func() {
			if err := s.Ring(); err != nil {
				failed(err)
			}
			if _, err := s.Answer(ctx, []byte("answer")); err != nil {
				failed(err)
			}
			for e := range s.Events() {
				switch e := e.(type) {
				case *ReInvite:
					_, _ = e.Answer(ctx, []byte("answer"))
				case *InDialog:
					_ = e.Accept()
				}
			}
		}()
	}
}

// completeCall makes a call and hangs up.
func completeCall(ctx context.Context, f *Flow, in Invite, hold func()) error {
	s, err := f.Invite(ctx, in)
	if err != nil {
		return err
	}
	code := 0
	for r := range s.Responses() {
		code = r.Code
	}
	if code != 200 {
		return fmt.Errorf("the call was answered %d", code)
	}
	hold()
	if err := s.Bye(ctx, Reason{}); err != nil {
		return err
	}
	var last Event
	for last = range s.Events() {
	}
	if e, ok := last.(Ended); !ok || e.Err != nil {
		return fmt.Errorf("the call ended with %+v", last)
	}
	return nil
}

// Two hundred calls are up at the same time, over one flow and over two hundred; afterwards nothing is left of them.
func TestManyCalls(t *testing.T) {
	for _, flows := range []int{1, 200} {
		t.Run(fmt.Sprint(flows, " flows"), func(t *testing.T) {
			leak.Check(t)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			a, b := newUA(t, Config{}), newUA(t, Config{})
			var atA, atB []*Flow
			for range flows {
				x, y := pipe()
				atA, atB = append(atA, attach(t, a, x, nil)), append(atB, attach(t, b, y, nil))
			}
			go answerCalls(ctx, b, func(err error) { t.Error(err) })
			const calls = 200
			var up, done sync.WaitGroup
			up.Add(calls)
			for i := range calls {
				done.Go(func() {
					in := Invite{From: Address{URI: URI{User: fmt.Sprint(i), Host: "a"}}, To: Address{URI: URI{Host: "b"}}, Body: []byte("offer")}
					var met bool
					err := completeCall(ctx, atA[i%flows], in, func() { met = true; up.Done(); up.Wait() })
					if err != nil {
						t.Error(err)
					}
					if !met {
						up.Done()
					}
				})
			}
			done.Wait()
			for _, f := range append(atA, atB...) {
				for f.busy() && ctx.Err() == nil {
					time.Sleep(time.Millisecond)
				}
				if f.busy() {
					t.Errorf("left: %d client and %d server transactions, %d sessions, %d invites", len(f.clients), len(f.servers), len(f.sessions), len(f.invites))
				}
			}
		})
	}
}

func (f *Flow) busy() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.clients)+len(f.servers)+len(f.sessions)+len(f.invites) > 0
}

// BenchmarkCall is a complete call between two user agents in one process: INVITE, 100, 180, 200, ACK, BYE, 200, with
// bodies of the size of a Jami offer.
func BenchmarkCall(b *testing.B) {
	for _, kind := range []string{"one after the other", "50 at a time"} {
		b.Run(kind, func(b *testing.B) {
			p := newPair(b)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go answerCalls(ctx, p.b, func(err error) { b.Error(err) })
			in := Invite{From: p.alice, To: p.bobby, Body: make([]byte, 900)}
			lanes := 1
			if kind != "one after the other" {
				lanes = 50
			}
			b.ReportAllocs()
			b.ResetTimer()
			var left atomic.Int64
			left.Store(int64(b.N))
			var wg sync.WaitGroup
			for range lanes {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						if err := completeCall(ctx, p.atA, in, func() {}); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
		})
	}
}

// BenchmarkInfo is one INFO and its answer inside a call.
func BenchmarkInfo(b *testing.B) {
	p := newPair(b)
	out, in := p.call(b)
	go func() {
		for e := range in.Events() {
			if e, ok := e.(*InDialog); ok {
				_ = e.Accept()
			}
		}
	}()
	b.ReportAllocs()
	for b.Loop() {
		if code, err := out.Info(context.Background(), "application/dtmf-relay", []byte("Signal=5\r\n")); code != 200 || err != nil {
			b.Fatal(code, err)
		}
	}
}
