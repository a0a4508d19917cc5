// SPDX-License-Identifier: GPL-3.0-or-later

package identity_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"bellwire/identity"
	"bellwire/internal/testid"
)

func TestReadRecordedArchive(t *testing.T) {
	for who, id := range map[string]string{"a": "43405cf89d9a70b9dd4abdd84330dac4e46ef89c", "b": ""} {
		archive, err := identity.ReadArchive(recorded(t, "jami/"+who+"-archive.gz"), "")
		if err != nil {
			t.Fatal(err)
		}
		chain := must[identity.Chain](t)(identity.ParseChainPEM(recorded(t, "jami/"+who+"-device-chain.pem")))
		account := archive.Account
		if account.ID() != chain.AccountID() || id != "" && account.ID().String() != id {
			t.Errorf("account %s, its device says %s", account.ID(), chain.AccountID())
		}
		if account.CAKey == nil || len(account.EthKey) != 32 || len(archive.Other) != 0 {
			t.Errorf("CA key %v, owner key of %d bytes, others %v", account.CAKey, len(account.EthKey), archive.Other)
		}
		device := must[*identity.Device](t)(account.IssueDevice(randomSource, testid.Key2048(t, 0), identity.ValidFrom(recordedAt)))
		if err := device.Chain.Verify(recordedAt); err != nil {
			t.Errorf("a new device of it: %v", err)
		}
	}
}

