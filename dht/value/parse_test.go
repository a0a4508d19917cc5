// SPDX-License-Identifier: GPL-3.0-or-later

package value_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
	"bellwire/internal/testid"

	"pgregory.net/rapid"
)

func TestParseRefusesWhatIsNoValue(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                  "",
		"no id":                    "81a364617481a4626f647982a47479706500a464617461c400",
		"no dat":                   "81a2696407",
		"an empty cypher":          "82a2696407a3646174c400",
		"no body":                  "82a2696407a364617480",
		"no type":                  "82a2696407a364617481a4626f647981a464617461c400",
		"no data":                  "82a2696407a364617481a4626f647981a47479706500",
		"a type of 17 bits":        "82a2696407a364617481a4626f647982a474797065ce00010000a464617461c400",
		"a negative id":            "82a26964ffa364617481a4626f647982a47479706500a464617461c400",
		"an owner without version": "82a2696407a364617482a4626f647983a56f776e6572c400a47479706500a464617461c400a3736967c40100",
		"data that is cut off":     "82a2696407a364617481a4626f647982a47479706500a464617461c6ffffffff00",
	} {
		if v, err := value.Parse(unhex(t, text)); !errors.Is(err, value.ErrMalformed) {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
	noKey := unhex(t, "82a2696407a364617482a4626f647984a373657100a56f776e6572c40100a47479706500a464617461c400a3736967c40100")
	if v, err := value.Parse(noKey); !errors.Is(err, identity.ErrPublicKey) {
		t.Errorf("an owner that is no key: %+v, %v", v, err)
	}
}

func TestUnknownKeysAndMissingPartsOfPlainValues(t *testing.T) {
	for name, text := range map[string]string{
		"unknown keys everywhere":      "83a2696407a27a7a9101a364617482a27a7a80a4626f647983a27a7ac0a47479706500a464617461c4026869",
		"keys in another order":        "82a364617481a4626f647982a464617461c4026869a47479706500a2696407",
		"data as str":                  "82a2696407a364617481a4626f647982a47479706500a464617461a26869",
		"a recipient without an owner": "82a2696407a364617481a4626f647983a2746fc40101a47479706500a464617461c4026869",
		"a signature without an owner": "82a2696407a364617482a4626f647982a47479706500a464617461c4026869a3736967c40101",
	} {
		v := parse(t, unhex(t, text))
		if string(v.Data) != "hi" || v.ID != 7 || v.IsSigned() || !v.To.IsZero() || len(v.Signature) != 0 {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// values draws values of every shape.
func values(t testing.TB) *rapid.Generator[*value.Value] {
	keys := []*identity.PublicKey{nil, testid.Key2048(t, 0).Public(), testid.Key2048(t, 1).Public()}
	bin := rapid.SliceOfN(rapid.Byte(), 0, 300)
	text := rapid.StringN(0, 20, 60)
	return rapid.Custom(func(t *rapid.T) *value.Value {
		v := &value.Value{ID: rapid.Uint64().Draw(t, "id"), Priority: rapid.Uint32Range(0, 2).Draw(t, "priority"), PushType: text.Draw(t, "push")}
		if rapid.Bool().Draw(t, "encrypted") {
			v.Cypher = rapid.SliceOfN(rapid.Byte(), 1, 700).Draw(t, "cypher")
			return v
		}
		v.Type, v.Data, v.UserType = value.Type(rapid.Uint16().Draw(t, "type")), bin.Draw(t, "data"), text.Draw(t, "utype")
		if v.Owner = rapid.SampledFrom(keys).Draw(t, "owner"); v.Owner != nil {
			v.Seq, v.Signature = rapid.Uint16().Draw(t, "seq"), rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "sig")
			if rapid.Bool().Draw(t, "to") {
				v.To = keys[1].KeyID()
			}
		}
		return v
	})
}

func TestValuesSurviveARoundTrip(t *testing.T) {
	drawn := values(t)
	rapid.Check(t, func(t *rapid.T) {
		v := drawn.Draw(t, "value")
		got, err := value.Parse(v.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		if !got.SameContents(v) || got.ID != v.ID || got.Priority != v.Priority || got.PushType != v.PushType || got.To != v.To || got.Seq != v.Seq {
			t.Fatalf("%+v is read as %+v", v, got)
		}
		compact, packed, err := v.Compact()
		if err != nil || string(packed) != string(v.Append(nil)) || !reflect.DeepEqual(compact, got) {
			t.Fatalf("%+v is compacted to %+v, %v", v, compact, err)
		}
	})
}

func TestJSONSurvivesARoundTrip(t *testing.T) {
	drawn := values(t)
	rapid.Check(t, func(t *rapid.T) {
		v := drawn.Draw(t, "value")
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var got value.Value
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !got.SameContents(v) || got.ID != v.ID || got.Priority != v.Priority || got.To != v.To || got.Seq != v.Seq {
			t.Fatalf("%+v is read as %+v from %s", v, got, text)
		}
	})
}

func TestJSONOfPeople(t *testing.T) {
	for text, ok := range map[string]bool{
		`{"id":"7","data":"aGk=","type":0}`:    true,
		`{"id":7,"data":"aGk="}`:               true,
		`{"data":"aGk="}`:                      true,
		`{"id":"-7","data":"aGk="}`:            false,
		`{"id":"x"}`:                           false,
		`{"id":{}}`:                            false,
		`{"data":"%"}`:                         false,
		`{"type":70000}`:                       false,
		`{"owner":"nonsense","sig":"aGk="}`:    false,
		`{"owner":"-----BEGIN","to":"nothex"}`: false,
		`[]`:                                   false,
	} {
		var v value.Value
		if err := json.Unmarshal([]byte(text), &v); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		} else if ok && string(v.Data) != "hi" {
			t.Errorf("%s holds %q", text, v.Data)
		}
	}
}

func TestMatches(t *testing.T) {
	owner := testid.Key2048(t, 0).Public()
	v := &value.Value{ID: 7, Type: value.IMMessage, UserType: "text", Owner: owner, Signature: []byte("x"), Seq: 2}
	id := wire.Hash(owner.KeyID())
	for name, c := range map[string]struct {
		where []wire.Condition
		want  bool
	}{
		"nothing":          {nil, true},
		"id":               {[]wire.Condition{wire.WhereID(7)}, true},
		"other id":         {[]wire.Condition{wire.WhereID(8)}, false},
		"type":             {[]wire.Condition{wire.WhereType(3)}, true},
		"owner":            {[]wire.Condition{wire.WhereOwner(id)}, true},
		"other owner":      {[]wire.Condition{wire.WhereOwner(wire.Hash{1})}, false},
		"user type":        {[]wire.Condition{wire.WhereUserType("text")}, true},
		"all but one":      {[]wire.Condition{wire.WhereID(7), wire.WhereType(3), wire.WhereUserType("")}, false},
		"version":          {[]wire.Condition{{Field: wire.FieldSeq, Uint: 2}}, true},
		"of a later field": {[]wire.Condition{{Field: 9}}, true},
	} {
		if got := v.Matches(value.Query{Where: c.where}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	hidden := &value.Value{ID: 7, Cypher: []byte("x")}
	if !hidden.Matches(value.Query{Where: []wire.Condition{wire.WhereType(0)}}) {
		t.Error("an encrypted value does not look like user data")
	}
}
