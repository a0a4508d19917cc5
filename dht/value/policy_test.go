// SPDX-License-Identifier: GPL-3.0-or-later

package value_test

import (
	"net/netip"
	"testing"

	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/internal/testid"

	"pgregory.net/rapid"
)

// TestEditsNeverLoseTheOwner checks for any two values: what may replace a signed value is by the same
// owner and not older, and nothing replaces another kind of value.
func TestEditsNeverLoseTheOwner(t *testing.T) {
	drawn := values(t)
	rapid.Check(t, func(t *rapid.T) {
		old, v := drawn.Draw(t, "old"), drawn.Draw(t, "new")
		if rapid.Bool().Draw(t, "owner") && v.Owner != nil {
			old.Owner, old.Signature, old.Cypher = v.Owner, []byte("x"), nil
		}
		ok := value.EditSigned(wire.Hash{}, old, v)
		allowed := old.IsSigned() && v.IsSigned() && old.Owner.Equal(v.Owner) && v.Seq >= old.Seq
		if ok && !allowed {
			t.Fatalf("%+v may replace %+v", v, old)
		}
		if allowed && v.Seq > old.Seq && !ok {
			t.Fatalf("%+v may not replace %+v", v, old)
		}
	})
}

func TestCertificatesOfTheSameKeyReplaceOneAnother(t *testing.T) {
	policy := value.NewTypes().Policy(value.CertificateType)
	alice := value.Certificate(testid.Device(t, "alice").Chain)
	renewed := testid.Issue(t, testid.Account(t, "alice"), testid.Device(t, "alice").Key, testid.Valid())
	again := value.Certificate(renewed.Chain)
	if !policy.Edit(wire.Hash{}, alice, again) {
		t.Error("a renewed certificate may not replace the old one")
	}
	if policy.Edit(wire.Hash{}, alice, value.Certificate(testid.Device(t, "bob").Chain)) {
		t.Error("another device's certificate may replace it")
	}
	if policy.Edit(wire.Hash{}, alice, &value.Value{ID: 1, Data: alice.Data}) {
		t.Error("a value of another type may replace it")
	}
	for name, data := range map[string]string{"nothing": "", "no bin": "\x07", "no PEM": "\xc4\x02hi", "another PEM": "\xd9\x36-----BEGIN X-----\naGVsbG8=\n-----END X-----\n-----------------"} {
		v := &value.Value{ID: 1, Type: value.CertificateType, Data: []byte(data)}
		if _, ok := policy.Store(wire.Hash{}, v, netip.Addr{}); ok {
			t.Errorf("%s is stored as a certificate", name)
		}
	}
}

func TestDHTMessagesNameTheirService(t *testing.T) {
	policy := value.NewTypes().Policy(value.DHTMessage)
	for service, want := range map[string]bool{"svc": true, "": false} {
		v := &value.Value{ID: 1, Type: value.DHTMessage, Data: value.ServiceMessage{Service: service}.Append(nil)}
		if _, ok := policy.Store(wire.Hash{}, v, netip.Addr{}); ok != want {
			t.Errorf("service %q: %v", service, ok)
		}
	}
	v := &value.Value{ID: 1, Type: value.DHTMessage, Data: []byte{0xc0}}
	if _, ok := policy.Store(wire.Hash{}, v, netip.Addr{}); ok {
		t.Error("data that is no message is stored")
	}
}

func TestUnknownTypes(t *testing.T) {
	p := value.NewTypes().Policy(77)
	if p.Verified || p.Edit(wire.Hash{}, nil, nil) {
		t.Errorf("%+v", p)
	}
}
