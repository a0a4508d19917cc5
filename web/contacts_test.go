// SPDX-License-Identifier: GPL-3.0-or-later

package web_test

import (
	"context"
	"testing"
	"testing/synctest"

	"bellwire/call"
	"bellwire/call/calltest"
	"bellwire/phone"
	"bellwire/web"
)

// booked is a line with a book that has room for one, and that takes every text.
type booked struct {
	*calltest.Line
	entry   call.Contact
	changes chan call.Contact
}

func newBooked(line *calltest.Line) *booked {
	return &booked{Line: line, changes: make(chan call.Contact, 8)}
}

func (l *booked) Contacts() []call.Contact {
	if l.entry.State == call.Stranger {
		return nil
	}
	return []call.Contact{l.entry}
}

func (l *booked) set(id, name string, state call.ContactState) error {
	l.entry = call.Contact{ID: id, Name: name, State: state}
	l.changes <- l.entry
	return nil
}

func (l *booked) AddContact(_ context.Context, id, name string) error {
	return l.set(id, name, call.Requested)
}
func (l *booked) AcceptContact(_ context.Context, id string) error {
	return l.set(id, "", call.Confirmed)
}
func (l *booked) DeclineContact(_ context.Context, id string) error {
	return l.set(id, "", call.Stranger)
}
func (l *booked) BlockContact(_ context.Context, id string) error { return l.set(id, "", call.Blocked) }
func (l *booked) RemoveContact(_ context.Context, id string) error {
	return l.set(id, "", call.Stranger)
}
func (l *booked) Follow(string) (func(), error)                     { return func() {}, nil }
func (l *booked) ContactChanges() <-chan call.Contact               { return l.changes }
func (l *booked) SendText(context.Context, string, call.Text) error { return nil }
func (l *booked) Texts() <-chan call.Text                           { return nil }

func TestContactsAndTextsOverTheInterface(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, _ := calltest.NewLines(t)
		client := serveLine(t, newBooked(near))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		events, err := client.Events(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if now, err := client.AddContact(ctx, web.AddContact{Target: "bob", Name: "Bob"}); err != nil || now.State != call.Requested {
			t.Errorf("%+v, %v", now, err)
		}
		if all, err := client.Contacts(ctx, "a"); err != nil || len(all) != 1 || all[0].Name != "Bob" || all[0].State != call.Requested {
			t.Errorf("%+v, %v", all, err)
		}
		for _, step := range []struct {
			what string
			want call.ContactState
		}{{"accept", call.Confirmed}, {"block", call.Blocked}, {"remove", call.Stranger}, {"decline", call.Stranger}} {
			if now, err := client.ChangeContact(ctx, "", "bob", step.what); err != nil || now.ID != "bob" || now.State != step.want {
				t.Errorf("%s: %+v, %v", step.what, now, err)
			}
		}
		if all, err := client.Contacts(ctx, ""); err != nil || all == nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
		id, err := client.Text(ctx, web.Text{Target: "bob", Text: "hello"})
		if err != nil {
			t.Fatal(err)
		}
		for e, err := range events {
			if err != nil {
				t.Fatal(err)
			}
			if e.Event == phone.TextEvent {
				if e.Message != id || e.State != phone.TextDelivered {
					t.Errorf("%+v", e)
				}
				break
			}
		}
	})
}
