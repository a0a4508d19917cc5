// SPDX-License-Identifier: GPL-3.0-or-later

package value_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"bellwire/dht/value"
	"bellwire/identity"
	"bellwire/internal/testid"
)

func TestVerify(t *testing.T) {
	alice, bob := testid.Key2048(t, 0), testid.Key2048(t, 1)
	signed, err := value.Sign(&value.Value{ID: 7, Seq: 3, Type: value.IMMessage, Data: []byte("hello"), UserType: "text/plain", To: bob.Public().KeyID()}, alice)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*value.Value)
		want   error
	}{
		"nothing":       {func(*value.Value) {}, nil},
		"the id":        {func(v *value.Value) { v.ID = 8 }, nil},
		"the priority":  {func(v *value.Value) { v.Priority = 1 }, nil},
		"the data":      {func(v *value.Value) { v.Data = []byte("hallo") }, identity.ErrSignature},
		"the type":      {func(v *value.Value) { v.Type = 0 }, identity.ErrSignature},
		"the user type": {func(v *value.Value) { v.UserType = "" }, identity.ErrSignature},
		"the version":   {func(v *value.Value) { v.Seq++ }, identity.ErrSignature},
		"the recipient": {func(v *value.Value) { v.To = identity.KeyID{} }, identity.ErrSignature},
		"the owner":     {func(v *value.Value) { v.Owner = bob.Public() }, identity.ErrSignature},
		"the signature": {func(v *value.Value) { v.Signature = slices.Concat(v.Signature[1:], v.Signature[:1]) }, identity.ErrSignature},
		"all of it":     {func(v *value.Value) { v.Signature = nil }, value.ErrUnsigned},
	} {
		v := *signed
		c.change(&v)
		if err := value.Verify(&v); !errors.Is(err, c.want) {
			t.Errorf("with %s changed: %v, want %v", name, err, c.want)
		}
	}
	if err := value.Verify(&value.Value{ID: 7}); !errors.Is(err, value.ErrUnsigned) {
		t.Errorf("a plain value: %v", err)
	}
	if _, err := value.Sign(&value.Value{ID: 7, Cypher: []byte("x")}, alice); !errors.Is(err, value.ErrEncrypted) {
		t.Errorf("signing an encrypted value: %v", err)
	}
}

func TestSignatureSurvivesAnUnusualEncoding(t *testing.T) {
	signed, err := value.Sign(&value.Value{ID: 7, Data: []byte("hello")}, testid.Key2048(t, 0))
	if err != nil {
		t.Fatal(err)
	}
	packed := signed.Append(nil)
	// "type": 0 as an integer of four bytes.
	i := slices.Index(packed, 't') + len("type")
	for string(packed[i-4:i]) != "type" {
		i++
	}
	long := slices.Concat(packed[:i], []byte{0xce, 0, 0, 0, 0}, packed[i+1:])
	v := parse(t, long)
	if err := value.Verify(v); err != nil {
		t.Errorf("read from a longer encoding: %v", err)
	}
	if string(v.Append(nil)) != string(packed) {
		t.Error("it is not packed in the shortest form again")
	}
}

func TestEncrypt(t *testing.T) {
	alice, bob, carol := testid.Key2048(t, 0), testid.Key2048(t, 1), testid.Key2048(t, 2)
	v := &value.Value{ID: 7, Type: value.TrustRequestType, Data: []byte("hello"), Priority: 1}
	encrypted, err := value.Encrypt(v, alice, bob.Public())
	if err != nil {
		t.Fatal(err)
	}
	if !encrypted.IsEncrypted() || encrypted.ID != 7 || encrypted.Priority != 1 || encrypted.Type != 0 || encrypted.Owner != nil {
		t.Errorf("the outside shows %+v", encrypted)
	}
	inner, err := value.Decrypt(parse(t, encrypted.Append(nil)), bob)
	if err != nil {
		t.Fatal(err)
	}
	if string(inner.Data) != "hello" || inner.Type != v.Type || !inner.Owner.Equal(alice.Public()) || inner.ID != 7 {
		t.Errorf("the inside is %+v", inner)
	}

	forCarol, err := value.Sign(&value.Value{Data: []byte("hello"), To: carol.Public().KeyID()}, alice)
	if err != nil {
		t.Fatal(err)
	}
	forged := *forCarol
	forged.To = bob.Public().KeyID()
	seal := func(inner *value.Value) *value.Value {
		// What lies behind "dat" in the packed form is what gets encrypted.
		packed := inner.Append(nil)
		cypher, err := bob.Public().Encrypt(rand.Reader, packed[len("\x82\xa2id\x00\xa3dat"):])
		if err != nil {
			t.Fatal(err)
		}
		return &value.Value{ID: 7, Cypher: cypher}
	}
	damaged := *encrypted
	damaged.Cypher = slices.Clone(encrypted.Cypher)
	damaged.Cypher[len(damaged.Cypher)-1] ^= 1
	padding := *encrypted
	padding.Cypher = slices.Clone(encrypted.Cypher)
	padding.Cypher[5] ^= 1
	for name, v := range map[string]*value.Value{
		"a plain value":         {ID: 7, Data: []byte("x")},
		"a damaged tag":         &damaged,
		"a damaged key":         &padding,
		"a signed text resent":  seal(forCarol),
		"a wrong signature":     seal(&forged),
		"no signature":          seal(&value.Value{Data: []byte("x")}),
		"too short to be one":   {ID: 7, Cypher: []byte("x")},
		"one block of nonsense": {ID: 7, Cypher: make([]byte, 256)},
	} {
		if inner, err := value.Decrypt(v, bob); !errors.Is(err, value.ErrNotForUs) || inner != nil {
			t.Errorf("%s: %v, %v", name, inner, err)
		}
	}
	if _, err := value.Decrypt(encrypted, carol); !errors.Is(err, value.ErrNotForUs) {
		t.Errorf("another key: %v", err)
	}
}
