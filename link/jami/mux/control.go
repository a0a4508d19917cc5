// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import (
	"math"

	"github.com/tinylib/msgp/msgp"

	"bellwire/internal/msgpack"
)

// state is the third element of a control message.
type state uint64

const (
	request  state = 0
	accepted state = 1
	declined state = 2
)

// control is one message of the control channel.
type control struct {
	name    []byte // part of what was read
	channel uint16
	state   state
}

// appendControl appends a control message as a frame.
func appendControl(b []byte, c control) []byte { return appendFrame(b, controlChannel, c.message()) }

func (c control) message() []byte {
	m := msgp.AppendArrayHeader(nil, 3)
	m = msgp.AppendStringFromBytes(m, c.name)
	m = msgp.AppendUint64(m, uint64(c.channel))
	return msgp.AppendUint64(m, uint64(c.state))
}

// readControl reads the messages of one frame, of which there may be several, one after the other.
// It skips objects that are no control messages, and elements behind the third. False when the
// bytes are not MessagePack.
func readControl(payload []byte, each func(control)) bool {
	r := msgpack.NewReader(payload)
	for r.Err() == nil && len(r.Left()) > 0 {
		if r.Type() != msgp.ArrayType {
			r.Skip()
			continue
		}
		n := r.Array()
		if n < 3 {
			for range n {
				r.Skip()
			}
			continue
		}
		c := control{
			name:    r.Bytes(),
			channel: uint16(r.Uint(math.MaxUint16)),
			state:   state(r.Uint(math.MaxUint64)),
		}
		for range n - 3 {
			r.Skip()
		}
		if r.Err() == nil {
			each(c)
		}
	}
	return r.Err() == nil
}
