// SPDX-License-Identifier: GPL-3.0-or-later

package value_test

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"strings"
	"testing"

	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
)

// recordedRequest is an encrypted value recorded from Jami daemons.
type recordedRequest struct {
	key, from           string
	cypher, plain, data []byte
}

// readRequests reads blocks of lines "name text" that begin with the name key.
func readRequests(t *testing.T, name string) (all []recordedRequest) {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		rest = strings.TrimSpace(rest)
		first, _, _ := strings.Cut(rest, " ")
		switch word {
		case "key":
			all = append(all, recordedRequest{key: first})
		case "cypher":
			all[len(all)-1].cypher = unhex(t, rest)
		case "plain":
			all[len(all)-1].plain = unhex(t, rest)
		case "from":
			all[len(all)-1].from = first
		case "data":
			if len(all) == 0 || all[len(all)-1].data != nil {
				all = append(all, recordedRequest{})
			}
			all[len(all)-1].data = unhex(t, rest)
		}
	}
	return all
}

// recordedKey returns the last private key of a PEM file.
func recordedKey(t *testing.T, name string) *identity.PrivateKey {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var last *pem.Block
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			last = block
		}
	}
	key, err := identity.ParsePrivateKeyPEM(pem.EncodeToMemory(last))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestValuesOfJamiDaemonsAreDecrypted(t *testing.T) {
	for _, c := range []struct {
		file, key string
		typ       value.Type
		userType  string
	}{
		{"jami/peer_request-a-to-b.txt", "jami/b-device.key.pem", value.UserData, "peer_request"},
		{"jami/peer_request-answer-b-to-a.txt", "jami/a-device.key.pem", value.UserData, "peer_request"},
		{"jami/trust_request-confirm-b-to-go.txt", "jami/go-made-identity.pem", value.TrustRequestType, ""},
		{"jami/trust_request-go-to-b.txt", "jami/b-device.key.pem", value.TrustRequestType, ""},
		{"jami-2026/peer_request-nd-to-nx2.txt", "jami-2026/nx2-device.key.pem", value.UserData, "peer_request"},
		{"jami-2026/peer_request-answer-nx2-to-nd.txt", "jami-2026/nd-device.key.pem", value.UserData, "peer_request"},
		{"jami-2026/peer_request-go-to-nd-unknown-keys.txt", "jami-2026/nd-device.key.pem", value.UserData, "peer_request"},
	} {
		key := recordedKey(t, c.key)
		requests := readRequests(t, c.file)
		if len(requests) == 0 {
			t.Errorf("%s holds no value", c.file)
		}
		for _, rec := range requests {
			inner, err := value.Decrypt(&value.Value{ID: 1, Cypher: rec.cypher}, key)
			if err != nil {
				t.Errorf("%s: %v", c.file, err)
				continue
			}
			if inner.Type != c.typ || inner.UserType != c.userType || string(inner.Data) != string(rec.data) {
				t.Errorf("%s: type %d %q, data %x", c.file, inner.Type, inner.UserType, inner.Data)
			}
			if got := inner.OwnerID().String(); got != rec.from {
				t.Errorf("%s: it is from %s, want %s", c.file, got, rec.from)
			}
		}
	}
}

func TestTrustRequestsOfJami(t *testing.T) {
	requests := readRequests(t, "jami-2026/trust_request.txt")
	if len(requests) < 2 {
		t.Fatalf("%d requests", len(requests))
	}
	for i, rec := range requests {
		got, err := value.ParseTrustRequest(rec.data)
		if err != nil || got.Service != value.TrustService {
			t.Errorf("request %d: %+v, %v", i, got, err)
			continue
		}
		if again := got.Append(nil); string(again) != string(rec.data) {
			t.Errorf("request %d is packed as %x, want %x", i, again, rec.data)
		}
	}
	if first, _ := value.ParseTrustRequest(requests[0].data); first.Confirm || first.Invited.UnixMilli() != 1795401266073 {
		t.Errorf("the request is read as %+v", first)
	}
	if second, _ := value.ParseTrustRequest(requests[1].data); !second.Confirm || !second.Invited.IsZero() {
		t.Errorf("the confirmation is read as %+v", second)
	}
}

func TestInstantMessageOfJami(t *testing.T) {
	data := readRequests(t, "jami/im_message-b-to-go.txt")[0].data
	m, err := value.ParseInstantMessage(data)
	if err != nil || m.Text != "hello again from jamid" || m.ID != 5627392020121700 || m.DataType != "text/plain" {
		t.Errorf("%+v, %v", m, err)
	}
	if again := m.Append(nil); string(again) != string(data) {
		t.Errorf("it is packed as %x, want %x", again, data)
	}
}

func TestAnnouncementsOfJami(t *testing.T) {
	for _, file := range []string{"jami/device-announcement-b.proxy.json", "jami-2026/device-announcement-nd.proxy.json"} {
		var v value.Value
		readVector(t, file, &v)
		if err := value.Verify(&v); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		checkAnnouncement(t, file, &v)
	}
	for _, file := range []string{"jami/a-announce.msgpack.hex", "jami/b-announce.msgpack.hex"} {
		text, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		packed := strings.TrimSpace(string(text))
		v := parse(t, unhex(t, packed))
		if err := value.Verify(v); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if got := hex.EncodeToString(v.Append(nil)); got != packed {
			t.Errorf("%s is packed again as %s", file, got)
		}
		checkAnnouncement(t, file, v)
	}
}

func checkAnnouncement(t *testing.T, file string, v *value.Value) {
	t.Helper()
	a, err := value.ParseAnnouncement(v.Data)
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return
	}
	if again := a.Append(nil); string(again) != string(v.Data) {
		t.Errorf("%s: the data is packed as %x", file, again)
	}
}

func TestCertificatesOfJami(t *testing.T) {
	for _, file := range []string{"jami/certificate-b.proxy.json", "jami-2026/certificate-nd.proxy.json"} {
		var v value.Value
		readVector(t, file, &v)
		text, err := value.CertificatePEM(&v)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		chain, err := identity.ParseChainPEM(text)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		stored, err := json.Marshal(value.Certificate(chain))
		if err != nil || string(stored) == "" {
			t.Fatalf("%s: %v", file, err)
		}
		if ours := value.Certificate(chain); string(ours.Data) != string(v.Data) || ours.ID != v.ID || ours.Type != v.Type {
			t.Errorf("%s: our certificate value differs", file)
		}
		if key := value.CertificateKeys(chain.DeviceKey())[0]; key != wire.Hash(chain.DeviceID()) {
			t.Errorf("%s: it belongs under %v", file, key)
		}
	}
}
