// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"bellwire/call"
	"bellwire/phone"
)

// display shows events to whoever watches: JSON lines for a program, a progress line for a person.
type display struct {
	json   *json.Encoder // nil for a person
	out    io.Writer     // the person's terminal or log
	moving bool          // out is a terminal: the progress line is written over
	width  int           // of the progress line as it stands
}

func (a *app) display() *display {
	if a.json {
		return &display{json: json.NewEncoder(os.Stdout)}
	}
	info, err := os.Stderr.Stat()
	return &display{out: os.Stderr, moving: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

// event shows one event.
func (d *display) event(e phone.Event) error {
	if d.json != nil {
		return d.json.Encode(e)
	}
	switch e.Event {
	case phone.CallEvent:
		d.call(e)
	case phone.DigitEvent:
		d.line("key " + e.Digit)
	case phone.TextEvent:
		d.line(fmt.Sprintf("%s: %s", who(e), e.Text))
	}
	return nil
}

// ready shows that an account can be called.
func (d *display) ready(account, words string) error {
	if d.json != nil {
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
			d.line("call from " + who(e))
			return
		}
		d.progress("ringing …")
	case call.Early.String():
		d.progress("ringing, with sound …")
	case call.Established.String():
		d.line("in a call with " + who(e) + " (Ctrl-C hangs up)")
	case call.Held.String():
		d.line("on hold")
	case call.Ended.String():
		d.line("call ended: " + ending(e))
	}
}

// ending is why and how a call ended, with its figures.
func ending(e phone.Event) string {
	text := e.Reason
	if e.Detail != "" {
		text += " (" + e.Detail + ")"
	}
	if f := e.Figures; f != nil {
		text += fmt.Sprintf(" after %s; %s, %s, %d packets sent, %d received, %d lost, jitter %.1f ms, round trip %.1f ms",
			time.Duration(f.Seconds*float64(time.Second)).Round(time.Second/10),
			f.Codec, f.SRTP, f.Sent, f.Received, f.Lost, f.JitterMS, f.RTTMS)
	}
	return text
}

// who is the peer: its proved identity, and behind it what it calls itself.
func who(e phone.Event) string {
	if e.Name != "" {
		return fmt.Sprintf("%s (%s)", e.Peer, e.Name)
	}
	return e.Peer
}

// printable makes text of others fit for a terminal: on one line, with nothing that moves the cursor,
// sets a colour or turns the direction of writing.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || unicode.IsGraphic(r) && !unicode.Is(unicode.Zs, r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// progress shows a line that the next one replaces.
func (d *display) progress(text string) {
	text = printable(text)
	if !d.moving {
		fmt.Fprintln(d.out, text)
		return
	}
	fmt.Fprintf(d.out, "\r%s%s", text, strings.Repeat(" ", max(0, d.width-len(text))))
	d.width = len(text)
}

// clear takes the progress line away.
func (d *display) clear() {
	if d.width > 0 {
		fmt.Fprintf(d.out, "\r%s\r", strings.Repeat(" ", d.width))
		d.width = 0
	}
}

// line shows a line that stays.
func (d *display) line(text string) {
	d.clear()
	fmt.Fprintln(d.out, printable(text))
}
