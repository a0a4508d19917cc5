// SPDX-License-Identifier: GPL-3.0-or-later

package contacts

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/identity"
	"bellwire/store"
)

var own = someone(0)

func someone(n int) (id identity.AccountID) {
	binary.BigEndian.PutUint32(id[:], uint32(n)+1)
	return id
}

func open(t testing.TB, kept store.Store) *Book {
	t.Helper()
	b, err := Open(Config{Store: kept, Account: own})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// do fails the test when a step fails.
func do(t testing.TB, _ []identity.AccountID, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTransitions(t *testing.T) {
	them := someone(1)
	steps := map[string]func(*Book) ([]identity.AccountID, error){
		"add":     func(b *Book) ([]identity.AccountID, error) { return b.Add(them, "") },
		"accept":  func(b *Book) ([]identity.AccountID, error) { return b.Accept(them) },
		"decline": func(b *Book) ([]identity.AccountID, error) { return b.Decline(them) },
		"block":   func(b *Book) ([]identity.AccountID, error) { return b.Block(them) },
		"remove":  func(b *Book) ([]identity.AccountID, error) { return b.Remove(them) },
		"request": func(b *Book) ([]identity.AccountID, error) { return b.Request(them, Request{}) },
		"confirm": func(b *Book) ([]identity.AccountID, error) { return b.Confirm(them) },
	}
	for _, c := range []struct {
		steps string
		want  call.ContactState
		owes  bool
		err   error // of the last step
	}{
		{"add", call.Requested, false, nil},
		{"add add", call.Requested, false, nil},
		{"add confirm", call.Confirmed, false, nil},
		{"add request", call.Confirmed, true, nil},
		{"add accept", call.Requested, false, ErrNoRequest},
		{"add decline", call.Requested, false, ErrNoRequest},
		{"add remove", call.Stranger, false, nil},
		{"add remove confirm", call.Stranger, false, nil},
		{"add block", call.Blocked, false, nil},
		{"add confirm add", call.Confirmed, false, nil},
		{"add confirm request", call.Confirmed, true, nil},
		{"add confirm confirm", call.Confirmed, false, nil},
		{"confirm", call.Stranger, false, nil},
		{"request", call.Asking, false, nil},
		{"request request", call.Asking, false, nil},
		{"request confirm", call.Asking, false, nil},
		{"request accept", call.Confirmed, true, nil},
		{"request accept accept", call.Confirmed, true, nil},
		{"request add", call.Confirmed, true, nil},
		{"request decline", call.Stranger, false, nil},
		{"request decline request", call.Stranger, false, nil},
		{"request decline decline", call.Stranger, false, ErrNoRequest},
		{"request decline add", call.Requested, false, nil},
		{"request decline add request", call.Confirmed, true, nil},
		{"request remove request", call.Stranger, false, nil},
		{"request accept remove request", call.Stranger, false, nil},
		{"request block", call.Blocked, false, nil},
		{"request accept block", call.Blocked, false, nil},
		{"block", call.Blocked, false, nil},
		{"block request", call.Blocked, false, nil},
		{"block confirm", call.Blocked, false, nil},
		{"block add", call.Blocked, false, ErrBlocked},
		{"block accept", call.Blocked, false, ErrNoRequest},
		{"block remove", call.Stranger, false, nil},
		{"block remove request", call.Asking, false, nil},
		{"remove", call.Stranger, false, ErrUnknown},
		{"accept", call.Stranger, false, ErrNoRequest},
	} {
		b := open(t, store.Memory())
		var changed []identity.AccountID
		var err error
		was := b.Get(them).Contact()
		for _, step := range strings.Fields(c.steps) {
			was = b.Get(them).Contact()
			changed, err = steps[step](b)
		}
		e := b.Get(them)
		if !errors.Is(err, c.err) || e.State != c.want || e.Owes != c.owes {
			t.Errorf("%s: %v (owes %v), %v; want %v (owes %v), %v", c.steps, e.State, e.Owes, err, c.want, c.owes, c.err)
		}
		if told := slices.Contains(changed, them); told != (was != e.Contact()) {
			t.Errorf("%s: a change is told: %v", c.steps, told)
		}
		if known := slices.ContainsFunc(b.All(), func(e Entry) bool { return e.ID == them }); known != (c.want != call.Stranger) {
			t.Errorf("%s: in the book: %v", c.steps, known)
		}
	}
}

func TestTheBookIsNotAboutItself(t *testing.T) {
	b := open(t, store.Memory())
	for name, step := range map[string]func() ([]identity.AccountID, error){
		"add":     func() ([]identity.AccountID, error) { return b.Add(own, "") },
		"block":   func() ([]identity.AccountID, error) { return b.Block(own) },
		"request": func() ([]identity.AccountID, error) { return b.Request(own, Request{}) },
	} {
		if _, err := step(); !errors.Is(err, ErrSelf) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAllow(t *testing.T) {
	stranger, asking, asked, friend, blocked := someone(1), someone(2), someone(3), someone(4), someone(5)
	for _, refuse := range []bool{false, true} {
		b, err := Open(Config{Store: store.Memory(), Account: own, RefuseStrangers: refuse})
		if err != nil {
			t.Fatal(err)
		}
		do2 := func(changed []identity.AccountID, err error) { t.Helper(); do(t, changed, err) }
		do2(b.Request(asking, Request{}))
		do2(b.Add(asked, ""))
		do2(b.Add(friend, ""))
		do2(b.Confirm(friend))
		do2(b.Block(blocked))
		for _, c := range []struct {
			who     identity.AccountID
			open    error
			refused error
		}{
			{own, nil, nil},
			{stranger, nil, ErrStranger},
			{asking, nil, ErrStranger},
			{asked, nil, nil},
			{friend, nil, nil},
			{blocked, ErrRefused, ErrRefused},
		} {
			want := c.open
			if refuse {
				want = c.refused
			}
			if err := b.Allow(c.who); !errors.Is(err, want) || (want == nil) != (err == nil) {
				t.Errorf("strangers refused %v: %v is told %v, want %v", refuse, b.Get(c.who).State, err, want)
			}
		}
	}
}

// A request that was dealt with comes again: as the same value, and in new ones its sender makes.
func TestADeclinedRequestDoesNotAskAgain(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		first, second time.Duration // when it was made, from the beginning on; never when negative
		after         time.Duration // from declining to the second
		asks          bool
	}{
		"the same":                         {-1, -1, time.Hour, false},
		"one that does not say when":       {-1, -1, 6 * day, false},
		"one that does not say, later":     {-1, -1, 8 * day, true},
		"the same, with its time":          {time.Hour, time.Hour, 30 * day, false},
		"a newer one":                      {time.Hour, 2*day + 1, day, true},
		"an older one":                     {time.Hour, time.Minute, day, false},
		"newer, and now it says when":      {-1, 3 * day, 2 * day, true},
		"older, and now it says when":      {-1, time.Hour, 2 * day, false},
		"made in a future that is far":     {300 * day, 300 * day, 2 * day, false},
		"honest after one from the future": {300 * day, 3 * day, 2 * day, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				request := func(at time.Duration) Request {
					if at < 0 {
						return Request{}
					}
					return Request{Made: begin.Add(at)}
				}
				kept := store.Memory()
				b := open(t, kept)
				them := someone(1)
				time.Sleep(day)
				changed, err := b.Request(them, request(c.first))
				do(t, changed, err)
				changed, err = b.Decline(them)
				do(t, changed, err)
				time.Sleep(c.after)
				b = open(t, kept)
				changed, err = b.Request(them, request(c.second))
				do(t, changed, err)
				if asks := b.Get(them).State == call.Asking; asks != c.asks {
					t.Errorf("it asks: %v, want %v", asks, c.asks)
				}
			})
		})
	}
}

