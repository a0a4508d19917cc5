// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

import (
	"net/netip"
	"strconv"
	"strings"
)

// Agreement is what an offer and its answer settle.
type Agreement struct {
	ICE     ICE         // the peer's session-level credentials; zero when it wrote none
	Restart bool        // the peer's description carries ICE lines: (re)start ICE; else keep the transport
	Media   []MediaPlan // one for each m= line, in order
}

// MediaPlan is what is settled for one media.
type MediaPlan struct {
	Kind       string
	Local      int       // index in Local.Media; -1: the peer offered what we have nothing for
	Accepted   bool      // false: refused by one side; nothing below counts
	Direction  Direction // of our side: what we may send and receive
	Theirs     Direction // what the peer's description says of its side, whether accepted or not
	Codec      Codec     // to send with, under the peer's payload type and with the peer's parameters
	Receive    []Codec   // what may arrive, under the payload types and parameters in our description
	Events     *Codec    // telephone-event to send with (RFC 4733); nil: not agreed
	Encrypt    *Crypto   // our key, used for what we send; nil: plain RTP was agreed
	Decrypt    *Crypto   // the peer's key
	Remote     netip.AddrPort
	RemoteRTCP netip.AddrPort
	Mux        bool     // RTCP shares the path of RTP
	OnLink     bool     // packets travel on the link's own path
	ICE        ICE      // media-level credentials, or the session's
	Candidates []string // the peer's, components counted from 1
	SSRC       []uint32 // the peer's, as announced
	CName      string
	PTime      int // ms the peer asks for; 0: not said
}

// Accepted returns the first accepted media of a kind; nil when there is none.
func (a *Agreement) Accepted(kind string) *MediaPlan {
	for i := range a.Media {
		if p := &a.Media[i]; p.Accepted && p.Kind == kind {
			return p
		}
	}
	return nil
}

// agreementWith reads what the peer says for the whole session.
func agreementWith(remote *Session) *Agreement {
	a := &Agreement{ICE: credentialsIn(remote.Attributes)}
	for i := range remote.Media {
		a.Restart = a.Restart || remote.hasICE(&remote.Media[i])
	}
	return a
}

// planFor reads what the peer says of one media, whatever we answer or offered.
func (p *Profile) planFor(remote *Session, index int) MediaPlan {
	m := &remote.Media[index]
	plan := MediaPlan{
		Kind: m.Kind, Local: -1, Theirs: remote.direction(m),
		ICE: remote.credentials(m), Candidates: m.candidates(index, p.Components),
	}
	plan.Remote, plan.RemoteRTCP = remote.addresses(m)
	plan.SSRC, plan.CName = m.sources()
	if v, ok := m.Attributes.Get("ptime"); ok {
		if n, err := strconv.ParseUint(v, 10, 8); err == nil {
			plan.PTime = int(n)
		}
	}
	return plan
}

// choose notes the codecs: send is what the peer takes, receive what we said we take.
func (plan *MediaPlan) choose(send, receive []Codec) bool {
	found := false
	for _, c := range send {
		if !c.IsEvents() && !found {
			plan.Codec, found = c, true
		}
	}
	for _, c := range send {
		if c.IsEvents() && (plan.Events == nil || c.Clock == plan.Codec.Clock && plan.Events.Clock != c.Clock) {
			plan.Events = &c
		}
	}
	plan.Receive = receive
	return found
}

// addresses returns where RTP and RTCP of a media go; invalid when that is no IP address.
func (s *Session) addresses(m *Media) (rtp, rtcp netip.AddrPort) {
	host, err := netip.ParseAddr(s.connection(m).Host)
	if err != nil || m.Port == 0 {
		return rtp, rtcp
	}
	rtp = netip.AddrPortFrom(host, uint16(m.Port))
	if m.Port < 65535 {
		rtcp = netip.AddrPortFrom(host, uint16(m.Port+1))
	}
	v, ok := m.Attributes.Get("rtcp") // RFC 3605: PORT [IN IP4 HOST]
	if !ok {
		return rtp, rtcp
	}
	f := strings.Fields(v)
	if len(f) == 4 {
		if h, err := netip.ParseAddr(f[3]); err == nil {
			host = h
		}
	}
	if len(f) > 0 {
		if port, err := strconv.ParseUint(f[0], 10, 16); err == nil && port != 0 {
			rtcp = netip.AddrPortFrom(host, uint16(port))
		}
	}
	return rtp, rtcp
}

const maxSources = 8 // SSRCs believed of one media

// sources reads a=ssrc (RFC 5576).
func (m *Media) sources() (ssrc []uint32, cname string) {
	for _, v := range m.Attributes.All("ssrc") {
		id, rest, _ := strings.Cut(v, " ")
		n, err := strconv.ParseUint(id, 10, 32)
		if err != nil {
			continue
		}
		if name, ok := strings.CutPrefix(rest, "cname:"); ok && cname == "" {
			cname = name
		}
		known := false
		for _, s := range ssrc {
			known = known || s == uint32(n)
		}
		if !known && len(ssrc) < maxSources {
			ssrc = append(ssrc, uint32(n))
		}
	}
	return ssrc, cname
}
