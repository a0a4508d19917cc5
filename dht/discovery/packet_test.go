// SPDX-License-Identifier: GPL-3.0-or-later

package discovery

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"bellwire/dht/wire"
)

// recorded returns the question and the answer of a real node on port 4600 in network 5.
func recorded(t testing.TB) (question, answer []byte) {
	t.Helper()
	text, err := os.ReadFile("testdata/peer-discovery.json")
	if err != nil {
		t.Fatal(err)
	}
	var rec struct{ Question, Answer string }
	if err := json.Unmarshal(text, &rec); err != nil {
		t.Fatal(err)
	}
	question, err = hex.DecodeString(rec.Question)
	if err != nil {
		t.Fatal(err)
	}
	answer, err = hex.DecodeString(rec.Answer)
	if err != nil {
		t.Fatal(err)
	}
	return question, answer
}

func TestRecordedDatagrams(t *testing.T) {
	question, answer := recorded(t)
	if !isQuestion(question) || string(appendQuestion(nil)) != string(question) || isQuestion(answer) {
		t.Errorf("the question %x is misread or differs from ours", question)
	}
	a, err := parseAnnouncement(answer)
	if err != nil || a.id.String() != "71a5a1e0c0dcc337f84a021cc540870804dd3399" || a.port != 4600 || a.network != 5 {
		t.Errorf("the answer is read as %+v, %v", a, err)
	}
	if got := a.append(nil); string(got) != string(answer) {
		t.Errorf("the answer is written as %x", got)
	}
}

func TestParseAnnouncement(t *testing.T) {
	id := strings.Repeat("11", wire.HashLen)
	for _, c := range []struct {
		name, hex string
		ok        bool
	}{
		{"beside another service", "82a46a616d6981a17800a364687493c414" + id + "cd11f805", true},
		{"with more elements", "81a364687494c414" + id + "cd11f80580", true},
		{"without a network", "81a364687492c414" + id + "cd11f8", false},
		{"a short id", "81a364687493c40111cd11f805", false},
		{"a port of 17 bits", "81a364687493c414" + id + "ce0001000005", false},
		{"another service alone", "81a46a616d6980", false},
		{"the question", "a171", false},
		{"a map of a billion services", "df40000000", false},
		{"nothing", "", false},
	} {
		b, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		a, err := parseAnnouncement(b)
		if (err == nil) != c.ok || c.ok && (a.port != 4600 || a.network != 5) {
			t.Errorf("%s: %+v, %v", c.name, a, err)
		}
	}
}

func FuzzParseAnnouncement(f *testing.F) {
	question, answer := recorded(f)
	f.Add(question)
	f.Add(answer)
	f.Fuzz(func(t *testing.T, b []byte) {
		isQuestion(b)
		a, err := parseAnnouncement(b)
		if err != nil {
			return
		}
		if again, err := parseAnnouncement(a.append(nil)); err != nil || again != a {
			t.Fatalf("%+v is written and read as %+v, %v", a, again, err)
		}
	})
}
