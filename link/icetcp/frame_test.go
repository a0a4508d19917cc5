// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/pion/stun/v4"

	"bellwire/link/ice"
)

// drain takes everything apart that a reader yields.
func drain(t testing.TB, from io.Reader) (messages [][]byte, stream []byte) {
	t.Helper()
	d := demux{buf: make([]byte, checkBuffer)}
	for {
		kind, b := d.next()
		switch kind {
		case message:
			messages = append(messages, bytes.Clone(b))
		case data:
			stream = append(stream, b...)
			d.take(len(b))
		case incomplete:
			if err := d.fill(from); err != nil {
				return messages, stream
			}
		}
	}
}

// recorded returns what each end of a connection between two jamid sent.
func recorded(t testing.TB) map[string][]byte {
	t.Helper()
	text, err := os.ReadFile("testdata/jamid-stream.txt")
	if err != nil {
		t.Fatal(err)
	}
	sent := map[string][]byte{}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		b, err := hex.DecodeString(f[2])
		if err != nil {
			t.Fatal(err)
		}
		end, _, _ := strings.Cut(f[1], "(")
		sent[end] = append(sent[end], b...)
	}
	return sent
}

// What two jamid sent one another is three checks or answers each and whole TLS records, however it
// arrives.
func TestRecordedStream(t *testing.T) {
	types := map[string][]stun.MessageType{
		"A": {stun.BindingSuccess, stun.BindingRequest, stun.BindingSuccess},
		"B": {stun.BindingRequest, stun.BindingSuccess, stun.BindingRequest},
	}
	for end, sent := range recorded(t) {
		for name, from := range map[string]io.Reader{
			"at once":           bytes.NewReader(sent),
			"byte by byte":      iotest.OneByteReader(bytes.NewReader(sent)),
			"half of each read": iotest.HalfReader(bytes.NewReader(sent)),
		} {
			messages, stream := drain(t, from)
			var got []stun.MessageType
			for _, b := range messages {
				m, err := parse(b)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, m.Type)
			}
			if !slices.Equal(got, types[end]) {
				t.Errorf("%s, %s: messages %v, want %v", end, name, got, types[end])
			}
			records := 0
			for ; len(stream) > 0; records++ {
				size := 5 + int(binary.BigEndian.Uint16(stream[3:]))
				if stream[0] < 0x14 || stream[0] > 0x17 || len(stream) < size {
					t.Fatalf("%s, %s: %d bytes are no TLS record", end, name, len(stream))
				}
				stream = stream[size:]
			}
			if records < 5 {
				t.Errorf("%s, %s: %d TLS records", end, name, records)
			}
		}
	}
}

// The recorded checks say what RFC 8445 asks them to.
func TestRecordedChecks(t *testing.T) {
	messages, _ := drain(t, bytes.NewReader(recorded(t)["B"]))
	for i, nominates := range map[int]bool{0: false, 2: true} {
		m, err := parse(messages[i])
		if err != nil {
			t.Fatal(err)
		}
		if role, tie, ok := claim(m); !ok || role != ice.Controlling || tie != 0x6f046221062089ff {
			t.Errorf("check %d: role %v, tie-breaker %x, %v", i, role, tie, ok)
		}
		if p := priorityOf(m); p != 0x6effffff && p != 0x6efffeff {
			t.Errorf("check %d: priority %x", i, p)
		}
		if m.Contains(stun.AttrUseCandidate) != nominates {
			t.Errorf("check %d nominates: %v", i, !nominates)
		}
		if code := authenticate(m, secret{"4dbb7e9", strings.Repeat("x", 24)}); code != stun.CodeUnauthorized {
			t.Errorf("check %d: a wrong password leads to %d", i, code)
		}
	}
}

