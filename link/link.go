// SPDX-License-Identifier: GPL-3.0-or-later

package link

import (
	"context"
	"net"
	"time"

	"bellwire/identity"
)

// Peer is who the far end of a link is, as proved by the handshake.
type Peer struct {
	Account identity.AccountID
	Device  identity.DeviceID
	LongID  identity.LongID // of the device
	Chain   identity.Chain
}

// Link is one authenticated connection to one device. Its methods may be called from any goroutine.
type Link interface {
	// Peer is who proved to be at the far end.
	Peer() Peer
	// Open asks the far end for a stream of this name (at most [MaxName] bytes) and waits until it
	// is accepted. Errors: [ErrDeclined] when the far end refuses the name, [ErrClosed] when the
	// link ended, [ErrUnreachable] when no answer came in time.
	Open(ctx context.Context, name string) (net.Conn, error)
	// Accept returns the next stream the far end asks for. It must be called all the time:
	// requests nobody takes are declined once the backlog is full. Its error is [Link.Err] once
	// the link ended.
	Accept(ctx context.Context) (*Request, error)
	// Media returns the packet path that shares the link's own path (RFC 9443). It is false when
	// the carrier has none; a call then has to negotiate a path of its own.
	Media() (Media, bool)
	RemoteAddr() net.Addr
	LocalAddr() net.Addr
	// Probe asks the far end for a sign of life and returns nil when one came. It fails with the
	// context's error, or with [Link.Err] when the link ended.
	Probe(ctx context.Context) error
	// RTT is the smoothed round-trip time, zero while unknown.
	RTT() time.Duration
	// Done is closed when the link has ended, from either end or by silence.
	Done() <-chan struct{}
	// Err says why the link ended; nil before that.
	Err() error
	// Close ends the link and its streams and tells the far end. It returns when everything the
	// link ran has ended.
	Close() error
}

// MaxName is the longest name of a stream in bytes.
const MaxName = 255

// Media carries RTP and RTCP packets beside the streams of a link, unreliably and not encrypted by
// it: packets have to be SRTP. Nothing on its path takes a lock shared with other links or allocates.
type Media interface {
	// Write sends one packet whose first byte is 128 to 191 (RFC 7983), at most [MaxPacket] bytes.
	Write(p []byte) error
	// Route makes h receive the RTP packets of this SSRC and the RTCP packets whose sender has it.
	// h runs on the goroutine that reads from the network, so it must not block, and p is valid
	// during the call only. After remove returned, h is not called anew; one call may be under way.
	// A second route for an SSRC is refused with [ErrRouteTaken].
	Route(ssrc uint32, h func(p []byte)) (remove func(), err error)
}

// MaxPacket is the longest media packet in bytes: with IPv6 and UDP headers it still passes links
// with an MTU of 1280.
const MaxPacket = 1232

// Request is a stream the far end asks for. Exactly one of Accept and Decline has to be called.
type Request struct {
	Name   string
	Answer func(accept bool) (net.Conn, error) // provided by the carrier
}

// Accept opens the stream.
func (r *Request) Accept() (net.Conn, error) { return r.Answer(true) }

// Decline refuses the stream; the far end gets [ErrDeclined].
func (r *Request) Decline() { _, _ = r.Answer(false) }
