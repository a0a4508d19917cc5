// SPDX-License-Identifier: GPL-3.0-or-later

package value_test

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// recordedData returns the data of a value of value-types.json, its packing checked.
func recordedData(t *testing.T, name string) []byte {
	t.Helper()
	var rec map[string]any
	readVector(t, "vectors/value-types.json", &rec)
	text := rec[name].(map[string]any)["hex"].(string)
	v := parse(t, unhex(t, text))
	if got := hex.EncodeToString(v.Append(nil)); got != text {
		t.Errorf("%s is packed again as %s", name, got)
	}
	return v.Data
}

func TestRecordedPayloads(t *testing.T) {
	same := func(name string, got, want []byte) {
		t.Helper()
		if string(got) != string(want) {
			t.Errorf("%s is packed as %x, want %x", name, got, want)
		}
	}

	data := recordedData(t, "dht_message")
	m, err := value.ParseServiceMessage(data)
	if err != nil || m.Service != "svc" || string(m.Data) != "\x01\x02" {
		t.Errorf("DHT message: %+v, %v", m, err)
	}
	same("DHT message", m.Append(nil), data)

	data = recordedData(t, "ip_service")
	service := netip.MustParseAddrPort("192.0.2.1:4222")
	if a, err := value.ParseServiceAddr(data); err != nil || a != service {
		t.Errorf("IP service: %v, %v", a, err)
	}
	same("IP service", value.AppendServiceAddr(nil, service), data)

	data = recordedData(t, "im_message")
	im, err := value.ParseInstantMessage(data)
	if err != nil || im.ID != 7 || im.Text != "hi there" || im.Date != 1700000000 {
		t.Errorf("IM message: %+v, %v", im, err)
	}
	same("IM message", im.Append(nil), data)

	data = recordedData(t, "trust_request")
	trust, err := value.ParseTrustRequest(data)
	if err != nil || trust.Service != "service" || trust.Conversation != "conv" || string(trust.Payload) != "\x01\x02\x03" || trust.Confirm {
		t.Errorf("trust request: %+v, %v", trust, err)
	}

	data = recordedData(t, "ice_candidates")
	ice, err := value.ParseICECandidates(data)
	if err != nil || ice.ID != 5 || string(ice.Data) != "\x09\x08\x07" {
		t.Errorf("ICE candidates: %+v, %v", ice, err)
	}
	same("ICE candidates", ice.Append(nil), data)

	rec, key := readIdentity(t, "alice-2048")
	cert := &value.Value{ID: value.CertificateID, Type: value.CertificateType, Data: recordedData(t, "certificate_value")}
	text, err := value.CertificatePEM(cert)
	if err != nil || !strings.HasPrefix(string(text), "-----BEGIN CERTIFICATE-----") {
		t.Errorf("certificate: %q, %v", text, err)
	}
	policy := value.NewTypes().Policy(value.CertificateType)
	own := value.CertificateKeys(key.Public())
	for _, k := range []wire.Hash{own[0], own[1], wire.KeyOf([]byte("elsewhere"))} {
		_, ok := policy.Store(k, cert, netip.Addr{})
		if want := k.String() == rec.ID || k.String() == rec.NewKey; ok != want {
			t.Errorf("the certificate is stored under %v: %v, want %v", k, ok, want)
		}
	}

	var all map[string]any
	readVector(t, "vectors/value-types.json", &all)
	export := unhex(t, all["node_export"].(map[string]any)["hex"].(string))
	node, err := value.ParseNodeExport(export)
	if err != nil || node.Addr != service || node.ID != wire.KeyOf([]byte("foo")) {
		t.Errorf("exported node: %v, %v", node, err)
	}
	same("exported node", value.AppendNodeExport(nil, node), export)
}
