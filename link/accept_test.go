// SPDX-License-Identifier: GPL-3.0-or-later

package link_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/identity"
	"bellwire/internal/testid"
	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/link/linktest"
)

// offers of devices that never do more than offering.
type offers struct {
	to *linktest.Pair

	mu       sync.Mutex
	answered int
}

// send delivers an offer and returns once the endpoint has dealt with it.
func (o *offers) send(from *identity.PublicKey, offer link.Offer) {
	o.to.Board.Deliver(o.to.Bob.Device.Key.Public(), link.Incoming{
		From:  from,
		Offer: offer,
		Answer: func(context.Context, link.Answer) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.answered++
			return nil
		},
	})
	synctest.Wait()
}

func (o *offers) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.answered
}

func (o *offers) want(t *testing.T, answered int) {
	t.Helper()
	time.Sleep(10 * time.Millisecond)
	if n := o.count(); n != answered {
		t.Errorf("%d offers were answered, want %d", n, answered)
	}
}

func offer(id uint64) link.Offer {
	ufrag, pwd := ice.Credentials()
	return link.Offer{ID: id, Halves: link.Halves{link.QUIC: {Ufrag: ufrag, Pwd: pwd}}}
}

// logTo makes bob's endpoint log into a text.
func logTo(text *bytes.Buffer) func(_, bob *link.Config) {
	return func(_, bob *link.Config) { bob.Log = slog.New(slog.NewTextHandler(text, nil)) }
}

func TestReplayedOffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		p := linktest.NewPair(t, lan(), logTo(&log))
		near, _ := p.Connect(t)
		_ = near.Close()
		replays := &offers{to: p}
		replays.send(p.Alice.Device.Key.Public(), p.Board.Offers()[0])
		replays.want(t, 0)
		if !strings.Contains(log.String(), link.ErrReplayed.Error()) {
			t.Errorf("the log does not tell: %s", &log)
		}
		// The id alone does not make a replay: another device may use the same.
		replays.send(testid.Device(t, "carol").Key.Public(), p.Board.Offers()[0])
		replays.want(t, 1)
	})
}

func TestOfferThatCannotBeAnswered(t *testing.T) {
	carol := testid.Device(t, "carol").Key.Public()
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, lan(), nil)
		o := &offers{to: p}
		o.send(nil, offer(1))
		o.send(p.Bob.Device.Key.Public(), offer(2))
		o.send(carol, link.Offer{ID: 3})
		o.send(carol, link.Offer{ID: 4, Halves: link.Halves{"other": offer(4).Halves[link.QUIC]}})
		o.send(carol, link.Offer{ID: 5, Halves: link.Halves{link.QUIC: {Ufrag: "u", Pwd: "p"}}})
		o.want(t, 0)
	})
}

// An offer that nothing follows occupies its place for the time a path may take, or until the device
// has made newer ones.
func TestOffersAreBounded(t *testing.T) {
	carol := testid.Device(t, "carol").Key.Public()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		p := linktest.NewPair(t, lan(), logTo(&log))
		o := &offers{to: p}
		ended := func(displaced, pathless int) {
			t.Helper()
			synctest.Wait()
			if n := strings.Count(log.String(), "newer offer"); n != displaced {
				t.Errorf("%d attempts gave way to newer ones, want %d", n, displaced)
			}
			if n := strings.Count(log.String(), "no path"); n != pathless {
				t.Errorf("%d attempts ended for want of a path, want %d", n, pathless)
			}
		}
		for id := range uint64(10) {
			o.send(carol, offer(id+1))
		}
		o.want(t, 10)
		ended(6, 0)
		near, _ := p.Connect(t) // others are not affected
		_ = near.Close()

		time.Sleep(16 * time.Second)
		ended(6, 4)
		for range 10 {
			for id := range uint64(10) {
				o.send(carol, offer(id+100))
			}
		}
		o.want(t, 20)
		time.Sleep(16 * time.Second)
		ended(12, 8)
	})
}

// Offers made while a device was offline reach it all at once when it comes back, in any order. They
// must not be in the way of the one whose sender waits, whether they come before or while it connects.
func TestOldOffersGiveWayToANewOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, lan(), nil)
		o := &offers{to: p}
		alice := p.Alice.Device.Key.Public()
		old := func(id uint64, age time.Duration) link.Offer {
			made := offer(id)
			made.Made = time.Now().Add(-age)
			return made
		}
		for id := range uint64(5) {
			o.send(alice, old(id+1, time.Duration(10-id)*time.Minute))
		}
		connected := make(chan struct{})
		go func() {
			defer close(connected)
			for id := uint64(10); len(p.To.Links()) == 0; id++ {
				time.Sleep(100 * time.Microsecond)
				o.send(alice, old(id, time.Minute/2))
			}
		}()
		begin := time.Now()
		near, _ := p.Connect(t)
		if took := time.Since(begin); took > time.Second {
			t.Errorf("the link took %v", took)
		}
		<-connected
		_ = near.Close()

		// A clock that was set back keeps a device away for ten minutes at most.
		before := o.count()
		o.send(alice, old(1_000_001, time.Hour))
		o.want(t, before)
		time.Sleep(11 * time.Minute)
		o.send(alice, old(1_000_002, time.Hour))
		o.want(t, before+1)
	})
}

