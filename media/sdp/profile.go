// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

// pathAttribute says, between Bellwires, that packets take another way than the addresses of the description: its
// value "link" stands for the packet path of the link that carries the signalling, where they are told apart by SSRC.
const pathAttribute = "bellwire-path"

// Profile is the manner in which a kind of peer writes and reads descriptions.
type Profile struct {
	Name       string
	Proto      string   // written in m= of our offers
	Accepts    []string // protos taken in an offer
	Components int      // ICE components of each media: 2 is RTP and RTCP apart, 1 both together
	RTCPLine   bool     // a=rtcp:PORT is written
	Mux        bool     // a=rtcp-mux is offered and agreed to (RFC 5761)
	Path       string   // value of a=bellwire-path, offered and agreed to; empty: media has a path of its own
	SSRC       bool     // a=ssrc is written (RFC 5576)
}

// Jami is the profile of the official Jami clients: RTP/SAVP with a=crypto, two ICE components, RTCP on its own.
func Jami() Profile {
	return Profile{Name: "jami", Proto: "RTP/SAVP", Accepts: []string{"RTP/SAVP", "RTP/SAVPF"}, Components: 2, RTCPLine: true}
}

// Bellwire is the profile between Bellwires: RTP and RTCP share the link's own packet path, routed there by SSRC. For a
// link without one set Path empty and give candidates.
func Bellwire() Profile {
	return Profile{
		Name: "bellwire", Proto: "RTP/SAVP", Accepts: []string{"RTP/SAVP", "RTP/SAVPF"},
		Components: 1, Mux: true, Path: "link", SSRC: true,
	}
}
