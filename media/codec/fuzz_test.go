// SPDX-License-Identifier: GPL-3.0-or-later

package codec

import "testing"

// FuzzOpus decodes two payloads with one decoder: the second meets what the first left behind.
func FuzzOpus(f *testing.F) {
	e, _ := newOpusPair(f)
	speech := readPCM(f, "g722-input.pcm")
	for i := 0; i+960 <= len(speech); i += 4000 {
		payload, err := e.Encode(nil, speech[i:i+960])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload, payload[:len(payload)/2])
	}
	f.Add([]byte{0x0b, 0x41, 1}, []byte{0x4b, 0x83, 0xff}) // SILK and hybrid, several frames
	f.Fuzz(func(t *testing.T, first, second []byte) {
		d, err := newOpusDecoder()
		if err != nil {
			t.Fatal(err)
		}
		for _, payload := range [][]byte{first, second} {
			if pcm, err := d.Decode(nil, payload); len(pcm) > opusMaxFrame || err != nil && len(pcm) != 0 {
				t.Errorf("%d samples, %v", len(pcm), err)
			}
		}
	})
}

func FuzzG722(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 0xff, 0xfe})
	f.Fuzz(func(t *testing.T, payload []byte) {
		pcm, err := newG722Decoder().Decode(nil, payload)
		if err != nil || len(pcm) != 2*len(payload) {
			t.Errorf("%d samples, %v", len(pcm), err)
		}
		if again, err := newG722Encoder().Encode(nil, pcm); err != nil || len(again) != len(payload) {
			t.Errorf("%d bytes, %v", len(again), err)
		}
	})
}
