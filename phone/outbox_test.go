// SPDX-License-Identifier: GPL-3.0-or-later

package phone_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/phone"
	"bellwire/store"
)

var offline = &call.Error{Reason: call.Unreachable, Err: errors.New("no device of this account is online")}

// send writes a text and returns the event that tells what became of the first try.
func (d *desk) send(target, text string) phone.Event {
	d.t.Helper()
	<-time.After(time.Millisecond) // the history is in the order of time
	id, err := d.phone.SendText("", target, text)
	if err != nil {
		d.t.Fatal(err)
	}
	e := d.next()
	if e.Event != phone.TextEvent || e.Message != id || e.Direction != phone.Out || e.Target != target || e.Text != text {
		d.t.Fatalf("instead of what became of %q: %+v", text, e)
	}
	return e
}

// states returns the states of the texts in the history, the oldest first.
func (d *desk) states() (states []string) {
	d.t.Helper()
	history, err := d.phone.History()
	if err != nil {
		d.t.Fatal(err)
	}
	for _, e := range slices.Backward(history) {
		states = append(states, e.Text+" "+e.State)
	}
	return states
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestATextIsDeliveredAtOnceOrRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, line := newDeskWithPeople(t, store.Memory())
		if e := d.send("bob", "hello"); e.State != phone.TextDelivered {
			t.Errorf("%+v", e)
		}
		line.says("carol", &call.Error{Reason: call.Declined, Err: errors.New("blocked")})
		if e := d.send("carol", "hi"); e.State != phone.TextFailed || e.Reason != "declined" || e.Detail != "blocked" {
			t.Errorf("%+v", e)
		}
		line.says("dave", errors.New("a text has at most 3 bytes"))
		if e := d.send("dave", "long"); e.State != phone.TextFailed || e.Reason != "failed" || e.Detail == "" {
			t.Errorf("%+v", e)
		}
		expect(t, "history", d.states(), "hello delivered", "hi failed", "long failed")
		<-time.After(phone.KeepTime)
		if n := line.tried(); n != 3 {
			t.Errorf("%d tries", n)
		}
	})
}

func TestAKeptTextIsSentInOrderWhenItsTargetComesOnline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, line := newDeskWithPeople(t, store.Memory())
		line.says("bob", offline)
		for _, text := range []string{"one", "two", "three"} {
			if e := d.send("bob", text); e.State != phone.TextWaiting || e.Reason != "unreachable" || e.Detail == "" {
				t.Errorf("%+v", e)
			}
		}
		if e := d.send("carol", "meanwhile"); e.State != phone.TextDelivered {
			t.Errorf("%+v", e)
		}
		expect(t, "history", d.states(), "one waiting", "two waiting", "three waiting", "meanwhile delivered")
		line.taken()
		<-time.After(10 * time.Hour)
		line.says("bob", nil)
		begin := time.Now()
		line.is(call.Contact{ID: "bob", Presence: call.Online})
		if e := d.next(); e.Event != phone.ContactEvent || e.Contact != "stranger" || e.Presence != "online" {
			t.Errorf("%+v", e)
		}
		for range 3 {
			if e := d.next(); e.State != phone.TextDelivered {
				t.Errorf("%+v", e)
			}
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("it took %v", took)
		}
		expect(t, "arrived", line.taken(), "one", "two", "three")
		expect(t, "history", d.states(), "one delivered", "two delivered", "three delivered", "meanwhile delivered")
		synctest.Wait()
		line.mu.Lock()
		defer line.mu.Unlock()
		if line.followed["bob"] != 0 || line.followed["carol"] != 0 {
			t.Errorf("still followed: %v", line.followed)
		}
	})
}

func TestATextFromSomebodyCallsForATry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, line := newDeskWithPeople(t, store.Memory())
		line.says("bob", offline)
		d.send("bob", "one")
		line.says("bob", nil)
		line.texts <- call.Text{ID: 1, From: call.Party{ID: "bob"}, Body: "I am here"}
		if e := d.next(); e.Direction != phone.In {
			t.Errorf("%+v", e)
		}
		begin := time.Now()
		if e := d.next(); e.State != phone.TextDelivered || time.Since(begin) > 10*time.Second {
			t.Errorf("%+v after %v", e, time.Since(begin))
		}
	})
}

func TestTriesBecomeRareAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, line := newDeskWithPeople(t, store.Memory())
		line.says("bob", offline)
		d.send("bob", "one")
		if e := d.next2(8 * 24 * time.Hour); e.State != phone.TextFailed || e.Reason != "unreachable" || e.Detail == "" {
			t.Errorf("%+v", e)
		}
		line.mu.Lock()
		tries := line.tries
		line.mu.Unlock()
		for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
			if got := tries[i+1].Sub(tries[i]); got != want*time.Minute {
				t.Errorf("pause %d is %v", i, got)
			}
		}
		if n, last := len(tries), tries[len(tries)-1].Sub(tries[0]); n > 7*24+8 || last > phone.KeepTime || last < phone.KeepTime-2*time.Hour {
			t.Errorf("%d tries, the last after %v", n, last)
		}
		expect(t, "history", d.states(), "one failed")
	})
}

// next2 is next with patience.
func (d *desk) next2(patience time.Duration) phone.Event {
	d.t.Helper()
	select {
	case e := <-d.events:
		return e
	case <-time.After(patience):
		d.t.Fatal("nothing happens")
		return phone.Event{}
	}
}

func TestKeptTextsOutliveThePhone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := store.Memory()
		d, line := newDeskWithPeople(t, kept)
		line.says("bob", offline)
		d.send("bob", "one")
		d.send("bob", "two")
		line.says("carol", offline)
		d.send("carol", "old")
		d.phone.Close()

		<-time.After(3 * 24 * time.Hour)
		line, far := newPeople(t)
		line.ready = make(chan struct{})
		d = deskOver(t, line, far, kept)
		synctest.Wait()
		if n := line.tried(); n != 0 {
			t.Errorf("%d tries before the line is ready", n)
		}
		line.says("carol", offline)
		close(line.ready)
		d.next()
		d.next()
		expect(t, "arrived", line.taken(), "one", "two")
		d.phone.Close()

		<-time.After(5 * 24 * time.Hour)
		line, far = newPeople(t)
		d = deskOver(t, line, far, kept)
		synctest.Wait()
		if n := line.tried(); n != 0 {
			t.Errorf("%d tries of a text that is too old", n)
		}
		expect(t, "history", d.states(), "one delivered", "two delivered", "old failed")
	})
}

// crashing is a store whose process dies between sending and noting: what is settled is not written.
type crashing struct {
	store.Store
	dead bool
}

func (c *crashing) Update(fn func(store.Tx) error) error {
	if c.dead {
		return errors.New("dead")
	}
	return c.Store.Update(fn)
}

func TestACrashBehindTheSendingSendsAgainUnderTheSameID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := &crashing{Store: store.Memory()}
		d, line := newDeskWithPeople(t, kept)
		line.says("bob", offline)
		d.send("bob", "one")
		kept.dead = true
		line.says("bob", nil)
		line.is(call.Contact{ID: "bob", Presence: call.Connected})
		d.next()
		d.next()
		d.phone.Close()
		kept.dead = false
		again, far := newPeople(t)
		d = deskOver(t, again, far, kept)
		synctest.Wait()
		if len(line.took) != 1 || len(again.took) != 1 || line.took[0].ID != again.took[0].ID || line.took[0].ID == 0 {
			t.Errorf("sent %+v and %+v", line.took, again.took)
		}
		expect(t, "history", d.states(), "one delivered")
	})
}

func TestTheOutboxIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, line := newDeskWithPeople(t, store.Memory())
		line.says("bob", offline)
		for i := range phone.MaxKept {
			if _, err := d.phone.SendText("", "bob", fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := d.phone.SendText("", "bob", "one too many"); err == nil {
			t.Error("more texts are kept than may be")
		}
		line.says("bob", nil)
		<-time.After(2 * time.Minute)
		if got := line.taken(); len(got) != phone.MaxKept || got[0] != "0" || got[phone.MaxKept-1] != fmt.Sprint(phone.MaxKept-1) {
			t.Errorf("%d texts arrived", len(got))
		}
		if _, err := d.phone.SendText("", "bob", "room again"); err != nil {
			t.Error(err)
		}
	})
}