func TestNames(t *testing.T) {
	b := open(t, store.Memory())
	them := someone(1)
	steps := func(changed []identity.AccountID, err error) { t.Helper(); do(t, changed, err) }
	shown := func(want string) {
		t.Helper()
		if got := b.Get(them).Contact().Name; got != want {
			t.Errorf("shown as %q, want %q", got, want)
		}
	}
	steps(b.Request(them, Request{Name: "Al\x1b[31mice\n", Conversation: strings.Repeat("c", 65)}))
	shown("Al [31mice")
	if got := b.Get(them).Conversation; got != "" {
		t.Errorf("conversation %q", got)
	}
	steps(b.Request(them, Request{Name: "Alice", Conversation: "c1"}))
	shown("Alice")
	steps(b.Request(them, Request{}))
	shown("Alice")
	steps(b.Add(them, "Allie"))
	shown("Allie")
	steps(b.Request(them, Request{Name: "Mallory", Conversation: "c2"}))
	shown("Allie")
	steps(b.Add(them, ""))
	shown("Allie")
	if e := b.Get(them); e.Conversation != "c2" || e.Claimed != "Mallory" {
		t.Errorf("entry %+v", e)
	}
}

func TestShownNames(t *testing.T) {
	for in, want := range map[string]string{
		"Alice":                  "Alice",
		"  a\r\nb\x00 ":          "a  b",
		strings.Repeat("é", 100): strings.Repeat("é", 64),
		"bad\xff":                "bad",
		"a\u202egnp.exe\u2066b":  "agnp.exeb",
		"a\u0085b\u2028c":        "a b c",
	} {
		if got := Name(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}
