// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"net/netip"
	"testing"

	"github.com/pion/stun/v4"

	"bellwire/link/ice"
)

func TestAuthenticate(t *testing.T) {
	forged := bob
	forged.pwd = "somethingElse0123456789"
	parsed := func(b []byte) *stun.Message {
		m, err := parse(b)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	built := func(setters ...stun.Setter) *stun.Message {
		b, err := build(append([]stun.Setter{stun.BindingRequest}, setters...)...)
		if err != nil {
			t.Fatal(err)
		}
		return parsed(b)
	}
	name := stun.NewUsername(bob.ufrag + ":" + alice.ufrag)
	for what, c := range map[string]struct {
		m    *stun.Message
		want stun.ErrorCode
	}{
		"right":                  {parsed(ask(t, alice, bob, request{})), 0},
		"meant for another":      {parsed(ask(t, bob, alice, request{})), stun.CodeUnauthorized},
		"wrong password":         {parsed(ask(t, alice, forged, request{})), stun.CodeUnauthorized},
		"no signature":           {built(name), stun.CodeBadRequest},
		"no name":                {built(bob.integrity()), stun.CodeBadRequest},
		"half a name":            {built(stun.NewUsername(bob.ufrag), bob.integrity()), stun.CodeUnauthorized},
		"a signature of 4 bytes": {built(name, attribute(stun.AttrMessageIntegrity, []byte("1234"))), stun.CodeUnauthorized},
		"an empty signature":     {built(name, attribute(stun.AttrMessageIntegrity, nil)), stun.CodeUnauthorized},
		"a name behind it":       {built(bob.integrity(), name), stun.CodeBadRequest},
	} {
		if got := authenticate(c.m, bob); got != c.want {
			t.Errorf("%s: %d, want %d", what, got, c.want)
		}
	}
}

func TestReply(t *testing.T) {
	from := netip.MustParseAddrPort("[fd77::1]:5000")
	for code, to := range map[stun.ErrorCode]secret{0: bob, stun.CodeUnauthorized: {bob.ufrag, "somethingElse0123456789"}} {
		asked, err := parse(ask(t, alice, to, request{role: ice.Controlling}))
		if err != nil {
			t.Fatal(err)
		}
		b, err := reply(asked, from, bob)
		if err != nil || couldBeCheck(b, len(b)) != yes {
			t.Fatal("not a message of ICE", err)
		}
		m, err := parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if m.TransactionID != asked.TransactionID {
			t.Errorf("%d: answers another request", code)
		}
		if code == 0 {
			var mapped stun.XORMappedAddress
			if err := mapped.GetFrom(m); err != nil || mapped.String() != from.String() || !signed(m, bob) {
				t.Errorf("address %v, signed %v, %v", mapped, signed(m, bob), err)
			}
			continue
		}
		var got stun.ErrorCodeAttribute
		if err := got.GetFrom(m); err != nil || got.Code != code || m.Type != stun.BindingError {
			t.Errorf("%v, want the error %d; %v", got, code, err)
		}
	}
	indication, err := build(stun.NewType(stun.MethodBinding, stun.ClassIndication))
	if err != nil {
		t.Fatal(err)
	}
	m, err := parse(indication)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := reply(m, from, bob); b != nil || err != nil {
		t.Errorf("an indication is answered with %x, %v", b, err)
	}
}

func TestClaim(t *testing.T) {
	for _, role := range []ice.Role{ice.Controlling, ice.Controlled} {
		m, err := parse(ask(t, alice, bob, request{role: role, tie: 7, priority: 8}))
		if err != nil {
			t.Fatal(err)
		}
		got, tie, ok := claim(m)
		if got != role || tie != 7 || !ok || priorityOf(m) != 8 {
			t.Errorf("%v, %d, %v, priority %d", got, tie, ok, priorityOf(m))
		}
	}
	m := stun.MustBuild(stun.BindingRequest, attribute(stun.AttrICEControlled, []byte{1}), attribute(stun.AttrPriority, []byte{1}))
	if _, _, ok := claim(m); ok || priorityOf(m) != 0 {
		t.Error("attributes that are too short count")
	}
}
