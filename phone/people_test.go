// SPDX-License-Identifier: GPL-3.0-or-later

package phone_test

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"bellwire/call"
	"bellwire/call/calltest"
	"bellwire/phone"
	"bellwire/store"
)

// people is the line of a desk that knows people and carries texts.
type people struct {
	*calltest.Line
	changes chan call.Contact
	texts   chan call.Text
	ready   chan struct{} // closed when the line is part of the network

	mu       sync.Mutex
	book     map[string]call.Contact
	followed map[string]int
	refuse   map[string]error // what SendText says of a target; nil takes the text
	took     []sent
	tries    []time.Time
}

type sent struct {
	target string
	call.Text
}

var (
	_ call.Directory = (*people)(nil)
	_ call.Texter    = (*people)(nil)
)

func newPeople(t *testing.T) (line *people, far *calltest.Line) {
	near, far := calltest.NewLines(t)
	line = &people{
		Line: near, changes: make(chan call.Contact, 16), texts: make(chan call.Text, 16), ready: make(chan struct{}),
		book: map[string]call.Contact{}, followed: map[string]int{}, refuse: map[string]error{},
	}
	close(line.ready)
	return line, far
}

// newDeskWithPeople is newDesk for such a line over a store that may hold what an earlier run left.
func newDeskWithPeople(t *testing.T, kept store.Store) (*desk, *people) {
	t.Helper()
	line, far := newPeople(t)
	return deskOver(t, line, far, kept), line
}

// deskOver puts a phone into service until the test ends.
func deskOver(t *testing.T, line call.Line, far *calltest.Line, kept store.Store) *desk {
	t.Helper()
	p := phone.New(phone.Config{Lines: []call.Line{line}, Store: kept, RingTimeout: 20 * time.Second})
	events, end := p.Events()
	t.Cleanup(func() { end(); p.Close() })
	return &desk{t, p, far, events}
}

func (l *people) Ready(ctx context.Context) error {
	select {
	case <-l.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *people) Contacts() []call.Contact {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.SortedFunc(maps.Values(l.book), func(a, b call.Contact) int { return cmp.Compare(a.ID, b.ID) })
}

// is sets a contact and tells of it.
func (l *people) is(c call.Contact) {
	l.mu.Lock()
	if c.State == call.Stranger {
		delete(l.book, c.ID)
	} else {
		l.book[c.ID] = c
	}
	l.mu.Unlock()
	l.changes <- c
}

func (l *people) AddContact(_ context.Context, target, name string) error {
	state := call.Requested
	l.mu.Lock()
	if l.book[target].State == call.Asking {
		state = call.Confirmed
	}
	l.mu.Unlock()
	l.is(call.Contact{ID: target, Name: name, State: state})
	return nil
}

func (l *people) AcceptContact(_ context.Context, target string) error {
	l.mu.Lock()
	asking := l.book[target].State == call.Asking
	l.mu.Unlock()
	if !asking {
		return &call.Error{Reason: call.NotFound, Err: errors.New("nobody of that id asks to be a contact")}
	}
	l.is(call.Contact{ID: target, State: call.Confirmed})
	return nil
}

func (l *people) DeclineContact(_ context.Context, target string) error {
	l.is(call.Contact{ID: target})
	return nil
}

func (l *people) BlockContact(_ context.Context, target string) error {
	l.is(call.Contact{ID: target, State: call.Blocked})
	return nil
}

func (l *people) RemoveContact(ctx context.Context, target string) error {
	return l.DeclineContact(ctx, target)
}

func (l *people) Follow(target string) (stop func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.followed[target]++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.followed[target]--
	}, nil
}

func (l *people) ContactChanges() <-chan call.Contact { return l.changes }

func (l *people) SendText(ctx context.Context, target string, text call.Text) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tries = append(l.tries, time.Now())
	if err := l.refuse[target]; err != nil {
		return err
	}
	l.took = append(l.took, sent{target, text})
	return ctx.Err()
}

func (l *people) Texts() <-chan call.Text { return l.texts }

// says sets what becomes of further texts to a target.
func (l *people) says(target string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuse[target] = err
}

// tried returns how often texts were tried.
func (l *people) tried() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.tries)
}

// taken returns the bodies that arrived, in order, and forgets them.
func (l *people) taken() (bodies []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.took {
		bodies = append(bodies, s.Body)
	}
	l.took = nil
	return bodies
}
