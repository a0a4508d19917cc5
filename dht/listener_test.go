// SPDX-License-Identifier: GPL-3.0-or-later

package dht

import (
	"testing"

	"bellwire/dht/engine"
	"bellwire/dht/value"
)

// What the reader has not taken is merged: the newest state of each value, and that it was refreshed
// where there is nothing else to tell, and to those who asked for it.
func TestEventsAreMerged(t *testing.T) {
	one, two := &value.Value{ID: 1}, &value.Value{ID: 2}
	comes, goes := Event{Value: one}, Event{Value: one, Expired: true}
	again := Event{Value: one, Refreshed: true}
	other := Event{Value: two}
	for _, c := range []struct {
		name            string
		told            bool // the reader has the value
		events          []Event
		want, withAgain []Event
	}{
		{"comes", false, []Event{comes, other}, []Event{comes, other}, []Event{comes, other}},
		{"comes and goes", false, []Event{comes, goes}, nil, nil},
		{"is refreshed", true, []Event{again, again, other}, []Event{other}, []Event{again, other}},
		{"comes and is refreshed", false, []Event{comes, again}, []Event{comes}, []Event{comes}},
		{"is refreshed and goes", true, []Event{again, goes}, []Event{goes}, []Event{goes}},
	} {
		for _, refreshes := range []bool{false, true} {
			l := &Listener{
				refreshes: refreshes, news: make(chan struct{}, 1),
				pending: map[engine.Ident]Event{}, told: map[engine.Ident]bool{engine.IdentOf(one): c.told},
			}
			for _, e := range c.events {
				l.note(e)
			}
			want := c.want
			if refreshes {
				want = c.withAgain
			}
			for _, e := range want {
				if got, ok := l.take(); !ok || got != e {
					t.Errorf("%s (refreshes %v): took %+v, want %+v", c.name, refreshes, got, e)
				}
			}
			if got, more := l.take(); more {
				t.Errorf("%s (refreshes %v): took %+v too", c.name, refreshes, got)
			}
		}
	}
}
