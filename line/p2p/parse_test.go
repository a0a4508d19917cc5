// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"bytes"
	"net"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"bellwire/dht/value"
	"bellwire/identity"
	"bellwire/internal/testid"
	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/link/linktest"
	"bellwire/link/quic"
)

func TestCards(t *testing.T) {
	for card, want := range map[string]string{
		string(appendCard(nil, "Älice\nB")):                     "Älice B",
		"BEGIN:VCARD\nFN:na\nEND:VCARD":                         "na",
		"BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Bob B\r\nEND:VCARD":   "Bob B",
		"fn;charset=utf-8:Carol":                                "Carol",
		"FN;ENCODING=QUOTED-PRINTABLE:=41":                      "",
		"N:x;y\nPHOTO;ENCODING=BASE64;TYPE=PNG:AAAA\nFN:Dave\n": "Dave",
		"FN:a\\, b\\; c\\\\ d\\ne":                              `a, b; c\ d e`,
		"FN:two\r\n  lines\r\n\tmore":                           "two linesmore",
		"FNX:no\nX-FN:no":                                       "",
		"FN":                                                    "",
		"":                                                      "",
		"FN:" + strings.Repeat("x", 200):                        strings.Repeat("x", 128),
		"PHOTO:" + strings.Repeat("A", maxCard) + "\nFN:too late": "",
	} {
		if got := cardName([]byte(card)); got != want {
			t.Errorf("%.80q has the name %q, want %q", card, got, want)
		}
	}
}

