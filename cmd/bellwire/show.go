// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"bellwire/call"
	"bellwire/phone"
)

// display shows events to whoever watches: JSON lines for a program, a progress line for a person.
type display struct {
	app    *app
	json   *json.Encoder // nil for a person
	out    io.Writer     // the person's terminal or log
	moving bool          // out is a terminal: the progress line is written over
	first  string        // the account that commands use unless told otherwise
	// end is how a person ends a call that is up; nil: with Ctrl-C.
	end func(e phone.Event) string
	// ring is how a person answers a call that rings; nil: it is none of this command's.
	ring func(e phone.Event) string

	held map[string]bool // calls that are on hold; of event alone

	mu    sync.Mutex
	width int // of the progress line as it stands
}

func (a *app) display() *display {
	d := &display{app: a, out: os.Stderr, moving: isTerminal(os.Stderr), held: map[string]bool{}}
	if a.json {
		d.json = json.NewEncoder(os.Stdout)
	}
	return d
}

// event shows one event.
func (d *display) event(e phone.Event) error {
	if d.json != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.json.Encode(e)
	}
	switch e.Event {
	case phone.CallEvent:
		d.call(e)
	case phone.DigitEvent:
		d.line("key " + e.Digit)
	case phone.TextEvent:
		d.text(e)
	case phone.ContactEvent:
		d.contact(e)
	}
	return nil
}

// text shows a text that arrived, or what became of one of ours.
func (d *display) text(e phone.Event) {
	switch {
	case e.Direction == phone.In:
		d.line(fmt.Sprintf("%s: %s", who(e), e.Text))
	case e.State == phone.TextDelivered:
		d.line("text to " + e.Target + " delivered")
	case e.State == phone.TextWaiting:
		d.line("text to " + e.Target + " waits: " + whyOf(e))
	default:
		d.line("text to " + e.Target + " failed: " + whyOf(e))
	}
}

// contact shows what a person should know of a change; the presence of contacts is not.
func (d *display) contact(e phone.Event) {
	switch {
	case e.Was == "":
	case e.Contact == call.Asking.String():
		d.request(e.Account, e.Peer, who(e))
	case e.Contact == call.Confirmed.String():
		d.line(who(e) + " is a contact now")
	}
}

// request shows that somebody wants to be a contact.
func (d *display) request(account, id, who string) {
	words := "contact accept " + id
	if account != d.first {
		words += " --account " + account
	}
	d.line(who + " wants to be a contact; accept with: " + d.app.command(words))
}

// requests shows who asked before this command looked.
func (d *display) requests(account string, contacts []call.Contact) {
	if d.json != nil {
		return
	}
	for _, c := range contacts {
		if c.State == call.Asking {
			d.request(account, c.ID, named(c.ID, c.Name))
		}
	}
}

// ready shows that an account can be called.
func (d *display) ready(account, words string) error {
	if d.json != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.json.Encode(phone.Event{Event: "ready", Time: time.Now(), Account: account})
	}
	d.line(words + account)
	return nil
}

// joining tells a person what is waited for; a program waits for the event "ready".
func (d *display) joining() {
	if d.json == nil {
		d.progress("joining the network …")
	}
}

// call shows the state of a call. Every state but the last is written over by the next.
func (d *display) call(e phone.Event) {
	switch e.State {
	case call.Resolving.String():
		d.progress("looking for " + e.Target + " …")
	case call.Connecting.String():
		d.progress("connecting …")
	case call.Trying.String():
		d.progress("calling …")
	case call.Ringing.String():
		if e.Direction == phone.In {
			line := "call from " + who(e)
			if d.ring != nil {
				line += d.ring(e)
			}
			d.line(line)
			return
		}
		d.progress("ringing …")
	case call.Early.String():
		d.progress("ringing, with sound …")
	case call.Established.String():
		if d.held[e.Call] {
			delete(d.held, e.Call)
			d.line("no longer on hold")
			return
		}
		end := " (Ctrl-C hangs up)"
		if d.end != nil {
			end = d.end(e)
		}
		d.line("in a call with " + who(e) + end)
	case call.Held.String():
		d.held[e.Call] = true
		d.line("on hold")
	case call.Ended.String():
		delete(d.held, e.Call)
		d.line("call ended: " + ending(e))
	}
}

// ending is why and how a call ended, with its figures.
func ending(e phone.Event) string {
	text := whyOf(e)
	if f := e.Figures; f != nil {
		text += fmt.Sprintf(" after %s; %s, %s, %d packets sent, %d received, %d lost, jitter %.1f ms, round trip %.1f ms",
			time.Duration(f.Seconds*float64(time.Second)).Round(time.Second/10),
			f.Codec, f.SRTP, f.Sent, f.Received, f.Lost, f.JitterMS, f.RTTMS)
	}
	return text
}

// whyOf is the reason of an event, in words and then in a sentence.
func whyOf(e phone.Event) string {
	if e.Detail != "" {
		return e.Reason + " (" + e.Detail + ")"
	}
	return e.Reason
}

// who is the peer: its proved identity, and behind it what it calls itself.
func who(e phone.Event) string { return named(e.Peer, e.Name) }

func named(id, name string) string {
	if name != "" {
		return fmt.Sprintf("%s (%s)", id, name)
	}
	return id
}
