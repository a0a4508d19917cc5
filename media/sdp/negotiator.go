// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

import (
	"bytes"
	"errors"
	"fmt"
)

var (
	// ErrNoCommon: not one of the offered media can be taken (SIP: 488).
	ErrNoCommon = errors.New("sdp: no offered media can be accepted")
	// ErrMismatch: an answer does not fit the offer, or none was made.
	ErrMismatch = errors.New("sdp: the answer does not fit the offer")
)

// Negotiator is the offer/answer state of one call (RFC 3264). It is not safe for concurrent use.
type Negotiator struct {
	profile Profile
	id      uint64
	version uint64 // of the description sent last
	sent    []byte // it, but for the o= line; nil before the first
	slots   []slot // the m= lines so far: their number never falls

	offer   *Session // ours, without answer
	local   Local    // it was made of
	offered []slot   // what slots become with the answer
}

// slot is what one m= line stands for.
type slot struct {
	kind  string
	local int // index in Local.Media, -1 when we have nothing for it
}

// NewNegotiator starts without a description. The id (of o=) should be unlike those of other calls.
func NewNegotiator(p Profile, id uint64) *Negotiator { return &Negotiator{profile: p, id: id} }

// Offer writes an offer; the peer's answer goes to Answered, a refusal to Refused. Later offers keep the media of
// earlier ones in their places; those no longer in l are offered with port 0.
func (n *Negotiator) Offer(l Local) ([]byte, error) {
	l = tagged(l)
	slots := n.slots
	for i, m := range l.Media {
		if !has(slots, i) {
			slots = append(slots[:len(slots):len(slots)], slot{m.Kind, i})
		}
	}
	if len(slots) == 0 || len(slots) > maxMedia {
		return nil, fmt.Errorf("sdp: an offer needs 1 to %d media", maxMedia)
	}
	p := &n.profile
	s := n.begin(l, l.ICE != ICE{})
	for index, sl := range slots {
		if sl.local < 0 || sl.local >= len(l.Media) || l.Media[sl.local].Port == 0 {
			s.Media = append(s.Media, rejected(sl.kind, p.Proto, nil))
			continue
		}
		m := &l.Media[sl.local]
		s.Media = append(s.Media, p.write(m, l.Host, section{
			proto: p.Proto, codecs: m.Codecs, direction: m.Direction, crypto: m.Crypto, ice: l.ICE != ICE{},
			mux: p.Mux, path: p.Path, index: index,
		}))
	}
	n.offer, n.local, n.offered = s, l, slots
	return n.finish(s), nil
}

// Refused forgets our last offer: the session goes on as before it.
func (n *Negotiator) Refused() { n.offer = nil }

// Answered reads the answer to our last offer.
func (n *Negotiator) Answered(answer []byte) (*Agreement, error) {
	if n.offer == nil {
		return nil, fmt.Errorf("%w: there is no offer", ErrMismatch)
	}
	remote, err := Parse(answer)
	if err != nil {
		return nil, err
	}
	if len(remote.Media) != len(n.offer.Media) {
		return nil, fmt.Errorf("%w: %d media offered, %d answered", ErrMismatch, len(n.offer.Media), len(remote.Media))
	}
	a := agreementWith(remote)
	for i := range remote.Media {
		a.Media = append(a.Media, n.settle(remote, i))
	}
	n.offer, n.slots = nil, n.offered
	return a, nil
}

// settle compares one media of the answer with what we offered.
func (n *Negotiator) settle(remote *Session, index int) MediaPlan {
	p := &n.profile
	offered, answered := &n.offer.Media[index], &remote.Media[index]
	plan := p.planFor(remote, index)
	plan.Local = n.offered[index].local
	if answered.Port == 0 || offered.Port == 0 || answered.Kind != offered.Kind {
		return plan
	}
	ours := offered.Codecs()
	var send, receive []Codec
	for _, c := range answered.Codecs() {
		if mine, ok := find(ours, c); ok {
			send, receive = append(send, c), append(receive, mine)
		}
	}
	plan.Accepted = plan.choose(send, receive)
	m := &n.local.Media[plan.Local]
	if len(m.Crypto) > 0 {
		plan.Encrypt, plan.Decrypt = answeredCrypto(answered.Cryptos(), m.Crypto)
		plan.Accepted = plan.Accepted && plan.Encrypt != nil
	}
	plan.Direction = m.Direction & remote.direction(answered).Reverse()
	plan.Mux = p.Mux && answered.Attributes.Has("rtcp-mux")
	path, _ := answered.Attributes.Get(pathAttribute)
	plan.OnLink = p.Path != "" && path == p.Path
	return plan
}

// begin makes a description without media.
func (n *Negotiator) begin(l Local, ice bool) *Session {
	c := connectionTo(l.Host)
	s := &Session{
		Origin: Origin{User: "-", ID: n.id, Address: c}, Name: "-", Connection: &c, Lines: []Line{{'t', "0 0"}},
	}
	if ice {
		s.Attributes.add("ice-ufrag", l.ICE.Ufrag)
		s.Attributes.add("ice-pwd", l.ICE.Pwd)
	}
	return s
}

// finish gives a description its version, one more than the last sent if anything else changed (RFC 3264 section 8).
func (n *Negotiator) finish(s *Session) []byte {
	s.Origin.Version = 0
	text := s.Append(nil)
	if n.sent != nil && !bytes.Equal(text, n.sent) {
		n.version++
	}
	n.sent = text
	s.Origin.Version = n.version
	return s.Append(nil)
}

// tagged numbers the keys of every media from 1.
func tagged(l Local) Local {
	media := make([]LocalMedia, len(l.Media))
	for i, m := range l.Media {
		crypto := make([]Crypto, len(m.Crypto))
		for j, c := range m.Crypto {
			c.Tag = j + 1
			crypto[j] = c
		}
		m.Crypto = crypto
		media[i] = m
	}
	l.Media = media
	return l
}

func has(slots []slot, local int) bool {
	for _, s := range slots {
		if s.local == local {
			return true
		}
	}
	return false
}
