// SPDX-License-Identifier: GPL-3.0-or-later

package identity_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwire/identity"
	"bellwire/internal/testid"
)

func FuzzParseAccountID(f *testing.F) {
	f.Add("43405cf89d9a70b9dd4abdd84330dac4e46ef89c")
	f.Add("43405CF89D9A70B9DD4ABDD84330DAC4E46EF89G")
	f.Add("alice")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := identity.ParseAccountID(text)
		if err != nil {
			if !id.IsZero() {
				t.Errorf("%q gave %s and %v", text, id, err)
			}
			return
		}
		if again, err := identity.ParseAccountID(id.String()); err != nil || again != id {
			t.Errorf("%s came back as %s, %v", id, again, err)
		}
	})
}

func FuzzParsePublicKey(f *testing.F) {
	f.Add(testid.Key2048(f, 0).Public().DER())
	f.Add(testid.Device(f, "alice").Key.Public().DER())
	f.Add(ellipticDevice(f).RawSubjectPublicKeyInfo)
	f.Fuzz(func(t *testing.T, der []byte) {
		key, err := identity.ParsePublicKey(der)
		if err != nil {
			return
		}
		if !bytes.Equal(key.DER(), der) || key.Bits() < identity.MinKeyBits || key.Bits() > identity.MaxKeyBits {
			t.Errorf("%d bits, DER %x", key.Bits(), key.DER())
		}
		_ = key.Verify(der, der)
		if _, err := key.Encrypt(randomSource, der); err != nil {
			t.Errorf("a key that parses does not encrypt: %v", err)
		}
	})
}

func FuzzParseChainPEM(f *testing.F) {
	f.Add(testid.Device(f, "alice").Chain.AppendPEM(nil))
	f.Add(recorded(f, "jami/a-device-chain.pem"))
	f.Fuzz(func(t *testing.T, text []byte) {
		chain, err := identity.ParseChainPEM(text)
		if err == nil {
			useChain(t, chain)
		}
	})
}

// FuzzParseChainDER takes the certificates joined with their lengths (2 bytes) in front.
func FuzzParseChainDER(f *testing.F) {
	for _, device := range []string{"alice", "bob"} {
		var joined []byte
		for _, der := range testid.Device(f, device).Chain.DER() {
			joined = binary.BigEndian.AppendUint16(joined, uint16(len(der)))
			joined = append(joined, der...)
		}
		f.Add(joined)
	}
	f.Fuzz(func(t *testing.T, joined []byte) {
		var certs [][]byte
		for len(joined) >= 2 {
			n := min(int(binary.BigEndian.Uint16(joined)), len(joined)-2)
			certs, joined = append(certs, joined[2:2+n]), joined[2+n:]
		}
		chain, err := identity.ParseChainDER(certs)
		if err == nil {
			useChain(t, chain)
		}
	})
}

func useChain(t *testing.T, chain identity.Chain) {
	t.Helper()
	if chain.DeviceKey() == nil || chain.AccountKey() == nil || chain.AccountID().IsZero() {
		t.Error("a chain that parses has no keys")
	}
	verified := chain.Verify(verifyAt) == nil
	again, err := identity.ParseChainPEM(chain.AppendPEM(nil))
	if err != nil || (again.Verify(verifyAt) == nil) != verified {
		t.Errorf("written and read again: %v", err)
	}
}

func FuzzReadArchive(f *testing.F) {
	f.Add(recorded(f, "jami/a-archive.gz"))
	f.Add([]byte("\x1f\x8b\x08"))
	f.Fuzz(func(t *testing.T, data []byte) {
		readArchive(t, data)
	})
}

// FuzzReadArchiveJSON is FuzzReadArchive behind the compression.
func FuzzReadArchiveJSON(f *testing.F) {
	f.Add(recorded(f, "jami/a-archive.json"))
	f.Add([]byte(`{"ringAccountKey":"AA==","ringAccountCert":null,"ethKey":7}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		readArchive(t, compress(t, text))
	})
}

// FuzzContactList changes how somebody stands in any list, and nobody else.
func FuzzContactList(f *testing.F) {
	someone := must[identity.AccountID](f)(identity.ParseAccountID(strings.Repeat("a", 40)))
	f.Add([]byte(`{"`+someone.String()+`":{"added":1795441003,"banned":true,"conversationId":"","removed":1795441003}}`), int64(1795441003))
	f.Add([]byte(`{"`+someone.String()+`":{"added":9223372036854775807,"removed":-1},"x":null}`), int64(0))
	f.Fuzz(func(t *testing.T, text []byte, second int64) {
		list, err := identity.ParseContactList(text)
		if err != nil {
			return
		}
		now := time.Unix(min(max(second, 1), 1<<36), 5)
		before := len(list.All())
		for _, c := range []identity.Contact{
			{ID: someone, Added: now, Confirmed: true, Conversation: "c"}, {ID: someone, Removed: now, Banned: true},
			{ID: someone, Added: now}, {ID: someone, Removed: now},
		} {
			if err := list.Set(c); err != nil {
				t.Fatal(err)
			}
			again := must[identity.ContactList](t)(identity.ParseContactList(must[[]byte](t)(json.Marshal(list)))).All()
			i := slices.IndexFunc(again, func(c identity.Contact) bool { return c.ID == someone })
			if i < 0 || again[i].Active() != c.Active() || again[i].Blocked() != c.Blocked() || again[i].Confirmed != c.Confirmed || len(again)-before > 1 {
				t.Fatalf("%+v after %+v", again, c)
			}
		}
	})
}

func readArchive(t *testing.T, data []byte) {
	t.Helper()
	archive, err := identity.ReadArchive(data, "")
	if err != nil {
		return
	}
	if list, err := archive.Contacts(); err == nil {
		list.All()
	}
	again, err := identity.ReadArchive(must[[]byte](t)(archive.Write("")), "")
	if err != nil || again.Account.ID() != archive.Account.ID() || len(again.Other) != len(archive.Other) {
		t.Errorf("written and read again: %v, %v", again, err)
	}
}

func FuzzDecrypt(f *testing.F) {
	key := testid.Key2048(f, 0)
	for _, size := range []int{10, 300} {
		cypher, err := key.Public().Encrypt(randomSource, make([]byte, size))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(cypher)
	}
	f.Fuzz(func(t *testing.T, cypher []byte) {
		if plain, err := key.Decrypt(cypher); err != nil && (err != identity.ErrDecrypt || plain != nil) { //nolint:errorlint // that it is this very value is tested
			t.Errorf("%d bytes, %v", len(plain), err)
		}
	})
}

func FuzzParseDevicePEM(f *testing.F) {
	text, err := testid.Device(f, "alice").PEM()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		if device, err := identity.ParseDevicePEM(text); err == nil && !device.Key.Public().Equal(device.Chain.DeviceKey()) {
			t.Error("a device with somebody else's chain")
		}
		_, _ = identity.ParseAccountPEM(text)
	})
}
