// SPDX-License-Identifier: GPL-3.0-or-later

// Package path is the seam between media and what carries it: a Path moves RTP and RTCP packets to
// one peer and back, as they are on the wire. A link between two Bellwires, a pair of ICE
// components towards a Jami and a UDP socket towards a PBX are all Paths.
package path

import "errors"

// ErrClosed is returned by writes to a Path after Close, or after what carries it ended.
var ErrClosed = errors.New("the media path is closed")

// MTU is the largest packet, in bytes, that a Path has to carry. What we send is far smaller;
// what arrives may be as large as the path makes it and is dropped beyond this.
const MTU = 1500

// Path carries the packets of one media stream. It knows nothing of encryption: packets are
// handed over and delivered as they are on the wire.
//
// The write methods are safe for concurrent use, do not keep p, and do not wait for the network:
// a packet that cannot be sent now is dropped, as UDP does.
type Path interface {
	// WriteRTP sends one RTP or SRTP packet.
	WriteRTP(p []byte) error
	// WriteRTCP sends one compound RTCP or SRTCP packet. Where RTP and RTCP share one flow
	// (RFC 5761), it is the same as WriteRTP.
	WriteRTCP(p []byte) error
	// Receive sets the handlers of incoming packets, replacing those set before; a nil handler
	// drops. Handlers run on the goroutine that reads, so they must not block; rtp and rtcp may
	// run at the same time as each other. p may be overwritten by the handler (decryption in
	// place) and is valid only during the call. After Receive(nil, nil) returns, handlers set
	// before may still be finishing a packet.
	Receive(rtp, rtcp func(p []byte))
	// Close ends the path; handlers are not called after it returned.
	Close() error
}
