// SPDX-License-Identifier: GPL-3.0-or-later

package identity_test

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bellwire/identity"
)

// The recorded files: testdata/jami was written by the real Jami daemon (account a and b, throw-away),
// testdata/opendht by the OpenDHT library.

// recordedAt is inside the validity of everything recorded.
var recordedAt = time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)

func recorded(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// vector is one of testdata/opendht: names and hexadecimal or other texts.
func vector(t testing.TB, name string) map[string]string {
	t.Helper()
	var fields map[string]string
	if err := json.Unmarshal(recorded(t, "opendht/"+name+".json"), &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func recordedKey(t testing.TB, name string) *identity.PrivateKey {
	t.Helper()
	key, err := identity.ParsePrivateKeyPEM([]byte(vector(t, name)["private_key_pem"]))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

var randomSource = rand.Reader
