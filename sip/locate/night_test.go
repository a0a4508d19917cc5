// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var office = []string{
	"SRV _sips._tcp.pbx.example 1 0 5061 a.example", "ADDR a.example 192.0.2.1",
	"SRV _sips._tcp.pbx.example 2 0 5061 b.example", "ADDR b.example 192.0.2.2",
}

var secure = Query{Secure: true, Host: "pbx.example"}

func TestAnswersStandForTheirLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{life: time.Minute, records: office}
		l := New(Config{Resolver: f})
		expect := func(when, want string, questions int) {
			t.Helper()
			if got := locate(t, l, secure); got != want {
				t.Errorf("%s: %s", when, got)
			}
			if asked := f.took(); len(asked) != questions {
				t.Errorf("%s: asked %v", when, asked)
			}
		}
		const both, other = "tls/192.0.2.1:5061 tls/192.0.2.2:5061", "tls/192.0.2.9:5061"
		expect("at first", both, 4)
		time.Sleep(time.Minute - time.Second)
		f.set("SRV _sips._tcp.pbx.example 1 0 5061 c.example", "ADDR c.example 192.0.2.9")
		expect("within its life", both, 0)
		time.Sleep(2 * time.Second)
		expect("after its life", other, 3)
		time.Sleep(2 * time.Minute)
		f.life = 0
		expect("again", other, 3)
		expect("of no life, at once", other, 0)
		time.Sleep(minLife)
		expect("of no life, after a while", other, 3)
	})
}

// The name servers are gone for two days: the phone goes on with what they said.
func TestStaleAnswersServeWhileTheDNSIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{life: time.Minute, records: office, wait: 10 * time.Millisecond}
		l := New(Config{Resolver: f})
		const want = "tls/192.0.2.1:5061 tls/192.0.2.2:5061"
		if got := locate(t, l, secure); got != want {
			t.Fatal(got)
		}
		f.took()
		f.wait, f.broken = time.Minute, errors.New("silence") // longer than any caller waits
		time.Sleep(2 * time.Minute)
		for _, again := range []int{4, 0} {
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
			targets, err := l.Locate(ctx, secure)
			cancel()
			if err != nil || words(targets) != want {
				t.Errorf("%v, %v", targets, err)
			}
			if asked := f.took(); len(asked) != again {
				t.Errorf("asked %v", asked)
			}
		}
		questions := 0
		for range 48 * 60 {
			time.Sleep(time.Minute)
			if got := locate(t, l, secure); got != want {
				t.Fatal(got)
			}
			questions += len(f.took())
		}
		if perHour := questions / 48; perHour > 4*13 {
			t.Errorf("%d questions an hour", perHour)
		}
		f.wait = 0
		f.fail(nil)
		f.set("SRV _sips._tcp.pbx.example 1 0 5061 c.example", "ADDR c.example 192.0.2.9")
		time.Sleep(maxPause)
		if got := locate(t, l, secure); got != "tls/192.0.2.9:5061" {
			t.Error("back again: " + got)
		}
		f.fail(errors.New("silence"))
		time.Sleep(staleLife + time.Hour)
		if _, err := l.Locate(t.Context(), secure); !errors.Is(err, ErrUnavailable) {
			t.Errorf("after days: %v", err)
		}
	})
}

func TestFailover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{Resolver: &fake{life: time.Hour, records: append(office, "SRV _sips._tcp.pbx.example 3 0 5061 c.example", "ADDR c.example 192.0.2.3")}})
		next := func() Target {
			t.Helper()
			target, err := l.Next(t.Context(), secure)
			if err != nil {
				t.Fatal(err)
			}
			return target
		}
		expect := func(when, want string) {
			t.Helper()
			if got := words([]Target{next()}); got != "tls/192.0.2."+want+":5061" {
				t.Errorf("%s: %s", when, got)
			}
		}
		expect("at first", "1")
		a := next()
		l.Failed(a, 0)
		expect("after a failed", "2")
		time.Sleep(time.Second)
		b := next()
		l.Failed(b, 0)
		time.Sleep(time.Second)
		l.Failed(next(), 0)
		expect("when all failed", "1")
		l.Failed(a, 0)
		expect("when the first failed again", "2")
		l.Works(b)
		expect("when the second works again", "2")
		time.Sleep(usualPause)
		expect("when time has passed", "1")
		l.Failed(a, 1000*time.Hour)
		time.Sleep(longPause - time.Second)
		expect("when a server wants days", "2")
		time.Sleep(time.Second)
		expect("after an hour", "1")
		for i := range 2 * maxFailing {
			l.Failed(Target{UDP, netip.AddrPortFrom(a.Addr.Addr(), uint16(i)), ""}, 0)
		}
		if n := len(l.failing.until); n != maxFailing {
			t.Errorf("%d targets are remembered", n)
		}
	})
}

// Of a thousand accounts that start at once one asks.
func TestManyAskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{life: time.Hour, records: office, wait: time.Second}
		l := New(Config{Resolver: f})
		first, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := l.Locate(first, secure); !errors.Is(err, context.Canceled) {
				t.Errorf("the cancelled one: %v", err)
			}
		})
		synctest.Wait()
		for range 1000 {
			wg.Go(func() {
				if targets, err := l.Locate(t.Context(), secure); err != nil || len(targets) != 2 {
					t.Errorf("%v, %v", targets, err)
				}
			})
		}
		impatient, stop := context.WithTimeout(t.Context(), time.Millisecond)
		defer stop()
		wg.Go(func() {
			if _, err := l.Locate(impatient, secure); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the impatient one: %v", err)
			}
		})
		time.Sleep(time.Millisecond)
		cancel()
		wg.Wait()
		if asked := f.took(); len(asked) != 5 { // NAPTR twice, since the first who asked left
			t.Errorf("asked %v", asked)
		}
	})
}

func TestCacheIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{life: time.Hour, records: office}
		l := New(Config{Resolver: f})
		for i := range 3 * maxNames {
			_, _ = l.Locate(t.Context(), Query{Host: fmt.Sprintf("h%d.example", i), Port: 5060})
			time.Sleep(time.Second)
		}
		if n := len(l.addrs.names); n != maxNames {
			t.Errorf("%d names are remembered", n)
		}
		f.took()
		_, _ = l.Locate(t.Context(), Query{Host: fmt.Sprintf("h%d.example", 3*maxNames-1), Port: 5060})
		_, _ = l.Locate(t.Context(), Query{Host: "h0.example", Port: 5060})
		if asked := f.took(); !slices.Equal(asked, []string{"ADDR h0.example"}) {
			t.Errorf("asked %v", asked)
		}
	})
}
