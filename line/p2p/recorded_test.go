// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"encoding/hex"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/dht/value"
	"bellwire/identity"
	"bellwire/line/p2p/contacts"
)

// The files in testdata/jami were recorded from Jami daemons of 2023 and, where their name says so, of
// 2026, and from a prototype whose requests both accepted. The accounts were made for that.

func recorded(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "jami", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// field returns the hexadecimal text that stands behind a word at the beginning of a line.
func field(t testing.TB, text, word string, nth int) []byte {
	t.Helper()
	found := regexp.MustCompile(`(?m)^`+word+` +([0-9a-f]+)$`).FindAllStringSubmatch(text, -1)
	if len(found) <= nth {
		t.Fatalf("there are %d lines %q", len(found), word)
	}
	b, err := hex.DecodeString(found[nth][1])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// recordedPerson is the phone of a recorded account.
func (w *world) recordedPerson(name string) *person {
	w.t.Helper()
	p := w.person("carol", "carol")
	var err error
	if p.account, err = identity.ParseAccountPEM([]byte(recorded(w.t, name+"-account.pem"))); err != nil {
		w.t.Fatal(err)
	}
	if p.device, err = identity.ParseDevicePEM([]byte(recorded(w.t, name+"-device.pem"))); err != nil {
		w.t.Fatal(err)
	}
	return p
}

// opens gives a recorded value to the phone's inbox.
func (p *person) opens(from *person, file string) {
	p.t.Helper()
	text := recorded(p.t, file)
	key := regexp.MustCompile(`(?m)^key ([0-9a-f]+)`).FindStringSubmatch(text)[1]
	if own := inboxKey(p.device.Key.Public()).String(); own != key {
		p.t.Errorf("it lay under %s, the inbox is %s", key, own)
	}
	inner, err := value.Decrypt(&value.Value{ID: 1, Cypher: field(p.t, text, "cypher", 0)}, p.device.Key)
	if err != nil {
		p.t.Fatal(err)
	}
	if !inner.Owner.Equal(from.device.Key.Public()) {
		p.t.Fatalf("it is from device %v", inner.Owner)
	}
	i := newInbox(p.Line)
	i.senders.remember(inner.Owner, from.account.ID()) // their certificates begin to be valid in 2026
	i.open(inner)
	synctest.Wait()
}

func TestARecordedRequestAndItsConfirmation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		jami, we := w.recordedPerson("b"), w.recordedPerson("go")
		w.up()
		jami.on().opens(we, "trust_request-go-to-b.txt")
		jami.sees(we, "asking offline")
		we.on().add(jami)
		we.opens(jami, "trust_request-confirm-b-to-go.txt")
		we.sees(jami, "confirmed online")
		for _, p := range []*person{jami, we} {
			if err := p.device.Chain.Verify(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestRequestsOf2026(t *testing.T) {
	text := recorded(t, "trust_request-2026.txt")
	request, err := value.ParseTrustRequest(field(t, text, "data", 0))
	if err != nil {
		t.Fatal(err)
	}
	if name := cardName(request.Payload); name != "na" || request.Confirm || request.Invited.UnixMilli() != 1795401266073 {
		t.Errorf("%+v of %q", request, name)
	}
	old, err := value.ParseTrustRequest(field(t, recorded(t, "trust_request-go-to-b.txt"), "data", 0)) // which both versions took
	if card := appendCard(nil, "Gopher"); err != nil || string(card) != string(old.Payload) {
		t.Errorf("our card is %q, that of the prototype %q, %v", card, old.Payload, err)
	}
	confirmation := (&courier{}).text(letter{confirm: true}, contacts.Entry{State: call.Confirmed})
	if got, want := confirmation.Append(nil), field(t, text, "data", 1); string(got) != string(want) {
		t.Errorf("a confirmation is %x, want %x", got, want)
	}
	entry := contacts.Entry{State: call.Confirmed, Conversation: request.Conversation}
	if confirmation = (&courier{}).text(letter{confirm: true}, entry); confirmation.Conversation != request.Conversation {
		t.Errorf("the conversation %q is confirmed as %q", request.Conversation, confirmation.Conversation)
	}
}

// A text that Jami 2023 left in the inbox.
func TestARecordedTextOfTheInbox(t *testing.T) {
	m, err := value.ParseInstantMessage(field(t, recorded(t, "im_message-b-to-go.txt"), "data", 0))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		jami, we := w.recordedPerson("b"), w.recordedPerson("go")
		w.up()
		we.on().takeLeft(jami.account.ID(), jami.device.Key.Public(), m)
		if got := we.reads(); got.Body != "hello again from jamid" || got.ID != 5627392020121700 || got.From.ID != jami.id() {
			t.Errorf("got %+v", got)
		}
	})
}

// frames returns what one side wrote to the msg channel of a recording.
func frames(t testing.TB, file string) (maps [][]byte) {
	t.Helper()
	for _, found := range regexp.MustCompile(`(?:c42f|<- )(84a26964[0-9a-f]+)`).FindAllStringSubmatch(recorded(t, file), -1) {
		b, err := hex.DecodeString(found[1])
		if err != nil {
			t.Fatal(err)
		}
		maps = append(maps, b)
	}
	return maps
}

func TestRecordedMsgs(t *testing.T) {
	maps := frames(t, "msg-2026.txt")
	want := []msg{{0x0013b44ab979dda4, plainText, "hello from na"}, {0x000969908bdd5aa4, plainText, "hello from nd"}}
	for i, m := range want {
		if got := string(m.append(nil)); got != string(maps[i]) {
			t.Errorf("%+v is packed as %x, want %x", m, got, maps[i])
		}
	}
	maps = append(maps, frames(t, "msg-notice-2026.txt")...)
	if len(maps) != 4 {
		t.Fatalf("%d maps were recorded", len(maps))
	}
	var got []msg
	near, far := net.Pipe()
	go func() {
		for _, b := range strings.Split(string(join(maps)), "") { // byte by byte
			io.WriteString(far, b)
		}
		far.Close()
	}()
	if err := readMsgs(near, func(m msg) { got = append(got, m) }); err == nil {
		t.Error("reading did not end")
	}
	if len(got) != 4 || got[0] != want[0] || got[1] != want[1] || got[2].kind != "application/im-gitmessage-id" || got[3].content != "bare from b" {
		t.Errorf("read %+v", got)
	}
}

func join(maps [][]byte) (all []byte) {
	for _, b := range maps {
		all = append(all, b...)
	}
	return all
}

func TestMessageIDs(t *testing.T) {
	for text, want := range map[string]uint64{
		"0004c196af37bbc7":   0x0004c196af37bbc7, // recorded
		" 4742560144230189 ": 0x4742560144230189,
		"":                   0,
		"x":                  0,
		"00004c196af37bbc71": 0x4c196af37bbc71,
		"10004c196af37bbc71": 0,
	} {
		if got := readMessageID([]string{text}); got != want {
			t.Errorf("%q is read as %s", text, strconv.FormatUint(got, 16))
		}
	}
	if readMessageID(nil) != 0 || readMessageID([]string{"1", "1"}) != 0 {
		t.Error("an id was read from no header field, or from two")
	}
}
