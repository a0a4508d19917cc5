// SPDX-License-Identifier: GPL-3.0-or-later

package sealed

import (
	"testing"
	"time"

	"bellwire/dht/value"
)

// stale is the time after which nothing is of use in these tests.
const stale = 30 * time.Second

func sealedValue(id uint64) *value.Value { return &value.Value{ID: id, Cypher: []byte{byte(id), 1}} }

func TestOpenerOrder(t *testing.T) {
	now := time.Now()
	o := NewOpener(nil, 10, stale, now)
	stop := o.Expect(100)
	for id := range uint64(3) {
		o.Add(sealedValue(id+1), now)
	}
	o.Add(sealedValue(100), now)
	o.Add(sealedValue(2), now) // again
	for _, want := range []uint64{100, 3, 2, 1} {
		v, _ := o.next(now)
		if v == nil || v.ID != want {
			t.Fatalf("next is %v, want %d", v, want)
		}
	}
	if v, pause := o.next(now); v != nil || pause != 0 {
		t.Errorf("next of nothing is %v after %v", v, pause)
	}
	// Whoever stores the answer knows its id, and cannot keep us busy with others of that id.
	for i := range byte(100) {
		o.Add(&value.Value{ID: 100, Cypher: []byte{i}}, now)
	}
	if len(o.urgent) != maxUrgent-1 {
		t.Errorf("%d more values are urgent, want %d", len(o.urgent), maxUrgent-1)
	}
	stop()
	if len(o.expected) != 0 {
		t.Error("an id is still expected")
	}
}

func TestOpenerRate(t *testing.T) {
	now := time.Now()
	o := NewOpener(nil, 10, stale, now)
	for id := range uint64(200) {
		o.Add(sealedValue(id+1), now)
	}
	opened := 0
	for end := now.Add(5 * time.Second); now.Before(end); {
		v, pause := o.next(now)
		if v != nil {
			opened++
			continue
		}
		now = now.Add(pause)
	}
	if opened < 69 || opened > 71 {
		t.Errorf("%d values were decrypted in 5 s, want 20 at once and 10 a second", opened)
	}
}

func TestOpenerIsBounded(t *testing.T) {
	now := time.Now()
	o := NewOpener(nil, 10, stale, now)
	for id := range uint64(10000) {
		o.Add(sealedValue(id+1), now)
	}
	if len(o.others) > maxWaiting || o.seen.Len() > maxRemember {
		t.Errorf("%d wait, %d are remembered", len(o.others), o.seen.Len())
	}
	if v, _ := o.next(now); v.ID != 10000 {
		t.Errorf("next is %d, want the newest", v.ID)
	}
	if v, _ := o.next(now.Add(stale + time.Second)); v != nil {
		t.Errorf("value %d was taken after its time", v.ID)
	}
	forever := NewOpener(nil, 10, 0, now)
	forever.Add(sealedValue(1), now)
	if v, _ := forever.next(now.AddDate(1, 0, 0)); v == nil {
		t.Error("a value that is never stale was not taken")
	}
}
