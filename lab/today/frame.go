// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/tinylib/msgp/msgp"

	"bellwire/internal/msgpack"
)

// Channels with a meaning of their own.
const (
	controlChannel  = 0
	protocolChannel = 65535
)

// States of a control message.
const (
	asking   = 0
	accepted = 1
	declined = 2
)

const (
	maxPayload = 65535
	// twoWrites is the length of a payload from which on the daemon writes header and payload apart.
	twoWrites = 8192
)

// frameHeader is what precedes a payload.
func frameHeader(channel uint16, length int) []byte {
	b := msgp.AppendArrayHeader(nil, 2)
	b = msgp.AppendUint64(b, uint64(channel))
	if length < 256 {
		return append(b, 0xc4, byte(length))
	}
	return binary.BigEndian.AppendUint16(append(b, 0xc5), uint16(length))
}

// readFrame reads a frame in the form of the recordings, the shortest there is.
func readFrame(r *bufio.Reader) (channel uint16, payload []byte, err error) {
	if b, err := r.ReadByte(); err != nil || b != 0x92 {
		return 0, nil, frameError(err, "begins with", b)
	}
	number, err := readNumber(r)
	if err != nil {
		return 0, nil, err
	}
	kind, err := r.ReadByte()
	if err != nil || kind != 0xc4 && kind != 0xc5 {
		return 0, nil, frameError(err, "has a payload of type", kind)
	}
	size := make([]byte, 1+int(kind&1))
	if _, err := io.ReadFull(r, size); err != nil {
		return 0, nil, err
	}
	length := 0
	for _, b := range size {
		length = length<<8 | int(b)
	}
	payload = make([]byte, length)
	_, err = io.ReadFull(r, payload)
	return number, payload, err
}

func readNumber(r *bufio.Reader) (uint16, error) {
	b, err := r.ReadByte()
	switch {
	case err != nil:
		return 0, err
	case b < 0x80:
		return uint16(b), nil
	case b != 0xcc && b != 0xcd:
		return 0, frameError(nil, "has a channel of type", b)
	}
	number := make([]byte, 1+int(b&1))
	if _, err := io.ReadFull(r, number); err != nil {
		return 0, err
	}
	if len(number) == 1 {
		return uint16(number[0]), nil
	}
	return binary.BigEndian.Uint16(number), nil
}

func frameError(err error, what string, b byte) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("a frame that %s %02x", what, b)
}

// control is one message of the control channel.
type control struct {
	name   string
	number uint16
	state  uint64
}

func (c control) append(b []byte) []byte {
	b = msgp.AppendArrayHeader(b, 3)
	b = msgp.AppendString(b, c.name)
	b = msgp.AppendUint64(b, uint64(c.number))
	return msgp.AppendUint64(b, c.state)
}

// parseControls reads the messages of one frame; a fourth element is ignored.
func parseControls(payload []byte) (all []control, err error) {
	r := msgpack.NewReader(payload)
	for r.Err() == nil && len(r.Left()) > 0 {
		n := r.Array()
		c := control{name: string(r.Text()), number: uint16(r.Uint(protocolChannel)), state: r.Uint(declined)}
		for range n - 3 {
			r.Skip()
		}
		all = append(all, c)
	}
	if r.Err() != nil {
		return nil, fmt.Errorf("a control message that is none: %x", payload)
	}
	return all, nil
}

// The messages of the protocol channel.
var (
	version      = []byte("\x81\xa1v\x01")
	beacon       = []byte("\x81\xa1p\xc3")
	beaconAnswer = []byte("\x81\xa1p\xc2")
)