func FuzzCard(f *testing.F) {
	f.Add([]byte("BEGIN:VCARD\nFN:na\nEND:VCARD"))
	f.Add([]byte("FN;x:a\r\n b\\,\r\n\tc"))
	f.Fuzz(func(t *testing.T, card []byte) {
		before := bytes.Clone(card)
		name := cardName(card)
		if len(name) > 128 || !utf8.ValidString(name) || strings.ContainsAny(name, "\n\r\x00\x1b") {
			t.Errorf("the name is %q", name)
		}
		if !bytes.Equal(before, card) {
			t.Error("reading changed the card")
		}
		if again := cardName(appendCard(nil, name)); again != strings.TrimSpace(unescape.Replace(name)) && !strings.Contains(name, `\`) {
			t.Errorf("%q was written and read as %q", name, again)
		}
	})
}

func TestLongObjectsEndTheChannel(t *testing.T) {
	long := msg{1, plainText, strings.Repeat("x", maxMsg)}
	deep := bytes.Repeat([]byte{0x91}, maxNesting+2)
	for name, b := range map[string][]byte{
		"long":    long.append(nil),
		"deep":    deep,
		"claimed": {0xc6, 0xff, 0xff, 0xff, 0xff},
		"invalid": {0xc1},
	} {
		near, far := net.Pipe()
		go func() {
			far.Write(b)
			far.Write(make([]byte, 1<<20))
			far.Close()
		}()
		handled := 0
		if err := readMsgs(near, func(m msg) { handled++ }); err == nil {
			t.Errorf("%s: no error", name)
		}
		near.Close()
		if handled > 0 && name != "claimed" {
			t.Errorf("%s: %d messages were handled", name, handled)
		}
	}
	if m, ok := parseMsg([]byte{0x81, 0xa1, 't', 0x01}); ok {
		t.Errorf("read %+v", m)
	}
	near, far := net.Pipe()
	go func() {
		far.Write([]byte{0x01, 0xc0, 0x81, 0xa1, 't', 0x01}) // objects that are no texts
		far.Write(msg{1, plainText, "behind"}.append(nil))
		far.Close()
	}()
	var got []msg
	readMsgs(near, func(m msg) { got = append(got, m) })
	if len(got) != 1 || got[0].content != "behind" {
		t.Errorf("read %+v", got)
	}
}

// pipe is a connection that holds what was written before.
type pipe struct {
	net.Conn
	*bytes.Reader
}

func (p pipe) Read(b []byte) (int, error) { return p.Reader.Read(b) }

func FuzzMsgs(f *testing.F) {
	f.Add(join(frames(f, "msg-2026.txt")))
	f.Add(join(frames(f, "msg-notice-2026.txt")))
	f.Add([]byte{0x84, 0xa2, 'i', 'd', 0xcf})
	f.Fuzz(func(t *testing.T, b []byte) {
		total := 0
		readMsgs(pipe{nil, bytes.NewReader(b)}, func(m msg) {
			total += len(m.kind) + len(m.content)
			if again, ok := parseMsg(m.append(nil)); !ok || again != m {
				t.Errorf("%+v was written and read as %+v", m, again)
			}
		})
		if total > len(b) {
			t.Errorf("%d bytes were read from %d", total, len(b))
		}
	})
}

func FuzzGone(f *testing.F) {
	device := testid.Device(f, "alice")
	v, err := gone(device, 7)
	if err != nil {
		f.Fatal(err)
	}
	if id, upTo, ok := parseGone(v); !ok || id != device.ID() || upTo != 7 {
		f.Errorf("read %v, %d, %v", id, upTo, ok)
	}
	f.Add(v.Data)
	f.Add([]byte{0x82, 0xa1, 'x', 0xc0, 0xa4, 'g', 'o', 'n', 'e', 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		changed := *v
		changed.Data = data
		parseGone(&changed)
	})
}

// FuzzInbox opens values of any kind that a known device has signed.
func FuzzInbox(f *testing.F) {
	device, other := testid.Device(f, "alice"), testid.Device(f, "bob")
	carrier, err := quic.New(ice.Config{})
	if err != nil {
		f.Fatal(err)
	}
	announcement, err := Announce(testid.Account(f, "alice"), device)
	if err != nil {
		f.Fatal(err)
	}
	l, err := New(Config{
		Device: device, Announcement: announcement, DHT: newFakeDHT(),
		Links: linktest.Endpoint(f, link.Config{
			Device: device, Signaller: linktest.NewBoard().Join(device.Key.Public()), Carriers: []link.Carrier{carrier},
		}),
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { l.Close() })
	i := newInbox(l)
	i.senders.remember(other.Key.Public(), other.AccountID())
	request := value.TrustRequest{Service: value.TrustService, Payload: appendCard(nil, "x"), Invited: time.Now()}
	f.Add(uint16(value.TrustRequestType), request.Append(nil))
	f.Add(uint16(value.IMMessage), value.InstantMessage{ID: 1, Text: "x", DataType: plainText}.Append(nil))
	f.Fuzz(func(t *testing.T, kind uint16, data []byte) {
		i.open(&value.Value{ID: 1, Type: value.Type(kind), Data: data, Owner: other.Key.Public()})
		select {
		case text := <-l.Texts():
			if !utf8.ValidString(text.Body) {
				t.Errorf("got %q", text.Body)
			}
		case <-l.ContactChanges():
		default:
		}
	})
}

func TestSightings(t *testing.T) {
	key := testid.Key2048(t, 0).Public()
	id := identity.DeviceID(key.KeyID())
	now := time.Now()
	s := newSightings()
	online := func(step string, want bool) {
		t.Helper()
		if got := s.online(); got != want || (len(s.keys()) > 0) != want {
			t.Errorf("%s: online %v", step, got)
		}
	}
	fresh := func(value uint64, want bool) {
		t.Helper()
		if got := s.announced(key, value); got != want {
			t.Errorf("announcement %d is fresh: %v", value, got)
		}
	}
	s.left(id, 5, false) // its word comes first
	online("left", false)
	fresh(5, false)
	online("announced as void", false)
	fresh(6, true)
	online("announced", true)
	fresh(6, false)
	s.left(id, 3, false) // an older word
	online("an older word", true)
	s.doubt(id, now)
	online("in doubt", false)
	s.settle(now.Add(doubtTime))
	online("still in doubt", false)
	s.settle(now.Add(doubtTime + time.Second))
	online("not in doubt", true)
	s.doubt(id, now)
	fresh(7, true)
	online("announced anew", true)
	s.doubt(id, now)
	s.trust(id)
	online("connected", true)
	s.doubt(id, now)
	s.again(key, 5)
	online("a void one is stored once more", false)
	s.again(key, 6)
	online("stored once more", true)
	s.expired(key, 6)
	online("one is left", true)
	s.left(id, 7, false)
	s.left(id, 7, true)
	online("its word expired first", false)
	s.expired(key, 5)
	s.expired(key, 7)
	if len(s.known) != 0 || len(s.gone) != 0 {
		t.Errorf("%d devices are known, %d are gone", len(s.known), len(s.gone))
	}
}

func TestSightingsAreBounded(t *testing.T) {
	s := newSightings()
	for i := range maxGone + 5 {
		s.left(identity.DeviceID{byte(i)}, 1, false)
	}
	if len(s.gone) != maxGone {
		t.Errorf("%d are gone", len(s.gone))
	}
	key := testid.Key2048(t, 0).Public()
	for i := range uint64(maxSeen + 5) {
		s.announced(key, i+1)
	}
	if n := len(s.known[identity.DeviceID(key.KeyID())].values); n != maxSeen {
		t.Errorf("%d announcements are known", n)
	}
	s.left(identity.DeviceID(key.KeyID()), maxSeen, false)
	if s.online() {
		t.Error("the word of a known device does not count")
	}
}

func TestAnnouncementIDsGrow(t *testing.T) {
	last := uint64(0)
	for ms := range 100 {
		id := announcementID(time.UnixMilli(1795401266073 + int64(ms)))
		if id <= last {
			t.Fatalf("%d follows %d", id, last)
		}
		last = id
	}
}
