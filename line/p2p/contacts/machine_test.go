// SPDX-License-Identifier: GPL-3.0-or-later

package contacts

import (
	"maps"
	"testing"

	"pgregory.net/rapid"

	"bellwire/call"
	"bellwire/identity"
	"bellwire/store"
)

// TestAnyOrderOfSteps does steps in any order, with restarts in between, and compares what the book
// says with the figure in the package's comment.
func TestAnyOrderOfSteps(t *testing.T) {
	type edge struct {
		from call.ContactState
		step string
	}
	figure := map[edge]call.ContactState{
		{call.Stranger, "add"}:      call.Requested,
		{call.Stranger, "request"}:  call.Asking,
		{call.Requested, "confirm"}: call.Confirmed,
		{call.Requested, "request"}: call.Confirmed,
		{call.Asking, "accept"}:     call.Confirmed,
		{call.Asking, "add"}:        call.Confirmed,
		{call.Asking, "decline"}:    call.Stranger,
	}
	for s := call.Requested; s <= call.Blocked; s++ {
		figure[edge{s, "remove"}] = call.Stranger
		figure[edge{s, "block"}] = call.Blocked
	}
	figure[edge{call.Stranger, "block"}] = call.Blocked

	rapid.Check(t, func(t *rapid.T) {
		kept := store.Memory()
		b, err := Open(Config{Store: kept, Account: own})
		if err != nil {
			t.Fatal(err)
		}
		model := map[identity.AccountID]call.ContactState{}
		dealt := map[identity.AccountID]bool{} // whose request was dealt with
		heard := map[identity.AccountID]bool{}
		who := rapid.Custom(func(t *rapid.T) identity.AccountID { return someone(rapid.IntRange(1, 3).Draw(t, "who")) })
		step := func(name string, do func(*Book, identity.AccountID) ([]identity.AccountID, error)) func(*rapid.T) {
			return func(t *rapid.T) {
				id := who.Draw(t, "account")
				before := model[id]
				after, moves := figure[edge{before, name}]
				if !moves || name == "request" && before == call.Stranger && dealt[id] {
					after = before
				}
				_, _ = do(b, id)
				if name == "request" && before != call.Blocked && (before != call.Stranger || after == call.Asking) {
					heard[id] = true
				}
				if after == call.Stranger && before != call.Stranger {
					dealt[id] = heard[id]
				}
				model[id] = after
				if got := b.Get(id).State; got != after {
					t.Fatalf("%s made %v of %v, want %v", name, got, before, after)
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"add":     step("add", func(b *Book, id identity.AccountID) ([]identity.AccountID, error) { return b.Add(id, "x") }),
			"accept":  step("accept", (*Book).Accept),
			"decline": step("decline", (*Book).Decline),
			"block":   step("block", (*Book).Block),
			"remove":  step("remove", (*Book).Remove),
			"confirm": step("confirm", (*Book).Confirm),
			"request": step("request", func(b *Book, id identity.AccountID) ([]identity.AccountID, error) { return b.Request(id, Request{}) }),
			"restart": func(t *rapid.T) {
				was := maps.Clone(b.people)
				if b, err = Open(Config{Store: kept, Account: own}); err != nil {
					t.Fatal(err)
				}
				if !maps.Equal(was, b.people) {
					t.Fatalf("the book was %v and is %v", was, b.people)
				}
			},
		})
	})
}
