// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

import (
	"errors"
	"net/netip"
)

var errSyntax = errors.New("sdp: not a session description")

// ErrNoCommon: not one of the offered media can be taken.
var ErrNoCommon = errors.New("sdp: no offered media can be accepted")

// Codec is one RTP payload type with its rtpmap and fmtp.
type Codec struct {
	PayloadType uint8
	Name        string // "opus", "PCMU", "telephone-event"; compared without case
	Clock       int    // Hz
	Channels    int    // 0 or 1: mono, left out
	Params      string // fmtp text; may be empty
}

// Direction is who sends.
type Direction uint8

// The directions of RFC 8866 section 6.7, as bits: 1 we send, 2 we receive.
const (
	Inactive Direction = 0
	SendOnly Direction = 1
	RecvOnly Direction = 2
	SendRecv Direction = 3
)

// Crypto is an a=crypto line (RFC 4568). Params is opaque here ("inline:…").
type Crypto struct {
	Tag     int // 1 to 9 digits; set by the Negotiator in what we send
	Suite   string
	Params  string
	Session string // session parameters; empty as a rule
}

// ICE are the credentials of one side (RFC 8839).
type ICE struct{ Ufrag, Pwd string }

// Profile is the manner in which a kind of peer writes and reads descriptions.
type Profile struct {
	Name       string
	Proto      string   // written in m= of our offers
	Accepts    []string // protos taken in an offer
	Components int      // ICE components of each media: 2 is RTP and RTCP apart
	RTCPLine   bool     // a=rtcp:PORT is written
	Mux        bool     // a=rtcp-mux is written (RFC 5761)
	Path       string   // value of a=bellwire-path; empty: media has a path of its own
	SSRC       bool     // a=ssrc is written (RFC 5576)
}

// Jami is the profile of the official Jami clients: RTP/SAVP with a=crypto, two ICE components, RTCP on its own.
func Jami() Profile {
	return Profile{Name: "jami", Proto: "RTP/SAVP", Accepts: []string{"RTP/SAVP", "RTP/SAVPF"}, Components: 2, RTCPLine: true}
}

// Bellwire is the profile between Bellwires: RTP and RTCP share the link's own packet path, routed there by SSRC.
func Bellwire() Profile {
	return Profile{Name: "bellwire", Proto: "RTP/SAVP", Accepts: []string{"RTP/SAVP", "RTP/SAVPF"}, Mux: true, Path: "link", SSRC: true}
}

// Local is what our side offers or is able to answer.
type Local struct {
	Host  netip.Addr // in c=, o= and a=rtcp; zero: 0.0.0.0, for media that is not sent to it
	ICE   ICE        // session-level credentials; zero: no ICE lines
	Media []LocalMedia
}

// LocalMedia is one media of ours; its place in Local.Media is its place in the description.
type LocalMedia struct {
	Kind       string
	Port       int     // RTP; 0 switches it off; 9 where the address does not matter
	RTCPPort   int     // 0: Port+1
	Codecs     []Codec // in the order we prefer
	Direction  Direction
	Crypto     []Crypto // one for each suite we take, preferred first; the keys are ours
	Candidates []string // values of a=candidate
	SSRC       uint32
	CName      string
	PTime      int // ms; 0 leaves it out
}

// Agreement is what an offer and its answer settle.
type Agreement struct {
	ICE     ICE         // the peer's session-level credentials; zero when it wrote none
	Restart bool        // the peer's description carries ICE lines: (re)start ICE; else keep the transport
	Media   []MediaPlan // one for each m= line, in order
}

// MediaPlan is what is settled for one media.
type MediaPlan struct {
	Kind       string
	Accepted   bool      // false: rejected by one side; nothing below counts
	Direction  Direction // of our side: what we may send and receive
	Codec      Codec     // to send with, under the peer's payload type
	Receive    []Codec   // what may arrive, under our payload types
	Events     *Codec    // telephone-event to send with (RFC 4733); nil: not agreed
	Encrypt    *Crypto   // our key, used for what we send; nil: plain RTP was agreed
	Decrypt    *Crypto   // the peer's key
	Remote     netip.AddrPort
	RemoteRTCP netip.AddrPort
	Mux        bool     // RTCP shares the path of RTP
	OnLink     bool     // packets travel on the link's own path
	ICE        ICE      // media-level credentials, or the session's
	Candidates []string // the peer's
	SSRC       []uint32 // the peer's, as announced
	CName      string
	PTime      int // ms the peer asks for; 0: not said
}

// Negotiator is the offer/answer state of one call. It is not safe for concurrent use.
type Negotiator struct{ profile Profile }

// NewNegotiator starts without a description. The id (o=) should be unlike those of other calls.
func NewNegotiator(p Profile, id uint64) *Negotiator { return &Negotiator{profile: p} }

// Offer writes an offer; the peer's answer goes to Answered, a refusal to Refused.
func (n *Negotiator) Offer(l Local) ([]byte, error) { return nil, errSyntax }

// Answered reads the answer to our last offer.
func (n *Negotiator) Answered(answer []byte) (*Agreement, error) { return nil, errSyntax }

// Refused forgets our last offer: the session goes on as before it.
func (n *Negotiator) Refused() {}

// Offered reads an offer of the peer without answering, to see what it wants; the plan has the choices Answer would
// make with l.
func (n *Negotiator) Offered(offer []byte, l Local) (*Agreement, error) { return nil, errSyntax }

// Answer writes the answer to an offer. Media we cannot take are refused with port 0; ErrNoCommon when that is all.
func (n *Negotiator) Answer(offer []byte, l Local) (answer []byte, a *Agreement, err error) {
	return nil, nil, errSyntax
}
