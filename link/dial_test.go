// SPDX-License-Identifier: GPL-3.0-or-later

package link_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/internal/testid"
	"bellwire/link"
	"bellwire/link/linktest"
)

func lan() *linktest.LAN { return &linktest.LAN{Delay: 10 * time.Millisecond} }

func TestDialProvesBothEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, lan(), nil)
		near, far := p.Connect(t)
		for _, end := range []struct {
			got  link.Peer
			want link.Config
		}{{near.Peer(), p.Bob}, {far.Peer(), p.Alice}} {
			d := end.want.Device
			if end.got.Account != d.AccountID() || end.got.Device != d.ID() || end.got.LongID != d.LongID() {
				t.Errorf("peer %v of %v, want %v of %v", end.got.Device, end.got.Account, d.ID(), d.AccountID())
			}
		}
		if offers := p.Board.Offers(); len(offers) != 1 || offers[0].Purpose != "audioCall" {
			t.Errorf("offers %+v, want one for an audioCall", offers)
		}
	})
}

// late is a carrier that tells of every connection before anybody else knows of it.
type late struct {
	link.Carrier
	connected func()
}

func (l late) Prepare(ctx context.Context, t link.Terms) (link.Attempt, error) {
	a, err := l.Carrier.Prepare(ctx, t)
	return lateAttempt{a, l.connected}, err
}

type lateAttempt struct {
	link.Attempt
	connected func()
}

func (a lateAttempt) Connect(ctx context.Context, remote link.Remote) (link.Session, error) {
	s, err := a.Attempt.Connect(ctx, remote)
	if err == nil {
		a.connected()
	}
	return s, err
}

// Once it is up the far end may use a link, so it is not left alone when whoever dialled has just gone.
func TestLinkThatComesTooLateIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan struct{})
		p := linktest.NewPair(t, lan(), func(alice, _ *link.Config) {
			alice.Carriers[0] = late{alice.Carriers[0], func() {
				cancel()
				<-gone
			}}
		})
		if _, err := p.From.Dial(ctx, linktest.Target(p.Bob.Device)); !errors.Is(err, context.Canceled) {
			t.Errorf("dial: %v, want it cancelled", err)
		}
		close(gone)
		wait, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if l, err := p.From.Accept(wait); err != nil || l.Peer().LongID != p.Bob.Device.LongID() {
			t.Errorf("nobody is told of the link: %v", err)
		}
	})
}

func TestDialReusesLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, lan(), nil)
		near, far := p.Connect(t)
		again, err := p.From.Dial(t.Context(), linktest.Target(p.Bob.Device))
		if err != nil || again != near {
			t.Errorf("second dial: another link or %v", err)
		}
		back, err := p.To.Dial(t.Context(), linktest.Target(p.Alice.Device))
		if err != nil || back != far {
			t.Errorf("dial from the other end: another link or %v", err)
		}
		_ = near.Close()
		<-far.Done()
		synctest.Wait()
		renewed, _ := p.Connect(t)
		if renewed == near {
			t.Error("a closed link was handed out")
		}
		if n := len(p.Board.Offers()); n != 2 {
			t.Errorf("%d offers, want 2", n)
		}
	})
}

func TestDialsShareAnAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, lan(), nil)
		links := make([]link.Link, 8)
		var all sync.WaitGroup
		for i := range links {
			all.Go(func() {
				var err error
				if links[i], err = p.From.Dial(t.Context(), linktest.Target(p.Bob.Device)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, l := range links {
			if l != links[0] {
				t.Error("the callers got different links")
			}
		}
		if n := len(p.Board.Offers()); n != 1 {
			t.Errorf("%d offers, want 1", n)
		}
	})
}

// One caller that gives up does not take the attempt from the others.
func TestDialOutlivesACaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, lan(), nil)
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error)
		go func() {
			_, err := p.From.Dial(ctx, linktest.Target(p.Bob.Device))
			gaveUp <- err
		}()
		go func() {
			time.Sleep(15 * time.Millisecond)
			cancel()
		}()
		if _, err := p.From.Dial(t.Context(), linktest.Target(p.Bob.Device)); err != nil {
			t.Error(err)
		}
		if err := <-gaveUp; !errors.Is(err, context.Canceled) {
			t.Errorf("the caller that gave up got %v", err)
		}
	})
}