// TestWrittenArchiveHasTheRecordedContent reads a recorded archive, writes it, and compares the JSON.
func TestWrittenArchiveHasTheRecordedContent(t *testing.T) {
	archive := must[*identity.Archive](t)(identity.ReadArchive(recorded(t, "jami/a-archive.gz"), ""))
	var got, want map[string]any
	if err := json.Unmarshal(gunzip(t, must[[]byte](t)(archive.Write(""))), &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(recorded(t, "jami/a-archive.json"), &want); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestArchivePassword(t *testing.T) {
	archive := &identity.Archive{Account: testid.Account(t, "alice")}
	sealed := must[[]byte](t)(archive.Write("pässword"))
	if bytes.Contains(sealed, []byte("ring")) || len(sealed) < 5000 {
		t.Fatal("the archive is not encrypted")
	}
	again, err := identity.ReadArchive(sealed, "pässword")
	if err != nil || again.Account.ID() != archive.Account.ID() {
		t.Fatalf("%v, %v", again, err)
	}
	for _, tc := range []struct {
		name, password string
		data           []byte
		want           error
	}{
		{"no password", "", sealed, identity.ErrPasswordNeeded},
		{"wrong password", "password", sealed, identity.ErrWrongPassword},
		{"almost nothing", "pässword", sealed[:20], identity.ErrArchive},
	} {
		if _, err := identity.ReadArchive(tc.data, tc.password); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %v", tc.name, err)
		}
	}
	open := must[[]byte](t)(archive.Write(""))
	if _, err := identity.ReadArchive(open, "needless"); err != nil {
		t.Errorf("a password for an open archive: %v", err)
	}
}

// TestPasswordVector opens what the OpenDHT library encrypted under a password.
func TestPasswordVector(t *testing.T) {
	sealed := unhex(t, vector(t, "crypto-password")["aes_with_password"])
	plain, err := identity.OpenWithPassword(sealed, "password")
	if err != nil || string(plain) != "attack" {
		t.Errorf("%q, %v", plain, err)
	}
}

// TestArchiveKeepsWhatItDoesNotKnow: contacts, conversations and settings pass through unchanged.
func TestArchiveKeepsWhatItDoesNotKnow(t *testing.T) {
	members := membersOf(t, recorded(t, "jami/a-archive.gz"))
	members["ringAccountContacts"] = json.RawMessage(`{"90d9b1e17c4667b635c8c4f32aafb244bf62595c":{"added":1700000000,"confirmed":true}}`)
	members["Account.displayName"] = json.RawMessage(`"Zoë <z&z>"`)
	members["future"] = json.RawMessage(`{"deep":[1,2.50,{"x":null}],"big":12345678901234567890}`)
	first := must[*identity.Archive](t)(identity.ReadArchive(pack(t, members), ""))
	data := must[[]byte](t)(first.Write(""))
	got := membersOf(t, data)
	for name := range members {
		if canonical(t, got[name]) != canonical(t, members[name]) {
			t.Errorf("%s: %s, was %s", name, got[name], members[name])
		}
	}
	if len(got) != len(members) {
		t.Errorf("%d members, were %d", len(got), len(members))
	}
}

// TestStrangeOwnerKeyIsKept: an account is usable without it, and it is written back as it was.
func TestStrangeOwnerKeyIsKept(t *testing.T) {
	members := membersOf(t, recorded(t, "jami/a-archive.gz"))
	members["ethKey"] = json.RawMessage(`"AAEC"`)
	archive := must[*identity.Archive](t)(identity.ReadArchive(pack(t, members), ""))
	if got := membersOf(t, must[[]byte](t)(archive.Write("")))["ethKey"]; string(got) != `"AAEC"` {
		t.Errorf("ethKey %s", got)
	}
}

// TestArchiveWithoutCAKey is one of an organisation's account.
func TestArchiveWithoutCAKey(t *testing.T) {
	members := membersOf(t, recorded(t, "jami/a-archive.gz"))
	delete(members, "ringCaKey")
	archive := must[*identity.Archive](t)(identity.ReadArchive(pack(t, members), ""))
	if archive.Account.CAKey != nil || archive.Account.CA == nil {
		t.Errorf("CA key %v, CA %v", archive.Account.CAKey, archive.Account.CA)
	}
	if _, err := identity.ReadArchive(must[[]byte](t)(archive.Write("")), ""); err != nil {
		t.Error(err)
	}
}

func TestReadArchiveRefuses(t *testing.T) {
	good := recorded(t, "jami/a-archive.gz")
	change := func(name, value string) []byte {
		members := membersOf(t, good)
		if value == "" {
			delete(members, name)
		} else {
			members[name] = json.RawMessage(value)
		}
		return pack(t, members)
	}
	theirs := membersOf(t, recorded(t, "jami/b-archive.gz"))
	for name, data := range map[string][]byte{
		"empty":                    nil,
		"cut":                      good[:len(good)/2],
		"damaged":                  append(bytes.Clone(good[:2000]), make([]byte, 2000)...),
		"not JSON":                 compress(t, []byte("{")),
		"a JSON list":              compress(t, []byte("[]")),
		"empty object":             compress(t, []byte("{}")),
		"no account key":           change("ringAccountKey", ""),
		"no account certificate":   change("ringAccountCert", ""),
		"account key not text":     change("ringAccountKey", "17"),
		"account key not base64":   change("ringAccountKey", `"*"`),
		"account key not PEM":      change("ringAccountKey", `"AAAA"`),
		"CA key null":              change("ringCaKey", "null"),
		"certificate of b":         change("ringAccountCert", string(theirs["ringAccountCert"])),
		"CA key of b":              change("ringCaKey", string(theirs["ringCaKey"])),
		"certificate not PEM":      change("ringAccountCert", `"AAAA"`),
		"deep nesting":             compress(t, append([]byte(`{"a":`), bytes.Repeat([]byte("["), 1<<20)...)),
		"two thousand members":     compress(t, manyMembers(2000)),
		"a bomb":                   compress(t, bytes.Repeat([]byte(" "), 64<<20)),
		"a file of nine megabytes": make([]byte, 9<<20),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := identity.ReadArchive(data, "")
			if !errors.Is(err, identity.ErrArchive) {
				t.Fatalf("error %v", err)
			}
			if strings.Contains(err.Error(), "\n") || len(err.Error()) > 300 {
				t.Errorf("not one sentence: %v", err)
			}
		})
	}
}

func manyMembers(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `,"%d":0`, i)
	}
	return []byte("{" + b.String()[1:] + "}")
}

func gunzip(t testing.TB, data []byte) []byte {
	t.Helper()
	reader := must[*gzip.Reader](t)(gzip.NewReader(bytes.NewReader(data)))
	return must[[]byte](t)(io.ReadAll(reader))
}

func compress(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func membersOf(t testing.TB, archive []byte) map[string]json.RawMessage {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(gunzip(t, archive), &members); err != nil {
		t.Fatal(err)
	}
	return members
}

func pack(t testing.TB, members map[string]json.RawMessage) []byte {
	t.Helper()
	return compress(t, must[[]byte](t)(json.Marshal(members)))
}

// canonical is a JSON text without insignificant differences.
func canonical(t testing.TB, text json.RawMessage) string {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return string(must[[]byte](t)(json.Marshal(v)))
}
