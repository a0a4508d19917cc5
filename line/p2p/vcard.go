// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"bytes"
	"strings"

	"bellwire/line/p2p/contacts"
)

// maxCard bounds the vCard of a contact request in bytes. Jami keeps its own below 64,000.
const maxCard = 1 << 16

// appendCard appends a vCard with a name, as contact requests carry it.
func appendCard(b []byte, name string) []byte {
	b = append(b, "BEGIN:VCARD\nVERSION:2.1\nFN:"...)
	b = append(b, contacts.Name(name)...)
	return append(b, "\nEND:VCARD"...)
}

// cardName returns the name in a vCard: its FN line, unfolded (RFC 6350 section 3.2) and with the escapes
// of text (section 3.4) undone. It is empty when there is none that can be read.
func cardName(card []byte) string {
	card = card[:min(len(card), maxCard)]
	for len(card) > 0 {
		var line []byte
		line, card = cardLine(card)
		head, text, found := bytes.Cut(line, []byte{':'})
		property, parameters, _ := strings.Cut(strings.ToUpper(string(head[:min(len(head), 64)])), ";")
		if found && property == "FN" && !strings.Contains(parameters, "ENCODING=") {
			return contacts.Name(unescape.Replace(string(text)))
		}
	}
	return ""
}

var unescape = strings.NewReplacer(`\n`, " ", `\N`, " ", `\,`, ",", `\;`, ";", `\\`, `\`)

// cardLine cuts the first line off, with those that continue it.
func cardLine(card []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(card, []byte{'\n'})
	line = bytes.TrimSuffix(line, []byte{'\r'})
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') && len(line) < maxCard {
		var more []byte
		more, rest, _ = bytes.Cut(rest[1:], []byte{'\n'})
		line = append(line[:len(line):len(line)], bytes.TrimSuffix(more, []byte{'\r'})...)
	}
	return line, rest
}
