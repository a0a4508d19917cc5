// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// description is a session description as far as the daemon writes and reads it.
type description struct {
	session    uint64 // NTP seconds of the call's begin
	version    int
	name       string // digits behind "Call ID"
	host       netip.Addr
	ufrag, pwd string // empty: no ICE lines
	media      []section
}

// section is one m= line and what belongs to it.
type section struct {
	kind       string // audio or video
	port       int    // 0: refused
	formats    []format
	direction  string // sendrecv and so on
	crypto     string // behind "1 ": suite and key
	candidates []string
}

type format struct {
	pt     uint8
	codec  string // as in rtpmap: opus/48000/2
	params string
}

// What the daemon offers.
var (
	audioFormats = []format{{104, "opus/48000/2", ""}, {101, "telephone-event/8000", "0-15"}}
	videoFormats = []format{{96, "H264/90000", "profile-level-id=428029"}, {97, "VP8/90000", ""}}
)

// write gives the text. The direction of an answer that is not sendrecv stands at the end of its
// section.
func (d *description) write(answer bool) string {
	family := "IP4"
	if d.host.Is6() {
		family = "IP6"
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("v=0")
	line("o=vm %d %d IN %s %s", d.session, d.version, family, d.host)
	line("s=Call ID %s", d.name)
	line("c=IN %s %s", family, d.host)
	line("t=0 0")
	if d.ufrag != "" {
		line("a=ice-ufrag:%s", d.ufrag)
		line("a=ice-pwd:%s", d.pwd)
	}
	for _, s := range d.media {
		types := ""
		for _, f := range s.formats {
			types += fmt.Sprintf(" %d", f.pt)
		}
		line("m=%s %d RTP/SAVP%s", s.kind, s.port, types)
		for _, f := range s.formats {
			line("a=rtpmap:%d %s", f.pt, f.codec)
			if f.params != "" {
				line("a=fmtp:%d %s", f.pt, f.params)
			}
		}
		line("a=rtcp:%d IN %s %s", s.port+1, family, d.host)
		late := answer && s.direction != "sendrecv"
		if !late {
			line("a=%s", s.direction)
		}
		line("a=crypto:1 %s", s.crypto)
		for _, c := range s.candidates {
			line("a=candidate:%s", c)
		}
		if late {
			line("a=%s", s.direction)
		}
	}
	return b.String()
}

// parseDescription reads a far end's description. Attributes may stand in any order.
func parseDescription(text string) (*description, error) {
	d := &description{}
	var s *section
	for raw := range strings.Lines(text) {
		kind, value, ok := strings.Cut(strings.TrimRight(raw, "\r\n"), "=")
		if !ok {
			return nil, fmt.Errorf("an SDP line without =: %q", raw)
		}
		switch kind {
		case "m":
			d.media = append(d.media, section{})
			s = &d.media[len(d.media)-1]
			if err := s.parseHead(value); err != nil {
				return nil, err
			}
		case "a":
			name, value, _ := strings.Cut(value, ":")
			d.parseAttribute(s, name, value)
		}
	}
	if len(d.media) == 0 {
		return nil, fmt.Errorf("no media in %q", text)
	}
	return d, nil
}

func (s *section) parseHead(value string) error {
	w := strings.Fields(value)
	if len(w) < 4 {
		return fmt.Errorf("m=%s", value)
	}
	port, err := strconv.Atoi(w[1])
	if err != nil {
		return err
	}
	s.kind, s.port = w[0], port
	if port != 0 && w[2] != "RTP/SAVP" {
		return fmt.Errorf("the profile of m=%s is not RTP/SAVP", value)
	}
	for _, word := range w[3:] {
		pt, err := strconv.ParseUint(word, 10, 7)
		if err != nil {
			return err
		}
		s.formats = append(s.formats, format{pt: uint8(pt)})
	}
	return nil
}

func (d *description) parseAttribute(s *section, name, value string) {
	switch name {
	case "ice-ufrag":
		d.ufrag = value
	case "ice-pwd":
		d.pwd = value
	}
	if s == nil {
		return
	}
	switch name {
	case "rtpmap", "fmtp":
		pt, rest, _ := strings.Cut(value, " ")
		i := slices.IndexFunc(s.formats, func(f format) bool { return strconv.Itoa(int(f.pt)) == pt })
		switch {
		case i >= 0 && name == "rtpmap":
			s.formats[i].codec = rest
		case i >= 0:
			s.formats[i].params = rest
		}
	case "sendrecv", "sendonly", "recvonly", "inactive":
		s.direction = name
	case "crypto":
		_, rest, _ := strings.Cut(value, " ")
		if s.crypto == "" && strings.HasPrefix(rest, cryptoSuite+" ") {
			s.crypto = rest
		}
	case "candidate":
		s.candidates = append(s.candidates, value)
	}
}

// find returns the format of a codec.
func (s *section) find(codec string) (format, bool) {
	i := slices.IndexFunc(s.formats, func(f format) bool { return strings.EqualFold(f.codec, codec) })
	if i < 0 {
		return format{}, false
	}
	return s.formats[i], true
}

// usable says why the daemon would not run sound with a far end that described itself so.
func (d *description) usable(s *section, ice bool) error {
	_, opus := s.find("opus/48000/2")
	switch {
	case s.port == 0:
		return fmt.Errorf("the %s is refused", s.kind)
	case !opus:
		return fmt.Errorf("no opus among %v", s.formats)
	case s.crypto == "":
		return fmt.Errorf("no key for %s", cryptoSuite)
	case s.direction == "":
		return fmt.Errorf("the %s has no direction", s.kind)
	case ice && (d.ufrag == "" || d.pwd == ""):
		return fmt.Errorf("no ICE credentials")
	case ice && (len(s.component(1)) == 0 || len(s.component(2)) == 0):
		return fmt.Errorf("not both components have candidates: %q", s.candidates)
	}
	return nil
}

// component returns the candidates of one component of the section. Numbers count over all media; 1 and
// 2 in a later one are taken as well.
func (s *section) component(n int) (lines []string) {
	for _, c := range s.candidates {
		if w := strings.Fields(c); len(w) > 7 && w[1] == strconv.Itoa(n) {
			lines = append(lines, c)
		}
	}
	return lines
}
