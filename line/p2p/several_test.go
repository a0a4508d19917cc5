// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/dht/wire"
	"bellwire/internal/testid"
	"bellwire/link/linktest"
)

// offline announces the second device of alice, which nobody runs.
func (w *world) offline() {
	w.t.Helper()
	v, err := Announce(testid.Account(w.t, "alice"), testid.Device(w.t, "alice2"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.dht.Put(w.t.Context(), wire.Hash(testid.Account(w.t, "alice").ID()), v)
}

func TestProgressOfSeveralDevicesIsInOrder(t *testing.T) {
	var told []call.State
	f := &fork{setup: call.Setup{Progress: func(s call.State) {
		time.Sleep(time.Millisecond) // the race detector sees two at a time
		told = append(told, s)
	}}}
	var branches sync.WaitGroup
	for range 8 {
		branches.Go(func() {
			for _, s := range []call.State{call.Connecting, call.Trying, call.Ringing} {
				f.report(s)
			}
		})
	}
	branches.Wait()
	if !slices.IsSorted(told) || len(slices.Compact(told)) != len(told) {
		t.Errorf("told %v", told)
	}
}

func TestGivingUpIsTheReasonThoughADeviceIsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		bob, alice := w.add("bob", "bob"), w.add("alice", "alice")
		w.up()
		w.offline()
		go func() {
			in, err := alice.Accept(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			in.Ring()
		}()
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(50*time.Second, func() { cancel(call.ErrHungUp) }) // the other device has failed by then
		if _, err := bob.Dial(ctx, alice.ID(), call.Setup{}); call.ReasonOf(err) != call.Cancelled {
			t.Errorf("the caller is told %v", err)
		}
	})
}

func TestATextIsNotDelayedByADeviceThatIsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		bob, alice := w.add("bob", "bob"), w.add("alice", "alice")
		w.offline()
		w.up()
		begin := time.Now()
		if err := bob.SendText(t.Context(), alice.ID(), call.Text{ID: 1, Body: "hello"}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("the text took %v", took)
		}
		if err := bob.SendText(t.Context(), alice.ID(), call.Text{ID: 1, Body: ""}); err == nil {
			t.Error("an empty text was sent")
		}
	})
}

// TestCtrlCWhileAnotherOpensTheFlow gives up while somebody else waits for the far end to take a stream.
func TestCtrlCWhileAnotherOpensTheFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.add("alice", "alice"), w.add("bob", "bob")
		w.up()
		connection, err := alice.cfg.Links.Dial(t.Context(), linktest.Target(bob.device))
		if err != nil {
			t.Fatal(err)
		}
		turn := alice.peerFlow(connection).turn
		turn <- struct{}{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := alice.flowTo(ctx, connection); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting ended with %v", err)
		}
		<-turn
		if _, err := alice.flowTo(t.Context(), connection); err != nil {
			t.Error(err)
		}
	})
}

// single is a source or sink that is used by one at a time.
type single struct {
	t    *testing.T
	busy atomic.Bool
	uses atomic.Int32
}

func (s *single) Rate() int { return 8000 }

func (s *single) ReadPCM(dst []int16) (int, error) { return len(dst), s.use() }
func (s *single) WritePCM([]int16) error           { return s.use() }

func (s *single) use() error {
	if s.busy.Swap(true) {
		s.t.Error("used by two at the same time")
	}
	time.Sleep(time.Millisecond)
	s.busy.Store(false)
	s.uses.Add(1)
	return nil
}

// Two devices answer at the same moment: the sound of the caller is for one of them.
func TestTheSoundIsForOneDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		bob := w.add("bob", "bob")
		devices := []*phone{w.add("alice", "alice"), w.add("alice", "alice2")}
		w.up()
		for _, d := range devices {
			go func() {
				in, err := d.Accept(t.Context())
				if err != nil {
					return
				}
				time.Sleep(5 * time.Second)
				in.Answer(t.Context(), call.Setup{})
			}()
		}
		source, sink := &single{t: t}, &single{t: t}
		leg, err := bob.Dial(t.Context(), devices[0].ID(), call.Setup{Source: source, Sink: sink})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if source.uses.Load() == 0 || sink.uses.Load() == 0 {
			t.Error("nobody hears the caller, or the caller hears nobody")
		}
		leg.Hangup(t.Context())
	})
}
