// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

import (
	"slices"
	"strings"
)

// Offered reads an offer of the peer without answering, to see what it wants; the plan has the choices Answer would
// make with l.
func (n *Negotiator) Offered(offer []byte, l Local) (*Agreement, error) {
	_, a, _, err := n.consider(offer, l)
	return a, err
}

// Answer writes the answer to an offer. Media we cannot take are refused with port 0; ErrNoCommon when that is all that
// was offered.
func (n *Negotiator) Answer(offer []byte, l Local) (answer []byte, a *Agreement, err error) {
	s, a, slots, err := n.consider(offer, l)
	if err != nil {
		return nil, nil, err
	}
	n.slots, n.offer = slots, nil
	return n.finish(s), a, nil
}

// consider makes an answer and changes nothing.
func (n *Negotiator) consider(offer []byte, l Local) (*Session, *Agreement, []slot, error) {
	remote, err := Parse(offer)
	if err != nil {
		return nil, nil, nil, err
	}
	a := agreementWith(remote)
	slots := n.match(remote, l)
	s := n.begin(l, a.Restart && l.ICE != ICE{})
	wanted, taken := 0, 0
	for i := range remote.Media {
		m, plan := n.answerMedia(remote, i, slots[i].local, l)
		s.Media, a.Media = append(s.Media, m), append(a.Media, plan)
		if remote.Media[i].Port != 0 {
			wanted++
		}
		if plan.Accepted {
			taken++
		}
	}
	if wanted > 0 && taken == 0 {
		return nil, nil, nil, ErrNoCommon
	}
	return s, a, slots, nil
}

// match finds for every offered media the one of ours it is, or the next unused of its kind.
func (n *Negotiator) match(remote *Session, l Local) []slot {
	slots := slices.Clone(n.slots)
	for i := range remote.Media {
		kind := remote.Media[i].Kind
		if i < len(slots) && slots[i].kind == kind {
			continue
		}
		next := slot{kind, -1}
		for j, m := range l.Media {
			if m.Kind == kind && !has(slots, j) {
				next.local = j
				break
			}
		}
		if i < len(slots) { // an unused m= line was given to another kind (RFC 3264 section 8.2)
			slots[i] = next
		} else {
			slots = append(slots, next)
		}
	}
	return slots
}

// answerMedia answers one media.
func (n *Negotiator) answerMedia(remote *Session, index, local int, l Local) (Media, MediaPlan) {
	p := &n.profile
	offered := &remote.Media[index]
	plan := p.planFor(remote, index)
	plan.Local = local
	refuse := rejected(offered.Kind, offered.Proto, offered.Formats)
	if local < 0 || local >= len(l.Media) || offered.Port == 0 || l.Media[local].Port == 0 || !slices.Contains(p.Accepts, offered.Proto) {
		return refuse, plan
	}
	ours := &l.Media[local]
	send, receive := common(offered.Codecs(), ours.Codecs)
	if !plan.choose(send, receive) {
		return refuse, plan
	}
	sec := section{proto: offered.Proto, codecs: receive, index: index}
	if len(ours.Crypto) > 0 || strings.Contains(offered.Proto, "SAVP") {
		plan.Encrypt, plan.Decrypt = chooseCrypto(offered.Cryptos(), ours.Crypto)
		if plan.Encrypt == nil {
			return refuse, plan
		}
		sec.crypto = []Crypto{*plan.Encrypt}
	}
	plan.Accepted = true
	plan.Direction = ours.Direction & remote.direction(offered).Reverse()
	plan.Mux = p.Mux && offered.Attributes.Has("rtcp-mux")
	if path, _ := offered.Attributes.Get(pathAttribute); p.Path != "" && path == p.Path {
		plan.OnLink, sec.path = true, path
	}
	sec.direction, sec.mux = plan.Direction, plan.Mux
	sec.ice = remote.hasICE(offered) && l.ICE != ICE{}
	return p.write(ours, l.Host, sec), plan
}

// common returns the codecs of an offer that we have, in its order: as the peer wants them, and as we answer them, under
// the offered payload type with our parameters.
func common(offered, ours []Codec) (send, receive []Codec) {
	for _, c := range offered {
		mine, ok := find(ours, c)
		if _, twice := find(send, c); !ok || twice {
			continue
		}
		mine.PayloadType = c.PayloadType
		send, receive = append(send, c), append(receive, mine)
	}
	return send, receive
}
