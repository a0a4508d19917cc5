// SPDX-License-Identifier: GPL-3.0-or-later

package identity_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"bellwire/identity"
)

func TestParseAccountID(t *testing.T) {
	const good = "43405cf89d9a70b9dd4abdd84330dac4e46ef89c"
	for _, tc := range []struct{ name, in, want string }{
		{"lower case", good, ""},
		{"upper case", strings.ToUpper(good), ""},
		{"one digit short", good[:39], `an account id has 40 hexadecimal digits, but "43405cf89d9a70b9dd4abdd84330dac4e46ef89" has 39`},
		{"one digit long", good + "0", `has 41`},
		{"empty", "", `but "" has 0`},
		{"one wrong digit", good[:39] + "g", `an account id has only the digits 0-9 and a-f, but character 40 of "43405cf89d9a70b9dd4abdd84330dac4e46ef89g" is 'g'`},
		{"a space in front", " " + good[1:], `character 1`},
		{"not UTF-8", "\xff" + good[1:], `character 1`},
		{"a name", "alice@example.org", "character 2"},
		{"very long", strings.Repeat("zz", 1<<16), "character 1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			id, err := identity.ParseAccountID(tc.in)
			if tc.want == "" {
				if err != nil || id.String() != good {
					t.Fatalf("got %s, %v", id, err)
				}
				return
			}
			if !errors.Is(err, identity.ErrID) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one that says %s", err, tc.want)
			}
			if !id.IsZero() {
				t.Errorf("a wrong text gave the id %s", id)
			}
			if len(err.Error()) > 300 {
				t.Errorf("the sentence has %d characters", len(err.Error()))
			}
		})
	}
}

func TestIDTextForms(t *testing.T) {
	type all struct {
		Key     identity.KeyID
		Account identity.AccountID
		Device  identity.DeviceID
		Long    identity.LongID
	}
	in := all{identity.KeyID{1}, identity.AccountID{2}, identity.DeviceID{3}, identity.LongID{4}}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out all
	if err := json.Unmarshal(text, &out); err != nil || out != in {
		t.Errorf("%s came back as %+v, %v", text, out, err)
	}
	if err := json.Unmarshal([]byte(`{"Long":"00"}`), &out); !errors.Is(err, identity.ErrID) {
		t.Errorf("a short long id: %v", err)
	}
}

func TestIDsLogShort(t *testing.T) {
	var out bytes.Buffer
	var id identity.DeviceID
	if err := id.UnmarshalText([]byte("853c5c09ccbf96004656878fbb08f764663095b3")); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("peer", "device", id)
	if !strings.Contains(out.String(), "device=853c5c09\n") {
		t.Errorf("logged %s", out.String())
	}
}
