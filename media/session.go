// SPDX-License-Identifier: GPL-3.0-or-later

// Package media moves the sound of one call: samples to packets and back. A Session joins a Path,
// the SRTP keys, a codec, the jitter buffer, a source and a sink, and reports what it measured.
// It knows nothing of SIP dialogs or of who is calling.
package media

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	"time"

	"bellwire/media/audio"
	"bellwire/media/codec"
	"bellwire/media/path"
	"bellwire/media/rtp"
	"bellwire/media/srtp"
)

// ErrClosed is returned by methods of a Session after Close.
var ErrClosed = errors.New("the media session is closed")

// Config is what a Session needs for its whole life.
type Config struct {
	Path   path.Path    // required; the Session closes it
	Stream Stream       // what was negotiated, until Update
	Source audio.Source // what is sent; nil is silence
	Sink   audio.Sink   // what is heard goes there; nil discards it
	SSRC   uint32       // ours, as announced in SDP; 0 chooses a random one
	CNAME  string       // canonical name in RTCP (RFC 7022); empty chooses a random one
	Log    *slog.Logger // nil discards
}

// Stream is the outcome of one offer and answer (RFC 3264) for one audio stream.
type Stream struct {
	Codec                         codec.Codec
	SendPT                        uint8 // payload type the peer wants for Codec
	ReceivePT                     uint8 // payload type we announced for Codec
	DigitsSendPT, DigitsReceivePT uint8 // telephone-event; 0 where it was not negotiated

	Suite     srtp.Suite // required; srtp.Plain must be said in so many words
	LocalKey  srtp.Key   // of our own a=crypto line: protects what we send
	RemoteKey srtp.Key   // of the peer's line: protects what it sends
	PlainRTCP bool       // RTCP is not encrypted although RTP is, as Jami does

	Send, Receive bool // our direction: both for sendrecv, none for inactive
}

// NewSSRC returns a random synchronisation source identifier, never zero.
func NewSSRC() uint32 {
	var b [4]byte
	for {
		rand.Read(b[:]) // never fails (crypto/rand)
		if ssrc := binary.BigEndian.Uint32(b[:]); ssrc != 0 {
			return ssrc
		}
	}
}

// Session is the sound of one call. Its methods are safe for concurrent use.
type Session struct {
	cfg Config
}

// Start begins to send and to receive at once.
func Start(cfg Config) (*Session, error) { return &Session{cfg: cfg}, nil }

// Update applies the outcome of a re-INVITE: new keys, directions or codec. The RTP stream goes
// on with its SSRC and sequence numbers; a key that did not change keeps its SRTP state.
func (s *Session) Update(stream Stream) error { return nil }

// SetSource replaces what is sent; nil is silence. The former source is not read after it returned.
func (s *Session) SetSource(source audio.Source) {}

// SetSink replaces where received sound goes; nil discards it. The former sink is not written to
// after it returned.
func (s *Session) SetSink(sink audio.Sink) {}

// Mute sends silence in place of the source, which goes on being read.
func (s *Session) Mute(on bool) {}

// SendDigits sends the keys 0-9 * # A-D one after the other, 100 ms each with pauses of 100 ms,
// and returns when the last one was sent.
func (s *Session) SendDigits(ctx context.Context, keys string) error { return nil }

// Digits returns the keys the far end presses, in order and each once. When nobody reads, the
// oldest are dropped beyond a bound. It is closed by Close.
func (s *Session) Digits() <-chan rtp.Digit { return nil }

// Stats returns the figures as they are now; after Close, those of the whole call.
func (s *Session) Stats() Stats { return Stats{} }

// Close stops both directions, says goodbye in RTCP, closes the path and returns when its
// goroutine has ended. The source and the sink stay open: they are the caller's.
func (s *Session) Close() error { return nil }

// Stats are the figures of a call.
type Stats struct {
	Codec       string        // encoding name and clock rate as in SDP, for example "opus/48000"
	SRTP        string        // SRTP profile, "none" for plain RTP
	Sent        uint64        // RTP packets
	Received    uint64        // RTP packets that were authentic and part of the stream
	Refused     uint64        // packets that failed authentication, were replayed or malformed
	Lost        uint64        // packets that never came (RFC 3550 A.3)
	Late        uint64        // packets that came after their place had been played
	Jitter      time.Duration // interarrival jitter (RFC 3550 A.8)
	RTT         time.Duration // round trip by RTCP; 0 when not known
	BufferDelay time.Duration // present delay of the jitter buffer
	Concealed   time.Duration // sound made up in place of lost packets
	RemoteLost  uint64        // packets of ours the far end reports lost
	FirstPacket time.Time     // when the first authentic RTP packet came; zero before
}
