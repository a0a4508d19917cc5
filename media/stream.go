// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"bellwire/media/codec"
	"bellwire/media/srtp"
)

// Stream is the outcome of one offer and answer (RFC 3264) for one audio stream.
type Stream struct {
	Codec     codec.Codec
	SendPT    uint8 // payload type the peer wants for Codec
	ReceivePT uint8 // payload type we announced for Codec

	// Others are further codecs that the peer may change to without asking (RFC 3264 7), by the
	// payload types we announced; four are the most.
	Others []Format

	DigitsSendPT, DigitsReceivePT uint8 // telephone-event; 0 where it was not negotiated
	DigitsClock                   int   // its clock rate, in Hz; 0 is 8000

	Suite     srtp.Suite // required; srtp.Plain must be said in so many words
	LocalKey  srtp.Key   // of our own a=crypto line: protects what we send
	RemoteKey srtp.Key   // of the peer's line: protects what it sends
	PlainRTCP bool       // RTCP is not encrypted although RTP is, as Jami does
	// Tentative says of changed keys that the far end may go on with the former ones, whatever it
	// wrote: both are taken, and ours changes when the far end is heard under its new one.
	Tentative bool

	Send, Receive bool // our direction: both for sendrecv, none for inactive
}

// Format is a codec under a payload type.
type Format struct {
	Codec codec.Codec
	PT    uint8
}

const (
	maxOthers = 4
	maxPT     = 127
)

// check refuses what no negotiation can mean.
func (st *Stream) check() error {
	if len(st.Others) > maxOthers {
		return fmt.Errorf("%d more codecs in one stream: %d are the most", len(st.Others), maxOthers)
	}
	for _, f := range st.formats() {
		if f.Codec.NewEncoder == nil || f.Codec.NewDecoder == nil || f.Codec.SamplesPerFrame() == 0 || f.Codec.ClockRate < 8000 {
			return errors.New("the stream has no codec")
		}
		if f.PT > maxPT {
			return fmt.Errorf("payload type %d does not exist", f.PT)
		}
	}
	if max(st.SendPT, st.DigitsSendPT, st.DigitsReceivePT) > maxPT {
		return errors.New("payload types beyond 127 do not exist")
	}
	if st.Suite == 0 {
		return errors.New("the stream has no SRTP suite; plain RTP has to be asked for")
	}
	return nil
}

// formats are all the codecs that may arrive, that of the stream first.
func (st *Stream) formats() []Format {
	return append([]Format{{st.Codec, st.ReceivePT}}, st.Others...)
}

func (st *Stream) digitsClock() int {
	if st.DigitsClock > 0 {
		return st.DigitsClock
	}
	return 8000
}

// NewSSRC returns a random synchronisation source identifier, never zero.
func NewSSRC() uint32 {
	for {
		if ssrc := random32(); ssrc != 0 {
			return ssrc
		}
	}
}

func random32() uint32 {
	var b [4]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return binary.BigEndian.Uint32(b[:])
}