func TestGlare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, lan(), nil)
		var near, far link.Link
		var both sync.WaitGroup
		both.Go(func() { near, _ = p.From.Dial(t.Context(), linktest.Target(p.Bob.Device)) })
		both.Go(func() { far, _ = p.To.Dial(t.Context(), linktest.Target(p.Alice.Device)) })
		both.Wait()
		if near == nil || far == nil {
			t.Fatal("two devices that call each other at once get no link")
		}
		time.Sleep(3 * time.Second)
		if a, b := len(p.From.Links()), len(p.To.Links()); a != 1 || b != 1 {
			t.Errorf("%d and %d links, want one at each end", a, b)
		}
		if near.RemoteAddr().String() != far.LocalAddr().String() {
			t.Error("the two ends use different links")
		}
	})
}

func TestIdleLinkIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, lan(), nil)
		near, far := p.Connect(t)
		time.Sleep(8 * time.Minute)
		conn, stop := useLink(t, near, far)
		time.Sleep(time.Hour)
		if near.Err() != nil {
			t.Fatalf("a link with a stream was closed: %v", near.Err())
		}
		_ = conn.Close()
		stop()
		begin := time.Now()
		<-near.Done()
		if idle := time.Since(begin); idle < 10*time.Minute || idle > 20*time.Minute {
			t.Errorf("closed after %v, want 10 minutes", idle)
		}
		if !errors.Is(near.Err(), link.ErrClosed) {
			t.Errorf("error %v, want ErrClosed", near.Err())
		}
	})
}

// useLink opens a stream and a media route.
func useLink(t *testing.T, near, far link.Link) (conn interface{ Close() error }, stop func()) {
	t.Helper()
	accepted := make(chan interface{ Close() error }, 1)
	go func() {
		r, err := far.Accept(t.Context())
		if err != nil {
			return
		}
		c, err := r.Accept()
		if err != nil {
			t.Error(err)
		}
		accepted <- c
	}()
	conn, err := near.Open(t.Context(), "sip")
	if err != nil {
		t.Fatal(err)
	}
	media, _ := near.Media()
	remove, err := media.Route(1, func([]byte) {})
	if err != nil {
		t.Fatal(err)
	}
	return conn, func() {
		remove()
		_ = (<-accepted).Close()
	}
}

func TestDialChecksItsTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, lan(), nil)
		for name, to := range map[string]link.Target{
			"no key":     {Account: p.Bob.Device.AccountID()},
			"no account": {Key: p.Bob.Device.Key.Public()},
			"itself":     linktest.Target(p.Alice.Device),
		} {
			if _, err := p.From.Dial(t.Context(), to); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	})
}

func TestEndpointClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, lan(), nil)
		near, far := p.Connect(t)
		dialling := make(chan error)
		go func() {
			_, err := p.From.Dial(t.Context(), linktest.Target(testid.Device(t, "carol")))
			dialling <- err
		}()
		synctest.Wait()
		if err := p.From.Close(); err != nil {
			t.Error(err)
		}
		if err := <-dialling; !errors.Is(err, link.ErrClosed) {
			t.Errorf("dial under way: error %v, want ErrClosed", err)
		}
		if !errors.Is(near.Err(), link.ErrClosed) {
			t.Errorf("link: error %v, want ErrClosed", near.Err())
		}
		<-far.Done()
		if _, err := p.From.Accept(t.Context()); !errors.Is(err, link.ErrClosed) {
			t.Errorf("accept: error %v, want ErrClosed", err)
		}
		if _, err := p.From.Dial(t.Context(), linktest.Target(p.Bob.Device)); !errors.Is(err, link.ErrClosed) {
			t.Errorf("dial: error %v, want ErrClosed", err)
		}
	})
}

func TestConfigIsChecked(t *testing.T) {
	if _, err := link.New(link.Config{}); err == nil {
		t.Error("an endpoint without a device was made")
	}
}
