// SPDX-License-Identifier: GPL-3.0-or-later

package offer

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
	"bellwire/link"
	"bellwire/link/ice"
)

// recording is one connection request as it was found on a DHT.
type recording struct {
	key   wire.Hash
	value value.Value
	from  string
	data  []byte
}

func readRecording(t testing.TB, path string) recording {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rec recording
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		word := strings.Fields(lines.Text())
		if len(word) < 2 {
			continue
		}
		switch word[0] {
		case "key":
			copy(rec.key[:], decodeHex(t, word[1]))
		case "value":
			id, err := strconv.ParseUint(strings.Trim(word[2], `"`), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			rec.value.ID = id
		case "cypher":
			rec.value.Cypher = decodeHex(t, word[1])
		case "from":
			rec.from = word[1]
		case "data":
			rec.data = decodeHex(t, word[1])
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return rec
}

func decodeHex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readKey(t testing.TB, path string) *identity.PrivateKey {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	key, err := identity.ParsePrivateKeyPEM(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

var recordings = []struct {
	file, key string
	today     bool // lies under today's request key
	answer    bool
	purpose   string
	jamis     bool // written by Jami itself, hence equal when written again
}{
	{"2023/peer_request-a-to-b.txt", "2023/b-device.key.pem", false, false, "audioCall", true},
	{"2023/peer_request-answer-b-to-a.txt", "2023/a-device.key.pem", false, true, "", true},
	{"2026/peer_request-nd-to-nx2.txt", "2026/nx2-device.key.pem", true, false, "audioCall", true},
	{"2026/peer_request-answer-nx2-to-nd.txt", "2026/nd-device.key.pem", true, true, "", true},
	{"2026/peer_request-go-to-nd-unknown-keys.txt", "2026/nd-device.key.pem", true, false, "audioCall", false},
}

func TestRecordedRequests(t *testing.T) {
	for _, c := range recordings {
		t.Run(filepath.Base(c.file), func(t *testing.T) {
			rec := readRecording(t, filepath.Join("testdata", c.file))
			key := readKey(t, filepath.Join("testdata", c.key))
			which := 0
			if c.today {
				which = 1
			}
			if got := Keys(key.Public())[which]; got != rec.key {
				t.Errorf("request key %s, want %s", got, rec.key)
			}
			inner, err := value.Decrypt(&rec.value, key)
			if err != nil {
				t.Fatal(err)
			}
			if inner.UserType != userType || inner.Owner.KeyID().String() != rec.from || !bytes.Equal(inner.Data, rec.data) {
				t.Errorf("%q of %s, %d bytes", inner.UserType, inner.Owner, len(inner.Data))
			}
			m, err := parse(inner.Data)
			if err != nil {
				t.Fatal(err)
			}
			if m.answer != c.answer || m.purpose != c.purpose || m.id == 0 || m.id > 1<<53 {
				t.Errorf("read %+v", m)
			}
			if d := m.halves[link.Jami]; len(d.Candidates) < 3 || len(m.halves) != 1 {
				t.Errorf("halves %+v, want Jami's with its candidates", m.halves)
			}
			if again := m.append(nil); c.jamis && !bytes.Equal(again, rec.data) {
				t.Errorf("written again:\n%x\nwant:\n%x", again, rec.data)
			}
		})
	}
}

func halves() link.Halves {
	udp := func(addr string, t ice.Type) ice.Candidate {
		return ice.Candidate{Addr: netip.MustParseAddrPort(addr), Type: t, Priority: 2130706431}
	}
	return link.Halves{
		link.QUIC: {Ufrag: "abcd+/12", Pwd: "passwordpasswordpassword", Candidates: []ice.Candidate{
			udp("10.77.0.11:45709", ice.Host),
			udp("[fd77::11]:53315", ice.Host),
			udp("192.0.2.7:1", ice.ServerReflexive),
			udp("[2001:db8::1]:65535", ice.Relay),
		}},
		link.Jami: {Ufrag: "3635ad06", Pwd: "501fe3aa50d6c8a6398ff090", Candidates: []ice.Candidate{{
			Foundation: "Ha4d000b", TCP: true, Priority: 1, Type: ice.Host, TCPType: ice.Passive,
			Addr: netip.MustParseAddrPort("10.77.0.11:45709"),
		}}},
	}
}

func TestMessageRoundTrip(t *testing.T) {
	all := halves()
	for name, h := range map[string]link.Halves{
		"both carriers": all,
		"QUIC alone":    {link.QUIC: all[link.QUIC]},
		"Jami alone":    {link.Jami: all[link.Jami]},
	} {
		want := message{id: 1 << 53, answer: true, purpose: "audioCall", halves: h}
		if _, ours := h[link.QUIC]; ours {
			want.made = time.UnixMilli(1_794_000_000_123)
		}
		data := want.append(nil)
		got, err := parse(data)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: read %+v, want %+v", name, got, want)
		}
		t.Logf("%s: %d bytes", name, len(data))
	}
}

// Without a carrier for Jami its text is there, as Jami needs it, but offers nothing.
func TestMessageWithoutJami(t *testing.T) {
	m := message{id: 1, halves: link.Halves{link.QUIC: halves()[link.QUIC]}}
	const want = "ice_msg\xd9\x22abcd+/12\npasswordpasswordpassword\n"
	if !bytes.Contains(m.append(nil), []byte(want)) {
		t.Errorf("%q does not hold %q", m.append(nil), want)
	}
}

func TestParseRefuses(t *testing.T) {
	good := message{id: 1, halves: halves()}.append(nil)
	for n := range good {
		if _, err := parse(good[:n]); err == nil {
			t.Fatalf("a message cut after %d bytes was read", n)
		}
	}
	if _, err := parse(message{halves: halves()}.append(nil)); err == nil {
		t.Error("the id 0 was read")
	}
}

func TestUnknownVersionIsLeftOut(t *testing.T) {
	data := message{id: 1, halves: halves()}.append(nil)
	at := bytes.Index(data, []byte("\xa1v\x01"))
	data[at+2] = 2
	m, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := m.halves[link.QUIC]; ok || len(m.halves) != 1 {
		t.Errorf("halves %+v, want Jami's alone", m.halves)
	}
}

func TestParseCandidatesSkips(t *testing.T) {
	good := appendCandidates(nil, halves()[link.QUIC].Candidates[:1])
	unknown := append([]byte{9}, good[1:]...)
	noPort := append(bytes.Clone(good[:len(good)-2]), 0, 0)
	for name, b := range map[string][]byte{
		"cut":          append(bytes.Clone(good), 1, 2, 3),
		"unknown type": append(bytes.Clone(unknown), good...),
		"no port":      append(bytes.Clone(noPort), good...),
	} {
		if got := parseCandidates(b); len(got) != 1 || got[0].Addr.Port() != 45709 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := parseCandidates(bytes.Repeat(good, 100)); len(got) != ice.MaxCandidates {
		t.Errorf("%d candidates, want %d", len(got), ice.MaxCandidates)
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range recordings {
		f.Add(readRecording(f, filepath.Join("testdata", c.file)).data)
	}
	f.Add(message{id: 1, purpose: "audioCall", halves: halves()}.append(nil))
	f.Add(message{id: 1, made: time.UnixMilli(1_794_000_000_123), halves: halves()}.append(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parse(data)
		if err != nil {
			return
		}
		again, err := parse(m.append(nil))
		if err != nil {
			t.Fatalf("cannot read what was written: %v", err)
		}
		if again.id != m.id || again.answer != m.answer || again.purpose != m.purpose || !again.made.Equal(m.made) || len(again.halves) != len(m.halves) {
			t.Fatalf("%+v became %+v", m, again)
		}
	})
}
