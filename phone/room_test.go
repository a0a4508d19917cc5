// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import (
	"fmt"
	"testing"

	"bellwire/store"
)

func TestStrangersHaveAPartOfTheRoom(t *testing.T) {
	p := New(Config{Store: store.Memory()})
	defer p.Close()
	room := func(stranger bool, peer string) error {
		c := &Call{id: newID(), stranger: stranger}
		c.caller = peer
		p.mu.Lock()
		defer p.mu.Unlock()
		err := p.roomLocked(c)
		if err == nil {
			p.calls[c.id] = c
		}
		return err
	}
	for i := range maxStrangers {
		if err := room(true, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if room(true, "another") == nil {
		t.Error("strangers have more than their part")
	}
	for i := range maxCalls - maxStrangers {
		if err := room(false, fmt.Sprint(i)); err != nil {
			t.Fatalf("contact %d: %v", i, err)
		}
	}
	if room(false, "another") == nil {
		t.Error("there are more calls than may be")
	}
	p.calls = map[string]*Call{}
}
