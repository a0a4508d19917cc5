// SPDX-License-Identifier: GPL-3.0-or-later

package codec

import (
	"errors"
	"testing"

	"bellwire/internal/peer"
)

func newOpusPair(t testing.TB) (Encoder, Decoder) {
	t.Helper()
	e, err := newLibopusEncoder()
	if errors.Is(err, ErrNoLibopus) {
		peer.Missing(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	d, err := newOpusDecoder()
	if err != nil {
		t.Fatal(err)
	}
	return e, d
}

func TestOpusAfterClose(t *testing.T) {
	e, _ := newOpusPair(t)
	for range 2 {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := e.Encode(nil, make([]int16, 960)); err == nil {
		t.Error("encoded with a freed state")
	}
}

func TestOpusWrongFrame(t *testing.T) {
	e, _ := newOpusPair(t)
	if _, err := e.Encode(nil, make([]int16, 100)); err == nil {
		t.Error("100 samples were taken")
	}
}

// TestOpusGoesOnAfterGarbage makes sure that one bad payload does not spoil the ones behind it.
func TestOpusGoesOnAfterGarbage(t *testing.T) {
	e, d := newOpusPair(t)
	in := tone(1000, opusRate, opusRate)
	var out []int16
	for i := 0; i < len(in); i += 960 {
		payload, err := e.Encode(nil, in[i:i+960])
		if err != nil {
			t.Fatal(err)
		}
		if i == 960*10 {
			for _, bad := range [][]byte{nil, {}, {0xff}, {0xff, 0xff}, {0x03, 0xff, 0xff, 0xff}, make([]byte, 1500)} {
				d.Decode(nil, bad)
			}
		}
		if out, err = d.Decode(out, payload); err != nil {
			t.Fatal(err)
		}
	}
	if got := purity(out[24000:28800], 1000, opusRate); got < 0.99 {
		t.Errorf("purity %.4f", got)
	}
}
