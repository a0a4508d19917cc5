// SPDX-License-Identifier: GPL-3.0-or-later

package link_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/internal/testid"
	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/link/linktest"
)

// slow is a carrier whose sessions take a second to close, as those do whose far end is gone.
type slow struct{ peer link.Peer }

func (slow) Name() string                                                { return "slow" }
func (slow) Half() ice.Description                                       { return ice.Description{} }
func (slow) Close() error                                                { return nil }
func (s slow) Prepare(context.Context, link.Terms) (link.Attempt, error) { return s, nil }

func (s slow) Connect(context.Context, link.Remote) (link.Session, error) {
	return &slowSession{peer: s.peer, done: make(chan struct{})}, nil
}

type slowSession struct {
	link.Session
	peer link.Peer
	done chan struct{}
}

func (s *slowSession) Peer() link.Peer       { return s.peer }
func (s *slowSession) RemoteAddr() net.Addr  { return &net.TCPAddr{} }
func (s *slowSession) Err() error            { return nil }
func (s *slowSession) Done() <-chan struct{} { return s.done }

func (s *slowSession) Close() error {
	time.Sleep(time.Second)
	select {
	case <-s.done:
	default:
		close(s.done)
	}
	return nil
}

// Links whose far end is gone are closed side by side.
func TestEndpointWithManyLinksCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bob, alice := testid.Device(t, "bob"), testid.Device(t, "alice")
		board := linktest.NewBoard()
		e := linktest.Endpoint(t, link.Config{
			Device: alice, Signaller: board.Join(alice.Key.Public()),
			Carriers: []link.Carrier{slow{link.Peer{Account: bob.AccountID(), LongID: bob.LongID()}}},
		})
		half := ice.Description{Ufrag: "ufrag", Pwd: "passwordpasswordpassword"}
		for id := range uint64(4) {
			board.Deliver(alice.Key.Public(), link.Incoming{
				From: bob.Key.Public(), Offer: link.Offer{ID: id + 1, Halves: link.Halves{"slow": half}},
				Answer: func(context.Context, link.Answer) error { return nil },
			})
		}
		synctest.Wait()
		if n := len(e.Links()); n != 4 {
			t.Fatalf("%d links", n)
		}
		begin := time.Now()
		_ = e.Close()
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("closing them took %v", took)
		}
	})
}
