// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

import (
	"fmt"
	"strconv"
	"strings"
)

// What a description may hold. Real ones stay under 10 KiB, two or three media, fifty attributes each.
const (
	maxSize       = 64 << 10
	maxMedia      = 16
	maxAttributes = 1024
	maxLines      = 64 // lines other than a= in one section
	maxFormats    = 64 // of one media
)

// SyntaxError says where a description is not one.
type SyntaxError struct {
	Line int // from 1; 0 for the whole
	What string
}

func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return "sdp: " + e.What
	}
	return fmt.Sprintf("sdp: line %d: %s", e.Line, e.What)
}

// Parse reads a description. Lines may end in CRLF or LF; session lines other than v= may come in any order. It refuses
// what exceeds the limits (64 KiB, 16 media, 1024 attributes) or is not SDP with a *SyntaxError.
func Parse(b []byte) (*Session, error) {
	if len(b) > maxSize {
		return nil, &SyntaxError{0, "the description exceeds 64 KiB"}
	}
	p := parser{s: &Session{}}
	for text := string(b); text != ""; {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		p.line++
		if what := p.take(strings.TrimSuffix(line, "\r")); what != "" {
			return nil, &SyntaxError{p.line, what}
		}
	}
	if !p.origin {
		return nil, &SyntaxError{0, "there is no o= line"}
	}
	return p.s, nil
}

// parser is the state between two lines.
type parser struct {
	s          *Session
	line       int
	version    bool // v= was seen
	origin     bool
	attributes int
}

// take reads one line and returns what is wrong with it.
func (p *parser) take(line string) (wrong string) {
	if strings.TrimSpace(line) == "" && p.version {
		return ""
	}
	if len(line) < 2 || line[1] != '=' || strings.ContainsAny(line, "\x00\r") {
		return "not of the form TYPE=VALUE"
	}
	kind, value := line[0], line[2:]
	if !p.version {
		if line != "v=0" {
			return "a description begins with v=0"
		}
		p.version = true
		return ""
	}
	switch kind {
	case 'v':
		return "a second v= line"
	case 'm':
		return p.media(value)
	case 'a':
		return p.attribute(value)
	case 'c':
		return p.connection(value)
	}
	if n := len(p.s.Media); n > 0 {
		return keep(&p.s.Media[n-1].Lines, kind, value)
	}
	switch kind {
	case 'o':
		if p.origin {
			return "a second o= line"
		}
		p.origin = true
		return p.s.Origin.parse(value)
	case 's':
		p.s.Name = value
		return ""
	}
	return keep(&p.s.Lines, kind, value)
}

func keep(lines *[]Line, kind byte, value string) string {
	if kind < 'a' || kind > 'z' {
		return "not of the form TYPE=VALUE"
	}
	if len(*lines) == maxLines {
		return "too many lines in one section"
	}
	*lines = append(*lines, Line{kind, value})
	return ""
}

func (o *Origin) parse(value string) (wrong string) {
	f := strings.Fields(value)
	if len(f) != 6 {
		return "o= needs user, id, version and an address"
	}
	var err1, err2 error
	o.User = f[0]
	o.ID, err1 = strconv.ParseUint(f[1], 10, 64)
	o.Version, err2 = strconv.ParseUint(f[2], 10, 64)
	if err1 != nil || err2 != nil {
		return "id and version of o= are numbers of at most 64 bits"
	}
	o.Address = Connection{f[3], f[4], f[5]}
	return ""
}

func (p *parser) connection(value string) (wrong string) {
	f := strings.Fields(value)
	if len(f) != 3 {
		return "c= needs network, type and host"
	}
	at := &p.s.Connection
	if n := len(p.s.Media); n > 0 {
		at = &p.s.Media[n-1].Connection
	}
	if *at == nil {
		*at = &Connection{f[0], f[1], f[2]}
	}
	return ""
}

func (p *parser) media(value string) (wrong string) {
	f := strings.Fields(value)
	if len(f) < 4 {
		return "m= needs media, port, protocol and a format"
	}
	if len(p.s.Media) == maxMedia || len(f)-3 > maxFormats {
		return "too many media or formats"
	}
	m := Media{Kind: f[0], Proto: f[2], Formats: f[3:]}
	port, ports, many := strings.Cut(f[1], "/")
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return "the port of m= is not in 0 to 65535"
	}
	m.Port = int(n)
	if many {
		n, err := strconv.ParseUint(ports, 10, 16)
		if err != nil {
			return "the number of ports of m= is not in 0 to 65535"
		}
		m.Ports = int(n)
	}
	p.s.Media = append(p.s.Media, m)
	return ""
}

func (p *parser) attribute(value string) (wrong string) {
	if p.attributes++; p.attributes > maxAttributes {
		return "too many attributes"
	}
	name, v, _ := strings.Cut(value, ":")
	if name == "" {
		return "an attribute without a name"
	}
	as := &p.s.Attributes
	if n := len(p.s.Media); n > 0 {
		as = &p.s.Media[n-1].Attributes
	}
	as.add(name, v)
	return ""
}
