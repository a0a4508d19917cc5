// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"sync"

	"bellwire/call"
	"bellwire/identity"
)

// feed is the stream of contacts that changed. A reader that is slow is told the last state of each and
// not those between, so what waits is bounded by the number of contacts.
type feed struct {
	out  chan call.Contact
	news chan struct{} // holds at most one token

	mu      sync.Mutex
	order   []identity.AccountID // of their first change
	waiting map[identity.AccountID]bool
}

func newFeed() *feed {
	return &feed{out: make(chan call.Contact), news: make(chan struct{}, 1), waiting: map[identity.AccountID]bool{}}
}

// note marks accounts as changed. It waits for nobody.
func (f *feed) note(accounts ...identity.AccountID) {
	f.mu.Lock()
	for _, id := range accounts {
		if !f.waiting[id] {
			f.waiting[id] = true
			f.order = append(f.order, id)
		}
	}
	f.mu.Unlock()
	select {
	case f.news <- struct{}{}:
	default:
	}
}

func (f *feed) take() (id identity.AccountID, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.order) == 0 {
		return id, false
	}
	id, f.order = f.order[0], f.order[1:]
	delete(f.waiting, id)
	return id, true
}

// run delivers until the context ends. look returns how an account stands now; what it said last is not
// said again. Those in known are as they were at the beginning.
func (f *feed) run(ctx context.Context, known []call.Contact, look func(identity.AccountID) call.Contact) {
	defer close(f.out)
	told := map[string]call.Contact{}
	for _, c := range known {
		told[c.ID] = c
	}
	for {
		id, ok := f.take()
		if !ok {
			select {
			case <-f.news:
				continue
			case <-ctx.Done():
				return
			}
		}
		c := look(id)
		if last, before := told[c.ID]; before && last == c {
			continue
		}
		select {
		case f.out <- c:
		case <-ctx.Done():
			return
		}
		if told[c.ID] = c; c.State == call.Stranger && c.Presence == call.Offline {
			delete(told, c.ID)
		}
	}
}
