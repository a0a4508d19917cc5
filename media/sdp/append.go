// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

import (
	"strconv"
	"strings"
)

// Append writes the description after b, lines ending in CRLF and in the order of RFC 8866 section 5.
func (s *Session) Append(b []byte) []byte {
	b = appendLine(b, 'v', "0")
	b = appendLine(b, 'o', s.Origin.String())
	b = appendLine(b, 's', s.Name)
	b = appendSection(b, s.Lines, s.Connection, s.Attributes)
	for i := range s.Media {
		m := &s.Media[i]
		b = appendLine(b, 'm', m.String())
		b = appendSection(b, m.Lines, m.Connection, m.Attributes)
	}
	return b
}

// appendSection writes what session and media have in common: of the kept lines i, u, e and p come before c=.
func appendSection(b []byte, lines []Line, c *Connection, as Attributes) []byte {
	before := func(l Line) bool { return strings.IndexByte("iuep", l.Type) >= 0 }
	for _, l := range lines {
		if before(l) {
			b = appendLine(b, l.Type, l.Value)
		}
	}
	if c != nil {
		b = appendLine(b, 'c', c.String())
	}
	for _, l := range lines {
		if !before(l) {
			b = appendLine(b, l.Type, l.Value)
		}
	}
	for _, a := range as {
		b = appendLine(b, 'a', a.String())
	}
	return b
}

// oneLine keeps text from outside from beginning a line of its own.
var oneLine = strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ")

func appendLine(b []byte, kind byte, value string) []byte {
	b = append(b, kind, '=')
	if strings.ContainsAny(value, "\r\n\x00") {
		value = oneLine.Replace(value)
	}
	b = append(b, value...)
	return append(b, '\r', '\n')
}

func (o Origin) String() string {
	return o.User + " " + strconv.FormatUint(o.ID, 10) + " " + strconv.FormatUint(o.Version, 10) + " " + o.Address.String()
}

func (c Connection) String() string { return c.Net + " " + c.Type + " " + c.Host }

func (m *Media) String() string {
	port := strconv.Itoa(m.Port)
	if m.Ports > 1 {
		port += "/" + strconv.Itoa(m.Ports)
	}
	return m.Kind + " " + port + " " + m.Proto + " " + strings.Join(m.Formats, " ")
}

func (a Attribute) String() string {
	if a.Value == "" {
		return a.Name
	}
	return a.Name + ":" + a.Value
}
