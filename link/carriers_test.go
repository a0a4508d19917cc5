// SPDX-License-Identifier: GPL-3.0-or-later

package link_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"

	"bellwire/identity"
	"bellwire/internal/leak"
	"bellwire/link"
	"bellwire/link/linktest"
)

// The answer picks the first of the answering end's carriers that the offer names; the requester gives
// the other attempt up.
func TestAnswerPicksTheCarrier(t *testing.T) {
	both, reversed := []string{link.QUIC, link.Jami}, []string{link.Jami, link.QUIC}
	for name, c := range map[string]struct {
		alice, bob []string
		picked     string
	}{
		"both and both":            {both, both, link.QUIC},
		"both to Jami alone":       {both, both[1:], link.Jami},
		"Jami alone to both":       {both[1:], both, link.Jami},
		"both to QUIC alone":       {both, both[:1], link.QUIC},
		"QUIC alone to both":       {both[:1], both, link.QUIC},
		"Jami alone to Jami alone": {both[1:], both[1:], link.Jami},
		"both to the other order":  {both, reversed, link.Jami},
		"the other order and both": {reversed, both, link.QUIC},
	} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			p := linktest.NewHostPair(t, c.alice, c.bob, nil)
			near, far := p.Connect(t)
			picked := link.Jami
			if _, ok := near.Media(); ok {
				picked = link.QUIC
			}
			if picked != c.picked {
				t.Errorf("connected by %s, want %s", picked, c.picked)
			}
			if n := len(p.Board.Offers()[0].Halves); n != len(c.alice) {
				t.Errorf("%d halves in the offer, want %d", n, len(c.alice))
			}
			for from, to := range map[link.Link]link.Link{near: far, far: near} {
				linktest.Serve(to, map[string]func(net.Conn){"sip": func(conn net.Conn) { _ = conn.Close() }})
				conn, err := from.Open(t.Context(), "sip")
				if err != nil {
					t.Fatal(err)
				}
				_ = conn.Close()
				if err := from.Probe(t.Context()); err != nil {
					t.Errorf("probe: %v", err)
				}
			}
			_ = near.Close()
			<-far.Done()
			if !errors.Is(far.Err(), link.ErrClosed) {
				t.Errorf("far end: %v, want ErrClosed", far.Err())
			}
		})
	}
}

// Who may connect is decided at the called end whatever the carrier, and the caller is told.
func TestDeclinedOverJami(t *testing.T) {
	leak.Check(t)
	stranger := errors.New("not a contact")
	p := linktest.NewHostPair(t, []string{link.QUIC, link.Jami}, []string{link.Jami}, func(_, bob *link.Config) {
		bob.Allow = func(context.Context, link.Peer) error { return stranger }
	})
	near, err := p.From.Dial(t.Context(), linktest.Target(p.Bob.Device))
	if err == nil {
		_, err = near.Open(t.Context(), "sip")
	}
	if !errors.Is(err, link.ErrDeclined) {
		t.Errorf("error %v, want ErrDeclined", err)
	}
}

// Two devices that call one another at the same moment end with links in both hands, whichever there are.
func TestBothDialOverJami(t *testing.T) {
	leak.Check(t)
	p := linktest.NewHostPair(t, []string{link.Jami}, []string{link.Jami}, nil)
	var both sync.WaitGroup
	for from, to := range map[*link.Endpoint]*identity.Device{p.From: p.Bob.Device, p.To: p.Alice.Device} {
		both.Go(func() {
			l, err := from.Dial(t.Context(), linktest.Target(to))
			if err != nil {
				t.Error(err)
				return
			}
			if err := l.Probe(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
}
