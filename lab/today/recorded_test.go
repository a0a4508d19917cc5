// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
	offers "bellwire/link/offer"
)

// recorded returns the files of a folder by name.
func recorded(t *testing.T, pattern string) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(names) == 0 {
		t.Fatal("no recordings", err)
	}
	files := map[string]string{}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = string(b)
	}
	return files
}

func TestRecordedFramesComeBackToTheLetter(t *testing.T) {
	whole := 0
	for name, text := range recorded(t, "frames/*.txt") {
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			frame, err := hex.DecodeString(line)
			if err != nil || !strings.HasPrefix(line, "92") {
				continue // a headline, or a frame that is not recorded whole
			}
			whole++
			number, payload, err := readFrame(bufio.NewReader(bytes.NewReader(frame)))
			if err != nil {
				t.Errorf("%s: %s: %v", name, line, err)
				continue
			}
			if got := append(frameHeader(number, len(payload)), payload...); !bytes.Equal(got, frame) {
				t.Errorf("%s: %x comes back as %x", name, frame, got)
			}
			if got, kind := rewritten(t, number, payload); !bytes.Equal(got, payload) && !strings.Contains(name, "of-ours") {
				t.Errorf("%s: the %s %x comes back as %x", name, kind, payload, got)
			}
		}
	}
	if whole < 57 {
		t.Errorf("only %d frames were read", whole)
	}
}

// rewritten reads a payload and writes it again as the peer would.
func rewritten(t *testing.T, number uint16, payload []byte) (again []byte, kind string) {
	switch {
	case number == protocolChannel:
		for _, known := range [][]byte{version, beacon, beaconAnswer} {
			if bytes.Equal(known, payload) {
				return known, "protocol message"
			}
		}
		return nil, "protocol message"
	case number == controlChannel:
		all, err := parseControls(payload)
		if err != nil || len(all) != 1 {
			t.Error(all, err)
			return nil, "control message"
		}
		return all[0].append(nil), "control message"
	case bytes.HasPrefix(payload, []byte("\x84\xa2id")):
		text, _, _ := parseText(payload)
		return appendText(nil, text.ID, text.Kind, text.Body), "text"
	case bytes.HasPrefix(payload, []byte("\x82\xa1v")):
		return serviceMessage("query", ""), "query"
	case bytes.HasPrefix(payload, []byte("\x84\xa1v")):
		device := payload[bytes.Index(payload, []byte("\xd9\x40"))+2:][:64]
		return serviceMessage("service_list", string(device)), "list of services"
	}
	return payload, "SIP"
}

// after returns what follows a word at the beginning of a line.
func after(text, word string) (found []string) {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, word+" "); ok {
			found = append(found, strings.TrimSpace(rest))
		}
	}
	return found
}

func TestRecordedValuesComeBackToTheLetter(t *testing.T) {
	for name, text := range recorded(t, "dht/*request*.txt") {
		for _, data := range after(text, "data") {
			b, err := hex.DecodeString(data)
			if err != nil {
				t.Fatal(err)
			}
			var again []byte
			if strings.HasPrefix(name, "trust") {
				v, err := parseTrust(b)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				again = v.append(nil)
			} else {
				r, err := parseRequest(b)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				again = r.append(nil)
				if _, err := parseICEText(r.ice); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if !strings.Contains(name, "unknown-keys") && !bytes.Equal(again, b) {
				t.Errorf("%s: %x comes back as %x", name, b, again)
			}
		}
	}
	// A confirmation whose payload is nil is dropped.
	if _, err := parseTrust([]byte("\x83\xa7service\xa7cx.ring\xa7payload\xc0\xa7confirm\xc3")); err == nil {
		t.Error("a payload of nil is taken")
	}
}

func TestRecordedMessagesComeBackToTheLetter(t *testing.T) {
	for name, text := range recorded(t, "sip/*.sip") {
		m, err := readMessage(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var fields []field
		for _, f := range m.fields {
			if f.name != "Content-Length" {
				fields = append(fields, f)
			}
		}
		m.fields = fields
		if got := string(m.bytes()); got != text {
			t.Errorf("%s comes back as\n%q", name, got)
		}
		if m.body == "" || !strings.HasPrefix(m.body, "v=0") {
			continue
		}
		d, err := parseDescription(m.body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := d.usable(&d.media[0], d.ufrag != ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i := range d.media {
			for n := range components {
				if got := len(d.media[i].component(i*components + n + 1)); (got == 0) == (d.ufrag != "") {
					t.Errorf("%s: media %d has %d candidates of component %d", name, i, got, n+1)
				}
			}
		}
		for _, key := range []string{d.media[0].crypto} {
			if _, err := keyOf(key); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// The keys of the DHT as they were seen.
func TestRecordedKeys(t *testing.T) {
	for name, text := range recorded(t, "dht/peer_request-*.txt") {
		key := after(text, "key")[0]
		hash, readable, _ := strings.Cut(key, " = ")
		if got := sha1.Sum([]byte(readable)); hex.EncodeToString(got[:]) != hash {
			t.Errorf("%s: %s is %x, not %s", name, readable, got, hash)
		}
	}
	// Where the daemon nd was seen to listen and to publish, and where ours looks for it.
	seen := recorded(t, "dht/keys.txt")["keys.txt"]
	chain, err := identity.ParseChainPEM([]byte(recorded(t, "dht/*.pem")["nd-device-chain.pem"]))
	if err != nil {
		t.Fatal(err)
	}
	device := chain.DeviceKey()
	requests, certificates := offers.Keys(device), value.CertificateKeys(device)
	for name, keys := range map[string][]wire.Hash{
		"nd.account":   {wire.Hash(chain.AccountID())},
		"nd.cert.old":  {certificates[0], Of2023.certificateKey(device)},
		"nd.cert.new":  {certificates[1], August2026.certificateKey(device)},
		"nd.peer.old":  {requests[0], Of2023.requestKey(device)},
		"nd.peer.new":  {requests[1], August2026.requestKey(device)},
		"nd.inbox.old": {inboxKey(device)},
	} {
		want := after(seen, name+" =")
		for _, key := range keys {
			if len(want) != 1 || key.String() != want[0] {
				t.Errorf("%s is %s, want %s", name, key, want)
			}
		}
	}
}

func TestUserAgents(t *testing.T) {
	for agent, want := range map[string]bool{
		"Jami Daemon 16.0.0 (Linux)": true, "Jami Daemon 11.0.1 (Linux)": false, "Bellwire": false,
		"Bellwire Jami Daemon 13.7.0 (compatible)": true, "": false, "Jami Daemon 9.10.11": false,
	} {
		if got := (&Call{agent: agent}).reusesICE(); got != want {
			t.Errorf("%s keeps its ICE: %v", strconv.Quote(agent), got)
		}
	}
}
