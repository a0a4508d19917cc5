// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

import (
	"net/netip"
	"strconv"
)

// ICE are the credentials of one side (RFC 8839).
type ICE struct{ Ufrag, Pwd string }

// Local is what our side offers or is able to answer.
type Local struct {
	Host  netip.Addr // in c=, o= and a=rtcp; zero: 0.0.0.0, for media that is not sent there
	ICE   ICE        // session-level credentials; zero: no ICE lines
	Media []LocalMedia
}

// LocalMedia is one media of ours. Its index in Local.Media is its identity for the whole call; MediaPlan.Local names
// it. Where the peer offers first, its media are matched to ours by kind, in order.
type LocalMedia struct {
	Kind       string
	Port       int     // RTP; 0 switches it off; 9 where the address does not matter
	RTCPPort   int     // 0: Port+1
	Codecs     []Codec // in the order we prefer
	Direction  Direction
	Crypto     []Crypto // one for each suite we take, preferred first; the keys are ours; none: plain RTP is agreed to
	Candidates []string // values of a=candidate, components counted from 1 in each media
	SSRC       uint32
	CName      string
	PTime      int // ms; 0 leaves it out
}

// connectionTo writes an address.
func connectionTo(host netip.Addr) Connection {
	switch {
	case !host.IsValid():
		return Connection{"IN", "IP4", "0.0.0.0"}
	case host.Unmap().Is4():
		return Connection{"IN", "IP4", host.Unmap().String()}
	}
	return Connection{"IN", "IP6", host.WithZone("").String()}
}

// section is what of a LocalMedia goes into one m= section; the rest of its arguments differ between offer and answer.
type section struct {
	proto     string
	codecs    []Codec
	direction Direction
	crypto    []Crypto
	ice       bool
	mux       bool
	path      string
	index     int // of the m= section, for numbering components
}

// write makes the m= section, attributes in the order Jami has them.
func (p *Profile) write(m *LocalMedia, host netip.Addr, sec section) Media {
	out := Media{Kind: m.Kind, Port: m.Port, Proto: sec.proto}
	as := &out.Attributes
	for _, c := range sec.codecs {
		pt := strconv.Itoa(int(c.PayloadType))
		out.Formats = append(out.Formats, pt)
		as.add("rtpmap", c.rtpmap())
		if c.Params != "" {
			as.add("fmtp", pt+" "+c.Params)
		}
	}
	if m.PTime > 0 {
		as.add("ptime", strconv.Itoa(m.PTime))
	}
	if p.RTCPLine && !sec.mux {
		port := m.RTCPPort
		if port == 0 {
			port = m.Port + 1
		}
		as.add("rtcp", strconv.Itoa(port)+" "+connectionTo(host).String())
	}
	if sec.mux {
		as.add("rtcp-mux", "")
	}
	as.add(sec.direction.String(), "")
	for _, c := range sec.crypto {
		as.add("crypto", c.line())
	}
	if sec.path != "" {
		as.add(pathAttribute, sec.path)
	}
	if p.SSRC && m.SSRC != 0 {
		as.add("ssrc", strconv.FormatUint(uint64(m.SSRC), 10)+" cname:"+m.CName)
	}
	if sec.ice {
		for _, c := range m.Candidates {
			as.add("candidate", shiftComponent(c, sec.index*p.Components))
		}
	}
	return out
}

// rejected makes the m= section of a media that is refused or no longer there.
func rejected(kind, proto string, formats []string) Media {
	if len(formats) == 0 {
		formats = []string{"0"}
	}
	return Media{Kind: kind, Proto: proto, Formats: formats[:1]}
}
