// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	typeNAPTR = dnsmessage.Type(35)
	// maxUDP is the largest answer over UDP that we announce: it passes every usual path in one piece.
	maxUDP = 1232
)

// question is one question as it is sent.
type question struct {
	id     uint16
	asked  dnsmessage.Question
	packet []byte
}

// newQuestion writes a question with an identifier that cannot be guessed, and with EDNS (RFC 6891) on demand.
func newQuestion(name string, kind dnsmessage.Type, edns bool) (q question, err error) {
	dnsName, err := dnsmessage.NewName(name + ".")
	if err != nil || !isName(name) {
		return q, fmt.Errorf("%w: %q is no name", ErrInvalid, short(name))
	}
	var id [2]byte
	_, _ = rand.Read(id[:]) // never fails
	q.id = binary.BigEndian.Uint16(id[:])
	q.asked = dnsmessage.Question{Name: dnsName, Type: kind, Class: dnsmessage.ClassINET}
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: q.id, RecursionDesired: true},
		Questions: []dnsmessage.Question{q.asked},
	}
	if edns {
		var h dnsmessage.ResourceHeader
		if err := h.SetEDNS0(maxUDP, dnsmessage.RCodeSuccess, false); err != nil {
			return q, err
		}
		m.Additionals = []dnsmessage.Resource{{Header: h, Body: &dnsmessage.OPTResource{}}}
	}
	q.packet, err = m.Pack()
	return q, err
}

// answeredBy reports whether a message answers this question and no other.
func (q question) answeredBy(h dnsmessage.Header, questions []dnsmessage.Question) bool {
	return h.Response && h.ID == q.id && h.OpCode == 0 && len(questions) == 1 &&
		questions[0].Type == q.asked.Type && questions[0].Class == q.asked.Class &&
		strings.EqualFold(questions[0].Name.String(), q.asked.Name.String())
}
