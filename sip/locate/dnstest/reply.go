// SPDX-License-Identifier: GPL-3.0-or-later

package dnstest

import "golang.org/x/net/dns/dnsmessage"

// noneTTL is how long the absence of records stands, in seconds.
const noneTTL = 60

// reply answers a question; nil for what is none, and in silence.
func (s *Server) reply(packet []byte, overTCP bool) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(packet); err != nil || len(m.Questions) != 1 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := m.Questions[0]
	s.asked[q.Type]++
	edns := len(m.Additionals) > 0
	m.Header = dnsmessage.Header{ID: m.ID, Response: true, RecursionDesired: m.RecursionDesired, RecursionAvailable: true}
	m.Additionals = nil
	switch {
	case s.trouble.Silent:
		return nil
	case s.trouble.Code != 0:
		m.RCode = s.trouble.Code
	case s.trouble.NoEDNS && edns:
		m.RCode = dnsmessage.RCodeFormatError
	case s.trouble.CutShort && !overTCP:
		m.Truncated = true
	default:
		s.answerLocked(&m, q)
	}
	reply, err := m.Pack()
	if err != nil {
		return nil
	}
	return reply
}

// answerLocked fills in the records, through aliases, or the authority that says that there are none.
func (s *Server) answerLocked(m *dnsmessage.Message, q dnsmessage.Question) {
	owner := key(q.Name)
	for range 8 {
		records, exists := s.zone[owner]
		if !exists {
			m.RCode = dnsmessage.RCodeNameError
			break
		}
		alias := ""
		for _, r := range records {
			if r.Header.Type == q.Type || r.Header.Type == dnsmessage.TypeCNAME {
				m.Answers = append(m.Answers, r)
			}
			if cname, ok := r.Body.(*dnsmessage.CNAMEResource); ok {
				alias = key(cname.CNAME)
			}
		}
		if alias == "" {
			break
		}
		if owner = alias; s.trouble.LeaveOpen {
			return
		}
	}
	for _, r := range m.Answers {
		if r.Header.Type == q.Type {
			return
		}
	}
	root := name("")
	m.Authorities = []dnsmessage.Resource{{
		Header: dnsmessage.ResourceHeader{Name: root, Class: dnsmessage.ClassINET, TTL: noneTTL},
		Body:   &dnsmessage.SOAResource{NS: root, MBox: root, MinTTL: noneTTL},
	}}
}
