// SPDX-License-Identifier: GPL-3.0-or-later

package value_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"bellwire/dht/value"
	"bellwire/identity"
)

func readVector(t testing.TB, name string, v any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func parse(t testing.TB, packed []byte) *value.Value {
	t.Helper()
	v, err := value.Parse(packed)
	if err != nil {
		t.Fatalf("parse %x: %v", packed, err)
	}
	return v
}

// recordedIdentity is one of alice-2048, bob-2048 and carol-4096.
type recordedIdentity struct {
	Private   string `json:"private_key_pem"`
	Public    string `json:"public_key_der"`
	ID        string
	NewKey    string `json:"certificate_key_since_3_5"`
	LongID    string `json:"long_id"`
	NodeID    string `json:"node_id"`
	PublicMsg string `json:"public_key_msgpack"`
}

func readIdentity(t testing.TB, name string) (recordedIdentity, *identity.PrivateKey) {
	t.Helper()
	var rec recordedIdentity
	readVector(t, "vectors/identity-"+name+".json", &rec)
	key, err := identity.ParsePrivateKeyPEM([]byte(rec.Private))
	if err != nil {
		t.Fatal(err)
	}
	return rec, key
}

func TestRecordedIdentitiesGiveTheirKeys(t *testing.T) {
	for _, name := range []string{"alice-2048", "bob-2048", "carol-4096"} {
		rec, key := readIdentity(t, name)
		keys := value.CertificateKeys(key.Public())
		if keys[0].String() != rec.ID || keys[1].String() != rec.NewKey || key.Public().LongID().String() != rec.LongID {
			t.Errorf("%s: certificate keys %v", name, keys)
		}
	}
}

func TestRecordedPlainValues(t *testing.T) {
	var rec map[string]string
	readVector(t, "vectors/value-plain.json", &rec)
	for name, want := range map[string]*value.Value{
		"basic":                {},
		"utype_text_plain":     {UserType: "text/plain"},
		"utype_and_priority_1": {UserType: "text/plain", Priority: 1},
		"utype_and_type_3":     {UserType: "text/plain", Type: value.IMMessage},
	} {
		want.ID, want.Data = 0x1122334455667788, []byte("hello")
		if got := hex.EncodeToString(want.Append(nil)); got != rec[name] {
			t.Errorf("%s is packed as %s, want %s", name, got, rec[name])
		}
		got := parse(t, unhex(t, rec[name]))
		if got.ID != want.ID || got.Priority != want.Priority || !got.SameContents(want) {
			t.Errorf("%s is read as %+v", name, got)
		}
	}
}

func TestRecordedSignedValues(t *testing.T) {
	for _, file := range []string{"value-signed-alice-2048", "value-signed-carol-4096", "value-signed-with-recipient"} {
		var rec struct {
			Packed, Signature string
			Signer            string
		}
		readVector(t, "vectors/"+file+".json", &rec)
		v := parse(t, unhex(t, rec.Packed))
		if err := value.Verify(v); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if got := hex.EncodeToString(v.Append(nil)); got != rec.Packed {
			t.Errorf("%s is packed again as %s", file, got)
		}
		_, key := readIdentity(t, rec.Signer[len("identity-"):len(rec.Signer)-len(".json")])
		unsigned := *v
		unsigned.Owner, unsigned.Signature = nil, nil
		signed, err := value.Sign(&unsigned, key)
		if err != nil || hex.EncodeToString(signed.Append(nil)) != rec.Packed {
			t.Errorf("%s: our signature differs (%v)", file, err)
		}
		if unsigned.Owner != nil {
			t.Errorf("%s: Sign changed its argument", file)
		}
	}
}

func TestRecordedEncryptedValues(t *testing.T) {
	for file, recipient := range map[string]string{"value-encrypted-bob-2048": "bob-2048", "value-encrypted-carol-4096": "carol-4096"} {
		var rec struct{ Packed, Data, Plaintext string }
		readVector(t, "vectors/"+file+".json", &rec)
		_, key := readIdentity(t, recipient)
		v := parse(t, unhex(t, rec.Packed))
		if !v.IsEncrypted() || v.IsSigned() || v.Row().Type != 0 {
			t.Errorf("%s does not look encrypted", file)
		}
		inner, err := value.Decrypt(v, key)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if hex.EncodeToString(inner.Data) != rec.Data || inner.ID != 44 || inner.To != key.Public().KeyID() {
			t.Errorf("%s holds %+v", file, inner)
		}
		if got := hex.EncodeToString(v.Append(nil)); got != rec.Packed {
			t.Errorf("%s is packed again as %s", file, got)
		}
	}
}

func TestRecordedEncryptionOfBytes(t *testing.T) {
	var rec map[string]string
	readVector(t, "vectors/crypto-rsa.json", &rec)
	_, bob := readIdentity(t, "bob-2048")
	_, alice := readIdentity(t, "alice-2048")
	if plain, err := bob.Decrypt(unhex(t, rec["short"])); err != nil || string(plain) != "short" {
		t.Errorf("the short block holds %q, %v", plain, err)
	}
	if plain, err := bob.Decrypt(unhex(t, rec["hybrid_300"])); err != nil || len(plain) != 300 {
		t.Errorf("the hybrid text has %d bytes, %v", len(plain), err)
	}
	if got, err := alice.Sign([]byte("short")); err != nil || hex.EncodeToString(got) != rec["signature_of_short_by_alice"] {
		t.Errorf("the signature is %x, %v", got, err)
	}
}

func TestRecordedJSON(t *testing.T) {
	var rec struct {
		Signed, Encrypted json.RawMessage
	}
	readVector(t, "vectors/value-json.json", &rec)
	for name, text := range map[string]json.RawMessage{"signed": rec.Signed, "encrypted": rec.Encrypted} {
		var v value.Value
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if name == "signed" {
			if err := value.Verify(&v); err != nil || v.ID != 42 || v.Seq != 7 {
				t.Errorf("signed: %+v, %v", v, err)
			}
		} else if !v.IsEncrypted() {
			t.Errorf("encrypted: %+v", v)
		}
		again, err := json.Marshal(&v)
		if err != nil {
			t.Fatal(err)
		}
		var was, is map[string]any
		if json.Unmarshal(text, &was) != nil || json.Unmarshal(again, &is) != nil {
			t.Fatalf("%s: not JSON: %s", name, again)
		}
		for key, want := range was {
			got := is[key]
			if key == "owner" {
				got = got.(string) + "\x00"
			}
			if got != want {
				t.Errorf("%s: %s is %v, want %v", name, key, got, want)
			}
		}
		if len(is) != len(was) {
			t.Errorf("%s has the keys of %s", name, again)
		}
	}
}
