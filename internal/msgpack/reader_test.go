// SPDX-License-Identifier: GPL-3.0-or-later

package msgpack_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"bellwire/internal/msgpack"

	"github.com/tinylib/msgp/msgp"
)

func TestCountsAndLengthsAreCheckedAgainstTheBytesLeft(t *testing.T) {
	for name, c := range map[string]struct {
		b    string
		read func(*msgpack.Reader)
	}{
		"a map of four billion pairs":       {"\xdf\xff\xff\xff\xff", func(r *msgpack.Reader) { r.Map() }},
		"a map of two pairs in three bytes": {"\x82\x01\x02\x03", func(r *msgpack.Reader) { r.Map() }},
		"an array of four billion":          {"\xdd\xff\xff\xff\xff", func(r *msgpack.Reader) { r.Array() }},
		"a bin of four gigabytes":           {"\xc6\xff\xff\xff\xff", func(r *msgpack.Reader) { r.Bytes() }},
		"a str of two gigabytes":            {"\xdb\x80\x00\x00\x00", func(r *msgpack.Reader) { r.Text() }},
		"an ext of four gigabytes":          {"\xc9\xff\xff\xff\xff\x01", func(r *msgpack.Reader) { r.Skip() }},
		"a skipped array of four billion":   {"\xdd\xff\xff\xff\xff\x01", func(r *msgpack.Reader) { r.Skip() }},
		"a bin for a text":                  {"\xc4\x01a", func(r *msgpack.Reader) { r.Text() }},
		"a number above the limit":          {"\xcd\x01\x00", func(r *msgpack.Reader) { r.Uint(math.MaxUint8) }},
		"a negative number":                 {"\xff", func(r *msgpack.Reader) { r.Uint(math.MaxUint64) }},
		"a number of 64 bits as signed":     {"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", func(r *msgpack.Reader) { r.Int() }},
		"a number for a boolean":            {"\x01", func(r *msgpack.Reader) { r.Bool() }},
		"a byte that begins nothing":        {"\xc1", func(r *msgpack.Reader) { r.Raw() }},
		"nothing":                           {"", func(r *msgpack.Reader) { r.Key() }},
	} {
		r := msgpack.NewReader([]byte(c.b))
		if c.read(&r); !errors.Is(r.Err(), msgpack.ErrMalformed) {
			t.Errorf("%s: %v", name, r.Err())
		}
		if r.Map() != 0 || r.Array() != 0 || r.Bytes() != nil || r.Uint(1) != 0 || r.Raw() != nil || len(r.Left()) != 0 {
			t.Errorf("%s: something can be read after the failure", name)
		}
	}
}

func TestReader(t *testing.T) {
	b := msgp.AppendMapHeader(nil, 3)
	b = msgp.AppendString(b, "a")
	b = msgpack.AppendInt(b, -5)
	b = append(b, 7) // a key that is no string
	b = msgp.AppendBool(b, true)
	b = msgp.AppendString(b, "c")
	b = msgp.AppendArrayHeader(b, 2)
	b = msgp.AppendBytes(b, []byte("xy"))
	b = msgp.AppendString(b, "z")
	b = append(b, "rest"...)
	r := msgpack.NewReader(b)
	ok := r.Map() == 3 && string(r.Key()) == "a" && r.Int() == -5 && r.Key() == nil && r.Bool() &&
		string(r.Key()) == "c" && r.Array() == 2 && string(r.Bytes()) == "xy" && string(r.Bytes()) == "z"
	if !ok || r.Err() != nil || string(r.Left()) != "rest" {
		t.Errorf("misread; %q is left, %v", r.Left(), r.Err())
	}
}

func TestDeepNestingCostsNoStack(t *testing.T) {
	b := []byte(strings.Repeat("\x91", 1<<20) + "\xc0")
	r := msgpack.NewReader(b)
	if r.Skip(); r.Err() != nil || len(r.Left()) != 0 {
		t.Errorf("%v, %d bytes left", r.Err(), len(r.Left()))
	}
}

func TestAppendIntIsShortest(t *testing.T) {
	for v, want := range map[int64]string{0: "\x00", 127: "\x7f", 128: "\xcc\x80", 1795395675: "\xce\x6b\x03\x90\x5b", -1: "\xff", -33: "\xd0\xdf"} {
		if got := msgpack.AppendInt(nil, v); string(got) != want {
			t.Errorf("%d is %x, want %x", v, got, want)
		}
	}
}

// FuzzSkip checks that what Skip passes over is what msgp takes for one object.
func FuzzSkip(f *testing.F) {
	f.Add([]byte("\x82\xa1a\x01\xa1b\x92\xc4\x01x\xc3"))
	f.Add([]byte("\xdd\xff\xff\xff\xff"))
	f.Add([]byte("\xc7\x03\x01abc"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := msgpack.NewReader(b)
		raw := r.Raw()
		rest, err := msgp.Skip(b)
		if (err == nil) != (r.Err() == nil) || err == nil && len(rest) != len(b)-len(raw) {
			t.Fatalf("%x: %d bytes are skipped (%v), msgp skips %d (%v)", b, len(raw), r.Err(), len(b)-len(rest), err)
		}
	})
}
