// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tinylib/msgp/msgp"
)

// hexFrame finds the frame in a line of a recording; long ones of 2026 are cut.
var hexFrame = regexp.MustCompile(`(?:^ +|: )([0-9a-f]{8,})(\.\.\.)?(?: \(\d+ bytes\))?$`)

type recordedFrame struct {
	bytes []byte
	cut   bool
}

// recorded returns the frames of every recording of the daemons of 2023 and 2026, by file.
func recorded(t testing.TB) map[string][]recordedFrame {
	t.Helper()
	files, err := filepath.Glob("testdata/recorded/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	all := map[string][]recordedFrame{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			found := hexFrame.FindStringSubmatch(strings.TrimRight(line, "\n"))
			if found == nil {
				continue
			}
			b, err := hex.DecodeString(found[1])
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			all[filepath.Base(file)] = append(all[filepath.Base(file)], recordedFrame{b, found[2] != ""})
		}
	}
	return all
}

// Every recorded frame is read, and written again as the same bytes; so is every message in it that is
// known here.
func TestRecordedFrames(t *testing.T) {
	want := map[string]int{
		"2023-call-audio.txt": 11, "2023-call-video.txt": 43, "2023-swarm.txt": 34,
		"2026-call-audio.txt": 17, "2026-call-video.txt": 45, "2026-messages.txt": 22,
		"2026-multi-device.txt": 46, "2026-swarm.txt": 38,
	}
	for file, frames := range recorded(t) {
		if len(frames) != want[file] {
			t.Errorf("%s: %d frames, want %d", file, len(frames), want[file])
		}
		for i, frame := range frames {
			r := msgp.NewReaderSize(bytes.NewReader(frame.bytes), 64)
			h, err := readHeader(r)
			if err != nil {
				t.Errorf("%s, frame %d: %v", file, i, err)
				continue
			}
			payload := make([]byte, h.size)
			n, err := r.ReadFull(payload)
			if (err != nil) != frame.cut {
				t.Errorf("%s, frame %d: %d of %d bytes of payload: %v", file, i, n, h.size, err)
			}
			again := appendFrame(nil, h.channel, payload)
			if !bytes.HasPrefix(again, frame.bytes) || !frame.cut && len(again) != len(frame.bytes) {
				t.Errorf("%s, frame %d: written again it is % x, was % x", file, i, again, frame.bytes)
			}
			extended := h.channel == controlChannel && payload[0] == 0x94 // tried with today's daemon: it ignores a fourth element
			if message := rewrite(t, h.channel, payload); message != nil && !extended && !bytes.Equal(message, frame.bytes) {
				t.Errorf("%s, frame %d: the message written again is % x, was % x", file, i, message, frame.bytes)
			}
		}
	}
}

// rewrite reads the messages of a frame and makes a frame of them; nil when it carries a stream.
func rewrite(t *testing.T, channel uint16, payload []byte) (frame []byte) {
	switch channel {
	case controlChannel:
		ok := readControl(payload, func(c control) {
			frame = appendControl(frame, c)
		})
		if !ok {
			t.Errorf("% x is read as no MessagePack", payload)
		}
	case protocolChannel:
		p, ok := readProtocol(payload)
		switch {
		case !ok:
			t.Errorf("% x is read as no MessagePack", payload)
		case p.version == version:
			frame = appendVersion(nil)
		default:
			frame = appendBeacon(nil, p.ask)
		}
	}
	return frame
}
