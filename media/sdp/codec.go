// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

import (
	"strconv"
	"strings"
)

// Codec is one RTP payload type with its rtpmap and fmtp.
type Codec struct {
	PayloadType uint8
	Name        string // "opus", "PCMU", "telephone-event"; compared without case
	Clock       int    // Hz
	Channels    int    // 0 or 1: mono, left out
	Params      string // fmtp text; may be empty
}

// static are the payload types that need no rtpmap (RFC 3551 section 6), as far as phones use them.
var static = map[uint8]Codec{
	0: {0, "PCMU", 8000, 1, ""}, 3: {3, "GSM", 8000, 1, ""}, 8: {8, "PCMA", 8000, 1, ""},
	9: {9, "G722", 8000, 1, ""}, 18: {18, "G729", 8000, 1, ""},
}

// IsEvents reports whether it is telephone-event (RFC 4733): digits beside the sound, not a codec for it.
func (c Codec) IsEvents() bool { return strings.EqualFold(c.Name, "telephone-event") }

// Same reports whether two sides mean the same codec; payload types and parameters may differ.
func (c Codec) Same(d Codec) bool {
	return strings.EqualFold(c.Name, d.Name) && c.Clock == d.Clock && max(1, c.Channels) == max(1, d.Channels)
}

func (c Codec) rtpmap() string {
	s := strconv.Itoa(int(c.PayloadType)) + " " + c.Name + "/" + strconv.Itoa(c.Clock)
	if c.Channels > 1 {
		s += "/" + strconv.Itoa(c.Channels)
	}
	return s
}

// Codecs reads the payload types of a media in the order of its m= line. Those without rtpmap that are not static, and
// what is not a payload type, are left out.
func (m *Media) Codecs() []Codec {
	var codecs []Codec
	for _, format := range m.Formats {
		pt, err := strconv.ParseUint(format, 10, 7)
		if err != nil {
			continue
		}
		c, ok := parseRTPMap(m.Attributes.valueFor("rtpmap", format))
		if !ok {
			if c, ok = static[uint8(pt)]; !ok {
				continue
			}
		}
		c.PayloadType = uint8(pt)
		c.Params = m.Attributes.valueFor("fmtp", format)
		codecs = append(codecs, c)
	}
	return codecs
}

// parseRTPMap reads NAME/CLOCK or NAME/CLOCK/CHANNELS.
func parseRTPMap(s string) (Codec, bool) {
	name, rest, _ := strings.Cut(s, "/")
	clock, channels, stereo := strings.Cut(rest, "/")
	hz, err := strconv.ParseUint(clock, 10, 31)
	if err != nil || hz == 0 || name == "" {
		return Codec{}, false
	}
	c := Codec{Name: name, Clock: int(hz)}
	if stereo {
		n, err := strconv.ParseUint(channels, 10, 8)
		if err != nil {
			return Codec{}, false
		}
		c.Channels = int(n)
	}
	return c, true
}

// find returns the codec in the list that is the same.
func find(codecs []Codec, c Codec) (Codec, bool) {
	for _, other := range codecs {
		if other.Same(c) {
			return other, true
		}
	}
	return Codec{}, false
}
