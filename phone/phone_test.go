// SPDX-License-Identifier: GPL-3.0-or-later

package phone_test

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/call/calltest"
	"bellwire/media/audio"
	"bellwire/phone"
	"bellwire/store"
)

// desk is a phone on one end of a wire, and the bare other end.
type desk struct {
	t      *testing.T
	phone  *phone.Phone
	far    *calltest.Line
	events <-chan phone.Event
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	near, far := calltest.NewLines(t)
	p := phone.New(phone.Config{Lines: []call.Line{near}, Store: store.Memory(), RingTimeout: 20 * time.Second})
	events, end := p.Events()
	t.Cleanup(func() { end(); p.Close() })
	return &desk{t, p, far, events}
}

// next returns the next event.
func (d *desk) next() phone.Event {
	d.t.Helper()
	select {
	case e := <-d.events:
		return e
	case <-time.After(2 * time.Minute):
		d.t.Fatal("nothing happens")
		return phone.Event{}
	}
}

// await skips to a state.
func (d *desk) await(s call.State) phone.Event {
	d.t.Helper()
	for {
		if e := d.next(); e.State == s.String() {
			return e
		}
	}
}

func TestACallIsToldAndNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		go func() {
			in := d.far.Next(t.Context())
			in.Ring()
			<-time.After(2 * time.Second)
			in.Answer(t.Context(), call.Setup{})
		}()
		record := filepath.Join(t.TempDir(), "heard.wav")
		c, err := d.phone.Place("", "b", phone.Options{
			Sound: phone.Sound{Tone: 440, Record: record}, Limit: 5 * time.Second, Keys: "12#",
		})
		if err != nil {
			t.Fatal(err)
		}
		var states []string
		var last phone.Event
		for last.State != "ended" {
			last = d.next()
			if last.Call != c.ID() || last.Account != "a" || last.Direction != phone.Out || last.Target != "b" {
				t.Errorf("event %+v", last)
			}
			states = append(states, last.State)
		}
		if got, want := strings.Join(states, " "), "trying ringing established ended"; got != want {
			t.Errorf("states %q, want %q", got, want)
		}
		if last.Reason != "hung up" || last.Peer != "b" {
			t.Errorf("it ended as %+v", last)
		}
		if f := last.Figures; f == nil || f.Codec != "PCMU/8000" || f.SRTP != "AEAD_AES_128_GCM" || f.Sent < 240 || f.Lost != 0 || f.Seconds < 4.9 || f.Seconds > 5.5 {
			t.Errorf("figures %+v", f)
		}
		history, err := d.phone.History()
		if err != nil || len(history) != 1 || history[0].Peer != "b" || history[0].Seconds < 4.9 || history[0].Reason != "hung up" {
			t.Errorf("history %+v, %v", history, err)
		}
		wav, err := audio.OpenWAV(record)
		if err != nil {
			t.Fatal(err)
		}
		defer wav.Close()
		if got := wav.Duration(); got < 4*time.Second || got > 6*time.Second {
			t.Errorf("recorded %v", got)
		}
	})
}

func TestAnIncomingCallIsAnsweredAndEchoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		heard := &calltest.Ear{}
		purity := make(chan float64, 1)
		go func() {
			leg, err := d.far.Dial(t.Context(), "a", call.Setup{Source: &calltest.Tone{Hz: 700}, Sink: heard})
			if err != nil {
				t.Error(err)
				return
			}
			<-time.After(2 * time.Second)
			purity <- heard.Purity(700, time.Second)
			leg.Hangup(t.Context())
		}()
		ringing := d.await(call.Ringing)
		if ringing.Direction != phone.In || ringing.Peer != "b" {
			t.Errorf("ringing: %+v", ringing)
		}
		c, err := d.phone.Call(ringing.Call)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Answer(phone.Options{Sound: phone.Sound{Echo: true}}); err != nil {
			t.Fatal(err)
		}
		if err := c.Answer(phone.Options{}); err == nil {
			t.Error("a call was answered twice")
		}
		if end := d.await(call.Ended); end.Reason != "hung up" {
			t.Errorf("it ended as %+v", end)
		}
		if p := <-purity; p < 0.9 {
			t.Errorf("the caller hears its echo with purity %.2f", p)
		}
	})
}

