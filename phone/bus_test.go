// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import "testing"

func TestASlowSubscriberLosesItsStreamAndNobodyElse(t *testing.T) {
	var b bus
	slow, endSlow := b.subscribe()
	quick, endQuick := b.subscribe()
	defer endSlow()
	for i := range backlog + 1 {
		b.publish(Event{Code: i})
		if e := <-quick; e.Code != i {
			t.Fatalf("event %d instead of %d", e.Code, i)
		}
	}
	n := 0
	for range slow {
		n++
	}
	if n != backlog {
		t.Errorf("the slow one got %d events before the end, want %d", n, backlog)
	}
	endQuick()
	if _, more := <-quick; more {
		t.Error("the stream goes on after its end")
	}
	b.close()
	if _, more := <-first(b.subscribe()); more {
		t.Error("a closed bus has a stream")
	}
}

func first(events <-chan Event, _ func()) <-chan Event { return events }
