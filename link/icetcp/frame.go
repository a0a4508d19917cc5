// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"encoding/binary"
	"io"

	"github.com/pion/stun/v4"
)

const (
	// frameHeader is the length before each frame (RFC 4571, section 2).
	frameHeader = 2
	// stunHeader is how long a STUN message is at least (RFC 8489, section 5).
	stunHeader = 20
	// maxCheck is the longest frame that is looked at as a STUN message. Checks have little more than
	// 100 bytes, and 700 with the longest credentials.
	maxCheck = 1280
)

// demux takes received bytes apart into STUN messages and data.
type demux struct {
	buf  []byte // at least frameHeader+maxCheck long
	r, w int    // buf[r:w] is received and not consumed
	left int    // bytes of the present data frame that are not consumed

	received int64 // by fill, in bytes
}

// part is what the next received bytes are.
type part int

const (
	incomplete part = iota // more bytes have to be received to tell
	message                // a whole STUN message
	data                   // bytes of the stream
)

// next returns what comes next without receiving. The bytes are valid until the next call of fill. A
// message is consumed, data has to be by take.
func (d *demux) next() (part, []byte) {
	for d.left == 0 {
		b := d.buf[d.r:d.w]
		if len(b) < frameHeader {
			return incomplete, nil
		}
		size := int(binary.BigEndian.Uint16(b))
		switch b = b[frameHeader:]; couldBeCheck(b, size) {
		case no:
			d.r += frameHeader
			d.left = size // 0 for an empty frame, which means nothing
		case unsure:
			return incomplete, nil
		case yes:
			// The capacity ends with the message, behind which STUN code may otherwise write.
			d.r += frameHeader + size
			return message, b[:size:size]
		}
	}
	if d.r == d.w {
		return incomplete, nil
	}
	return data, d.buf[d.r:min(d.w, d.r+d.left)]
}

// take consumes n bytes of data.
func (d *demux) take(n int) {
	d.r += n
	d.left -= n
}

// fill receives once.
func (d *demux) fill(from io.Reader) error {
	if d.r > 0 {
		d.w = copy(d.buf, d.buf[d.r:d.w])
		d.r = 0
	}
	n, err := from.Read(d.buf[d.w:])
	d.w += n
	d.received += int64(n)
	if n > 0 {
		return nil // an error comes again
	}
	return err
}

// direct receives data into b itself where that saves copying much. It reports whether it did.
func (d *demux) direct(from io.Reader, b []byte) (n int, done bool, err error) {
	b = b[:min(len(b), d.left)]
	if d.r < d.w || len(b) < len(d.buf)/4 {
		return 0, false, nil
	}
	n, err = from.Read(b)
	d.left -= n
	if n > 0 {
		err = nil // it comes again
	}
	return n, true, err
}

// empty reports whether everything received was consumed, up to the end of a frame.
func (d *demux) empty() bool { return d.r == d.w && d.left == 0 }

// grow makes the buffer at least this long.
func (d *demux) grow(size int) {
	if len(d.buf) < size {
		d.buf = append(d.buf, make([]byte, size-len(d.buf))...)
	}
}

type verdict int

const (
	no verdict = iota
	unsure
	yes
)

// couldBeCheck tells STUN from data by form alone: a Binding message whose length is that of the frame
// and which ends with the right FINGERPRINT (RFC 8489, section 7), as each message of ICE does. That is
// 112 bits which other data does not have by chance; a TLS record differs in its first byte already. b
// is the beginning of the frame, as far as received.
func couldBeCheck(b []byte, size int) verdict {
	const fingerprint = 8
	if size < stunHeader+fingerprint || size > maxCheck || size%4 != 0 {
		return no
	}
	b = b[:min(len(b), size)]
	if len(b) >= 1 && b[0] > 1 || // the types of Binding are 0x0001, 0x0011, 0x0101 and 0x0111
		len(b) >= 2 && b[1]&^0x10 != 1 ||
		len(b) >= 4 && int(binary.BigEndian.Uint16(b[2:])) != size-stunHeader ||
		len(b) >= 8 && binary.BigEndian.Uint32(b[4:]) != magicCookie {
		return no
	}
	if len(b) < size {
		return unsure
	}
	tail := b[size-fingerprint:]
	if binary.BigEndian.Uint16(tail) != uint16(stun.AttrFingerprint) || binary.BigEndian.Uint16(tail[2:]) != 4 ||
		binary.BigEndian.Uint32(tail[4:]) != stun.FingerprintValue(b[:size-fingerprint]) {
		return no
	}
	return yes
}

const magicCookie = 0x2112A442

// framed returns payload as one frame.
func framed(payload []byte) []byte {
	b := make([]byte, frameHeader, frameHeader+len(payload))
	binary.BigEndian.PutUint16(b, uint16(len(payload)))
	return append(b, payload...)
}
