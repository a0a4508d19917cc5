// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"bellwire/call"
	"bellwire/line/icepath"
	"bellwire/link"
	"bellwire/media/sdp"
	"bellwire/media/srtp"
)

// ground is what a call over a link stands on: between two Bellwires the link's own packet path, and
// towards a Jami, whose links carry none, an ICE of the call's own.
func (l *Line) ground(connection link.Link, peer call.Party) call.Ground {
	g := call.Ground{Peer: peer, Probe: connection.Probe, Log: l.log, Spawn: l.spawn}
	g.Text = func(body string) bool {
		return l.hear(connection.Peer().Account, call.Text{From: peer, Body: bodyOf(body)})
	}
	if shared, ok := connection.Media(); ok {
		g.Terms, g.Path = l.bellwireTerms(), newLinkPath(shared)
	} else {
		g.Terms, g.Path = l.jamiTerms(), icepath.New(l.cfg.ICE)
	}
	return g
}

// bellwireTerms are those between Bellwires: AES-GCM costs half of AES-CM with HMAC.
func (l *Line) bellwireTerms() call.Terms {
	return call.Terms{
		Profile: sdp.Bellwire(),
		Codecs:  l.cfg.Codecs,
		Suites:  []srtp.Suite{srtp.AEADAES128GCM, srtp.AESCM128SHA1_80},
	}
}

// jamiTerms are those towards Jami, which may begin SRTP anew when a call is changed, holds without a
// word, and sends keys by INFO although it writes telephone-event into its offers.
func (l *Line) jamiTerms() call.Terms {
	return call.Terms{
		Profile:      sdp.Jami(),
		Codecs:       l.cfg.Codecs,
		Suites:       []srtp.Suite{srtp.AESCM128SHA1_80, srtp.AESCM128SHA1_32},
		PlainRTCP:    true,
		FreshKeys:    true,
		UnsaidHold:   true,
		DigitsByInfo: true,
	}
}