func ask(t testing.TB, from, to secret, r request) []byte {
	t.Helper()
	b, err := r.message(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	alice = secret{"aliceUfrag", "alicePassword0123456789"}
	bob   = secret{"bobUfrag", "bobPassword0123456789ab"}
)

func TestTellingChecksFromData(t *testing.T) {
	good := ask(t, alice, bob, request{role: ice.Controlling})
	change := func(at int, to byte) []byte {
		b := bytes.Clone(good)
		b[at] = to
		return b
	}
	keepalive, err := hex.DecodeString("001100082112a4420c320000c4d025535db0f4218028000469990b3e")
	if err != nil {
		t.Fatal(err)
	}
	record := append([]byte{0x17, 3, 3, 0, 100}, bytes.Repeat([]byte{0xaa}, 100)...)
	for name, c := range map[string]struct {
		frame []byte
		want  bool
	}{
		"a check":                       {good, true},
		"what Jami sends every 20 s":    {keepalive, true},
		"a TLS record":                  {record, false},
		"nothing":                       {nil, false},
		"one byte":                      {[]byte{0}, false},
		"another method":                {change(1, 3), false},
		"another cookie":                {change(4, 0), false},
		"another length":                {change(3, good[3]-4), false},
		"a wrong fingerprint":           {change(len(good)-1, good[len(good)-1]+1), false},
		"a changed attribute":           {change(30, good[30]+1), false},
		"cut":                           {good[:len(good)-4], false},
		"followed by more":              {append(bytes.Clone(good), 0, 0, 0, 0), false},
		"no fingerprint":                {change(len(good)-8, 0), false},
		"longer than any check":         {bytes.Repeat([]byte{0}, maxCheck+4), false},
		"data that begins like a check": {append([]byte{0, 1, 0, 100, 0x21, 0x12, 0xa4}, record...), false},
	} {
		messages, stream := drain(t, bytes.NewReader(framed(c.frame)))
		if got := len(messages) == 1; got != c.want {
			t.Errorf("%s: taken for a check: %v", name, got)
		}
		if !c.want && !bytes.Equal(stream, c.frame) {
			t.Errorf("%s: %d bytes became %d", name, len(c.frame), len(stream))
		}
	}
}

// A message whose credentials are as long as may be is still one.
func TestLongestCheck(t *testing.T) {
	long := secret{strings.Repeat("u", 256), strings.Repeat("p", 256)}
	b := ask(t, long, long, request{nominate: true})
	if messages, _ := drain(t, bytes.NewReader(framed(b))); len(messages) != 1 {
		t.Errorf("a check of %d bytes is not known as one", len(b))
	}
}

// FuzzDemux looks for bytes that are lost, invented or taken for a check by mistake, whatever the
// pieces they arrive in.
func FuzzDemux(f *testing.F) {
	good := framed(ask(f, alice, bob, request{}))
	f.Add(good, byte(1))
	f.Add(append(append(framed([]byte("data")), good...), framed(nil)...), byte(3))
	for _, sent := range recorded(f) {
		f.Add(sent, byte(200))
	}
	f.Fuzz(func(t *testing.T, sent []byte, size byte) {
		var want []byte
		checks := 0
		for b := sent; len(b) >= frameHeader; {
			n := int(binary.BigEndian.Uint16(b))
			frame := b[frameHeader:min(len(b), frameHeader+n)]
			switch v := couldBeCheck(frame, n); {
			case v == yes:
				checks++
			case v == no:
				want = append(want, frame...)
			}
			b = b[frameHeader+len(frame):]
		}
		messages, stream := drain(t, &pieces{sent, int(size) + 1})
		if len(messages) != checks || !bytes.Equal(stream, want) {
			t.Fatalf("%d messages and %d bytes, want %d and %d", len(messages), len(stream), checks, len(want))
		}
		for _, b := range messages {
			m, err := parse(b)
			if err != nil {
				continue
			}
			_ = authenticate(m, bob)
			_, _, _ = claim(m)
			_ = priorityOf(m)
		}
	})
}

// pieces yields at most size bytes at a time.
type pieces struct {
	left []byte
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.left) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.left[:min(len(p.left), p.size)])
	p.left = p.left[n:]
	return n, nil
}
