// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamid

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// Event is one signal of the daemon.
type Event struct {
	Name string // without the interface's
	Args []any
	At   time.Time // when it was read here
}

// text is an argument that is a string, or "".
func (e Event) text(i int) string {
	if i >= len(e.Args) {
		return ""
	}
	s, _ := e.Args[i].(string)
	return s
}

// events keeps all signals in their order.
type events struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every signal
	list    []Event
}

// chatter are signals that tests have no use for and that come many times a second.
var chatter = []string{"audioMeter", "onRtcpReportReceived", "SmartInfo"}

// follow takes signals until the channel is closed.
func (l *events) follow(signals <-chan *dbus.Signal) {
	for s := range signals {
		name := s.Name[strings.LastIndexByte(s.Name, '.')+1:]
		if slices.Contains(chatter, name) {
			continue
		}
		l.mu.Lock()
		l.list = append(l.list, Event{Name: name, Args: s.Body, At: time.Now()})
		close(l.changed)
		l.changed = make(chan struct{})
		l.mu.Unlock()
	}
}

// count is how many there were so far.
func (l *events) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.list)
}

// since returns those from number from on.
func (l *events) since(from int) []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.list[min(from, len(l.list)):])
}

// await returns the first event from number from on that match accepts.
func (l *events) await(from int, limit time.Duration, match func(Event) bool) (Event, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for at := from; ; {
		l.mu.Lock()
		list, changed := l.list, l.changed
		l.mu.Unlock()
		for ; at < len(list); at++ {
			if match(list[at]) {
				return list[at], nil
			}
		}
		select {
		case <-changed:
		case <-timer.C:
			var seen strings.Builder
			for _, e := range l.since(from) {
				fmt.Fprintf(&seen, "\n\t%s %s %v", e.At.Format("15:04:05.000"), e.Name, e.Args)
			}
			return Event{}, fmt.Errorf("no such signal from jamid within %v, but:%s", limit, seen.String())
		}
	}
}
