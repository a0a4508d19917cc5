// SPDX-License-Identifier: GPL-3.0-or-later

package value_test

import (
	"encoding/json"
	"net/netip"
	"path/filepath"
	"testing"

	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// packedVectors returns the packed values among the vectors.
func packedVectors(f *testing.F) (all [][]byte) {
	f.Helper()
	files, err := filepath.Glob("testdata/vectors/value-*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		var rec map[string]any
		readVector(f, "vectors/"+filepath.Base(file), &rec)
		for name, field := range rec {
			switch v := field.(type) {
			case string:
				if name == "packed" || filepath.Base(file) == "value-plain.json" && name != "description" && name != "source" {
					all = append(all, unhex(f, v))
				}
			case map[string]any:
				if text, ok := v["hex"].(string); ok {
					all = append(all, unhex(f, text))
				}
			}
		}
	}
	return all
}

// FuzzParse checks that what is read is written in one form, and that no rule of any type stumbles.
func FuzzParse(f *testing.F) {
	for _, b := range packedVectors(f) {
		f.Add(b)
	}
	types := value.NewTypes()
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := value.Parse(b)
		if err != nil {
			return
		}
		packed := v.Append(nil)
		again, err := value.Parse(packed)
		if err != nil {
			t.Fatalf("%x is written as %x: %v", b, packed, err)
		}
		if !again.SameContents(v) || string(again.Append(nil)) != string(packed) {
			t.Fatalf("%+v is written and read as %+v", v, again)
		}
		policy := types.Policy(v.Type)
		policy.Store(wire.KeyOf(b), v, netip.AddrFrom4([4]byte{192, 0, 2, 1}))
		policy.Edit(wire.KeyOf(b), v, again)
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var read value.Value
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	})
}

// FuzzPayloads gives its input to every payload parser; what is read is read again as the same.
func FuzzPayloads(f *testing.F) {
	for _, b := range packedVectors(f) {
		f.Add(b)
		if v, err := value.Parse(b); err == nil {
			f.Add(v.Data)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		same := func(again []byte, err error, read func([]byte) ([]byte, error)) {
			if err != nil {
				return
			}
			second, err := read(again)
			if err != nil || string(second) != string(again) {
				t.Fatalf("%x is written as %x, then as %x: %v", b, again, second, err)
			}
		}
		for _, read := range []func([]byte) ([]byte, error){
			func(b []byte) ([]byte, error) { p, err := value.ParseServiceMessage(b); return p.Append(nil), err },
			func(b []byte) ([]byte, error) { p, err := value.ParseICECandidates(b); return p.Append(nil), err },
			func(b []byte) ([]byte, error) { p, err := value.ParseInstantMessage(b); return p.Append(nil), err },
			func(b []byte) ([]byte, error) { p, err := value.ParseTrustRequest(b); return p.Append(nil), err },
			func(b []byte) ([]byte, error) {
				p, err := value.ParseAnnouncement(b)
				if err != nil {
					return nil, err
				}
				return p.Append(nil), nil
			},
			func(b []byte) ([]byte, error) {
				p, err := value.ParseServiceAddr(b)
				if err != nil {
					return nil, err
				}
				return value.AppendServiceAddr(nil, p), nil
			},
			func(b []byte) ([]byte, error) {
				p, err := value.ParseNodeExport(b)
				if err != nil {
					return nil, err
				}
				return value.AppendNodeExport(nil, p), nil
			},
		} {
			again, err := read(b)
			same(again, err, read)
		}
	})
}

// FuzzJSON checks that a value read from JSON is written as JSON that reads the same.
func FuzzJSON(f *testing.F) {
	var rec struct{ Signed, Encrypted json.RawMessage }
	readVector(f, "vectors/value-json.json", &rec)
	f.Add([]byte(rec.Signed))
	f.Add([]byte(rec.Encrypted))
	f.Fuzz(func(t *testing.T, text []byte) {
		var v, again value.Value
		if json.Unmarshal(text, &v) != nil {
			return
		}
		written, err := json.Marshal(&v)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(written, &again); err != nil || !again.SameContents(&v) {
			t.Fatalf("%s is written as %s: %v", text, written, err)
		}
	})
}