func TestWhatBecomesOfACallNobodyTakes(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(*phone.Call)
		near   string // reason in our event
		caller call.Reason
	}{
		{"it rings until we give up", func(*phone.Call) {}, "no answer", call.NoAnswer},
		{"it is declined", func(c *phone.Call) { c.Decline(call.Declined) }, "declined", call.Declined},
		{"we are busy", func(c *phone.Call) { c.Decline(call.Busy) }, "busy", call.Busy},
		{"it is hung up while it rings", func(c *phone.Call) { c.Hangup() }, "declined", call.Declined},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				told := make(chan error, 1)
				go func() {
					_, err := d.far.Dial(t.Context(), "a", call.Setup{})
					told <- err
				}()
				ringing := d.await(call.Ringing)
				incoming, err := d.phone.Call(ringing.Call)
				if err != nil {
					t.Fatal(err)
				}
				c.do(incoming)
				if end := d.await(call.Ended); end.Reason != c.near {
					t.Errorf("we are told %q, want %q", end.Reason, c.near)
				}
				if err := <-told; call.ReasonOf(err) != c.caller {
					t.Errorf("the caller is told %v, want %v", err, c.caller)
				}
				if _, err := d.phone.Call(ringing.Call); err == nil {
					t.Error("the call is still there")
				}
			})
		})
	}
}

func TestTheRingTimeoutEndsAnOutgoingCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		go func() {
			in := d.far.Next(t.Context())
			in.Ring()
			<-in.Done()
		}()
		begin := time.Now()
		if _, err := d.phone.Place("", "b", phone.Options{RingTimeout: 7 * time.Second}); err != nil {
			t.Fatal(err)
		}
		end := d.await(call.Ended)
		if took := time.Since(begin); end.Reason != "no answer" || took < 7*time.Second || took > 8*time.Second {
			t.Errorf("ended as %q after %v", end.Reason, took)
		}
	})
}

func TestHoldAndKeysOfTheFarEndAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		go func() {
			leg, err := d.far.Dial(t.Context(), "a", call.Setup{})
			if err != nil {
				t.Error(err)
				return
			}
			leg.SendDigits(t.Context(), "5")
			leg.Hold(t.Context())
			leg.Resume(t.Context())
			leg.Hangup(t.Context())
		}()
		c, err := d.phone.Call(d.await(call.Ringing).Call)
		if err != nil {
			t.Fatal(err)
		}
		c.Answer(phone.Options{})
		d.await(call.Established)
		if e := d.next(); e.Event != phone.DigitEvent || e.Digit != "5" {
			t.Errorf("instead of the key: %+v", e)
		}
		d.await(call.Held)
		d.await(call.Established)
		d.await(call.Ended)
	})
}

func TestClosingThePhoneHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		ended := make(chan call.End, 1)
		go func() {
			leg, err := d.far.Next(t.Context()).Answer(t.Context(), call.Setup{})
			if err != nil {
				t.Error(err)
				return
			}
			<-leg.Done()
			ended <- leg.End()
		}()
		if _, err := d.phone.Place("", "b", phone.Options{}); err != nil {
			t.Fatal(err)
		}
		d.await(call.Established)
		d.phone.Close()
		if end := <-ended; end.Reason != call.HungUp || end.Local {
			t.Errorf("the far end sees %+v", end)
		}
		if _, err := d.phone.Place("", "b", phone.Options{}); err == nil {
			t.Error("a closed phone placed a call")
		}
	})
}

func TestBadSoundIsRefusedBeforeTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		for _, s := range []phone.Sound{
			{File: "/nowhere.wav"}, {Tone: -1}, {Tone: 5}, {Tone: 1e6}, {Echo: true, Tone: 440}, {Record: "/proc/nowhere/x.wav"},
		} {
			if _, err := d.phone.Place("", "b", phone.Options{Sound: s}); err == nil {
				t.Errorf("%+v was accepted", s)
			}
		}
		if n := len(d.phone.Calls()); n != 0 {
			t.Errorf("%d calls are up", n)
		}
	})
}
