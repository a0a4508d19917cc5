// SPDX-License-Identifier: GPL-3.0-or-later

package engine_test

import (
	"slices"
	"testing"
	"time"

	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// listen registers peer n and returns what the engine sent for it.
func (l *lab) listen(n byte, sid uint32, q wire.Query) []sent {
	return l.packet(addr(n), wire.Message{
		Kind: wire.Listen, ID: id(n), Target: key, Token: l.token(addr(n)), SID: sid, Updates: true, Query: q, HasQuery: !q.IsZero(),
	})
}

func kinds(out []sent, n byte) (k []wire.Kind) {
	for _, s := range out {
		if s.to == addr(n) {
			k = append(k, s.m.Kind)
		}
	}
	return k
}

// acknowledge confirms the updates among out.
func (l *lab) acknowledge(n byte, out []sent) {
	for _, s := range out {
		if s.to == addr(n) && s.m.Kind == wire.Update {
			l.packet(addr(n), wire.Message{Kind: wire.Reply, TID: s.m.TID, ID: id(n)})
		}
	}
}

// onlyUpdate returns the one update to a peer among out.
func onlyUpdate(t *testing.T, out []sent, n byte) wire.Message {
	t.Helper()
	var found []wire.Message
	for _, s := range out {
		if s.to == addr(n) && s.m.Kind == wire.Update {
			found = append(found, s.m)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d updates were sent", len(found))
	}
	return found[0]
}

func (l *lab) putOut(n byte, values ...*value.Value) []sent {
	return l.packet(addr(n), wire.Message{Kind: wire.Put, ID: id(n), Target: key, Token: l.token(addr(n)), Values: packed(values...)})
}

func TestListenersHearOfEverything(t *testing.T) {
	l := newLab(t)
	l.put(1, text(5, "there before"))
	out := l.listen(2, 99, wire.Query{})
	if got := kinds(out, 2); !slices.Contains(got, wire.Update) || !slices.Contains(got, wire.Reply) {
		t.Fatalf("sent %v", got)
	}
	u := onlyUpdate(t, out, 2)
	if u.SID != 99 || u.Target != key || len(u.Values) != 1 || len(u.Token) == 0 || !u.Updates {
		t.Errorf("the first update is %+v", u)
	}
	l.acknowledge(2, out)

	if again := l.listen(2, 99, wire.Query{}); len(kinds(again, 2)) != 1 {
		t.Errorf("a renewal was answered by %v", kinds(again, 2))
	}
	out = l.putOut(1, signed(t, 6, 1, "new"))
	u = onlyUpdate(t, out, 2)
	l.acknowledge(2, out)
	if len(u.Sizes) != 1 || len(l.pieces(2)) == 0 {
		t.Errorf("pushed %+v", u)
	}
	out = l.putOut(1, signed(t, 6, 2, "edited"))
	onlyUpdate(t, out, 2)
	l.acknowledge(2, out)
	out = l.putOut(1, signed(t, 6, 2, "edited"))
	if u = onlyUpdate(t, out, 2); !slices.Equal(u.Refreshed, []uint64{6}) || len(u.Values) != 0 || !u.Target.IsZero() {
		t.Errorf("the same value again made %+v", u)
	}
	l.acknowledge(2, out)
	out = l.packet(addr(1), wire.Message{Kind: wire.Refresh, ID: id(1), Target: key, Token: l.token(addr(1)), VID: 5})
	if u = onlyUpdate(t, out, 2); !slices.Equal(u.Refreshed, []uint64{5}) {
		t.Errorf("a refresh made %+v", u)
	}
	l.acknowledge(2, out)
	l.listen(2, 99, wire.Query{}) // or the registration ends with the values
	before := len(l.sent)
	l.run(9*time.Minute + 59*time.Second)
	l.listen(2, 99, wire.Query{})
	l.run(2 * time.Second)
	var expired []uint64
	for _, s := range l.sent[before:] {
		if s.to == addr(2) && s.m.Kind == wire.Update {
			expired = append(expired, s.m.Expired...)
		}
	}
	slices.Sort(expired)
	if expired = slices.Compact(expired); !slices.Equal(expired, []uint64{5, 6}) {
		t.Errorf("told that %v expired", expired)
	}
}

func TestListenersFilter(t *testing.T) {
	l := newLab(t)
	l.listen(2, 99, wire.Query{Where: []wire.Condition{wire.WhereID(6)}})
	if out := l.putOut(1, text(5, "other")); slices.Contains(kinds(out, 2), wire.Update) {
		t.Error("told of a value the filter excludes")
	}
	onlyUpdate(t, l.putOut(1, text(6, "wanted")), 2)
}

func TestRegistrationEndsAfterTenMinutes(t *testing.T) {
	l := newLab(t)
	l.listen(2, 99, wire.Query{})
	l.run(10 * time.Minute)
	if out := l.putOut(1, text(5, "late")); slices.Contains(kinds(out, 2), wire.Update) {
		t.Error("a forgotten listener was told")
	}
}

// A push that nobody confirms is sent three times; the registration stays.
func TestUnconfirmedUpdate(t *testing.T) {
	l := newLab(t)
	l.listen(2, 99, wire.Query{})
	l.putOut(1, text(5, "x"))
	l.run(20 * time.Second)
	if n := len(l.requests(addr(2), wire.Update)); n != 3 {
		t.Errorf("sent %d times", n)
	}
	onlyUpdate(t, l.putOut(1, text(6, "y")), 2)
}

// Listeners that do not set "ve" get values as replies to their socket id.
func TestOldListeners(t *testing.T) {
	l := newLab(t)
	l.packet(addr(2), wire.Message{Kind: wire.Listen, ID: id(2), Target: key, Token: l.token(addr(2)), SID: 99})
	out := l.putOut(1, text(5, "x"))
	pushed := false
	for _, s := range out {
		pushed = pushed || s.to == addr(2) && s.m.Kind == wire.Reply && s.m.TID == 99 && len(s.m.Values) == 1
	}
	if !pushed {
		t.Errorf("sent %+v", out)
	}
	out = l.packet(addr(1), wire.Message{Kind: wire.Refresh, ID: id(1), Target: key, Token: l.token(addr(1)), VID: 5})
	if k := kinds(out, 2); !slices.Contains(k, wire.OldUpdate) {
		t.Errorf("the refresh was told by %v", k)
	}
}

// A token in an update lets the listener write.
func TestUpdateForUnknownSocketIsConfirmed(t *testing.T) {
	l := newLab(t)
	r := l.replyTo(addr(1), wire.Message{Kind: wire.Update, ID: id(1), SID: 4, Target: key, Updates: true, Values: packed(text(5, "x"))})
	if r.Kind != wire.Reply {
		t.Errorf("answered %+v", r)
	}
}