// Strangers whose offers lead nowhere do not keep out the one who calls.
func TestOffersOfManyDevicesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		p := linktest.NewPair(t, lan(), func(alice, bob *link.Config) {
			logTo(&log)(alice, bob)
			bob.Limits.Pending = 5
		})
		o := &offers{to: p}
		for i := range testid.Keys2048 {
			o.send(testid.Key2048(t, i).Public(), offer(1))
		}
		o.want(t, testid.Keys2048)
		p.Connect(t)
		synctest.Wait()
		if n, want := strings.Count(log.String(), "took its place"), testid.Keys2048+1-5; n != want {
			t.Errorf("%d attempts gave way, want %d", n, want)
		}
	})
}

func TestOfferRate(t *testing.T) {
	carol := testid.Device(t, "carol").Key.Public()
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, lan(), func(_, bob *link.Config) {
			bob.Timeouts.Connect = time.Second
			bob.Limits.PendingPerPeer = 100
		})
		o := &offers{to: p}
		for id := range uint64(50) {
			o.send(carol, offer(id+1))
		}
		o.want(t, 20)
		time.Sleep(time.Minute)
		for id := range uint64(50) {
			o.send(carol, offer(id+100))
		}
		o.want(t, 40)
	})
}

func TestAllowDeclines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := make(chan link.Peer, 1)
		p := linktest.NewPair(t, lan(), func(_, bob *link.Config) {
			bob.Allow = func(_ context.Context, p link.Peer) error {
				asked <- p
				return errors.New("not a contact")
			}
		})
		dialFails(t, p, link.ErrDeclined, time.Second)
		if peer := <-asked; peer.Account != p.Alice.Device.AccountID() {
			t.Errorf("asked about %v, want alice", peer.Account)
		}
		if n := len(p.To.Links()); n != 0 {
			t.Errorf("%d links are open after the refusal", n)
		}
	})
}

func TestLinksAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, lan(), func(_, bob *link.Config) { bob.Limits.Links = 1 })
		p.Connect(t)
		o := &offers{to: p}
		o.send(testid.Device(t, "carol").Key.Public(), offer(1))
		o.want(t, 0)
		_, err := p.To.Dial(t.Context(), linktest.Target(testid.Device(t, "carol")))
		if !errors.Is(err, link.ErrBusy) {
			t.Errorf("dial beyond the limit: error %v, want ErrBusy", err)
		}
	})
}

// A device that comes back again and again, its old links not yet noticed as dead, is let in; its
// oldest links go.
func TestNewLinksDisplaceTheOldestOfTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &linktest.Pair{LAN: lan(), Board: linktest.NewBoard()}
		p.LAN.Start(t)
		device := testid.Device(t, "alice")
		var lives []link.Config
		for _, ip := range []string{"10.0.0.11", "10.0.0.12", "10.0.0.13", "10.0.0.14"} {
			lives = append(lives, p.Config(t, device, ip))
		}
		bob := p.Config(t, testid.Device(t, "bob"), "10.0.0.2")
		bob.Limits.LinksPerPeer = 2
		p.LAN.Up(t)
		to := linktest.Endpoint(t, bob)
		var far []link.Link
		for _, cfg := range lives {
			if _, err := linktest.Endpoint(t, cfg).Dial(t.Context(), linktest.Target(bob.Device)); err != nil {
				t.Fatal(err)
			}
			l, err := to.Accept(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			far = append(far, l)
		}
		synctest.Wait()
		for i, l := range far {
			if live := l.Err() == nil; live != (i >= 2) {
				t.Errorf("link %d of 4: live %v", i+1, live)
			}
		}
		if n := len(to.Links()); n != 2 {
			t.Errorf("%d links are open, want 2", n)
		}
	})
}

// However many others connect, there is room for a link of our own.
func TestOthersLeaveRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &linktest.Pair{LAN: lan(), Board: linktest.NewBoard()}
		p.LAN.Start(t)
		bob := p.Config(t, testid.Device(t, "bob"), "10.0.0.1")
		bob.Limits.Links = 4
		devices := []*identity.Device{testid.Device(t, "alice"), testid.Device(t, "alice2"), testid.Device(t, "carol"),
			testid.Issue(t, testid.Account(t, "carol"), testid.Key2048(t, 0), testid.Valid())}
		configs := make([]link.Config, len(devices))
		for i, d := range devices {
			configs[i] = p.Config(t, d, fmt.Sprintf("10.0.0.%d", 2+i))
		}
		p.LAN.Up(t)
		to := linktest.Endpoint(t, bob)
		for i, c := range configs {
			_, err := linktest.Endpoint(t, c).Dial(t.Context(), linktest.Target(bob.Device))
			last := i == len(configs)-1
			if last != (err != nil) {
				t.Errorf("link %d: %v", i+1, err)
			}
			if !last {
				_, _ = to.Accept(t.Context()) // it counts from here on
			}
		}
		if _, err := to.Dial(t.Context(), linktest.Target(devices[3])); err != nil {
			t.Error(err)
		}
	})
}

// Links that nobody accepts are refused once too many wait.
func TestAcceptBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, lan(), func(_, bob *link.Config) { bob.Limits.Backlog = 1 })
		if _, err := p.From.Dial(t.Context(), linktest.Target(p.Bob.Device)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		for _, l := range p.From.Links() {
			_ = l.Close()
		}
		synctest.Wait()
		l, err := p.From.Dial(t.Context(), linktest.Target(p.Bob.Device))
		if err == nil {
			_, err = l.Open(t.Context(), "sip")
		}
		if !errors.Is(err, link.ErrDeclined) {
			t.Errorf("error %v, want ErrDeclined", err)
		}
	})
}
