// SPDX-License-Identifier: GPL-3.0-or-later

package wire

import (
	"encoding/binary"
	"math"

	"bellwire/internal/msgpack"

	"github.com/tinylib/msgp/msgp"
)

const maxAgentLen = 16

// Parse reads one datagram. The byte slices of the message are parts of b. The error is ErrMalformed,
// ErrNoID or ErrUnknownRequest.
func Parse(b []byte) (Message, error) {
	var m Message
	err := m.Unmarshal(b)
	return m, err
}

// Unmarshal is Parse into an existing message, whose slices are used again so that nothing is
// allocated for most messages. After an error the contents of m are undefined.
func (m *Message) Unmarshal(b []byte) error {
	m.reset()
	top, err := m.parseTop(b)
	if err != nil {
		return err
	}
	if m.Kind, err = top.kind(); err != nil {
		return err
	}
	if m.Kind == ValueData {
		return m.parseParts(top.data)
	}
	if m.Kind == Error {
		if err := m.parseError(top.err); err != nil {
			return err
		}
	}
	return m.parseBody(top.body(m.Kind))
}

// reset empties m and keeps the memory of its slices.
func (m *Message) reset() {
	*m = Message{
		Query:     Query{Where: m.Query.Where[:0]},
		Values:    m.Values[:0],
		Sizes:     m.Sizes[:0],
		Rows:      m.Rows[:0],
		Refreshed: m.Refreshed[:0],
		Expired:   m.Expired[:0],
		Parts:     m.Parts[:0],
	}
}

// envelope holds the encoded parts of the top-level map; which are there decides the kind.
type envelope struct {
	err, reply, data, update, args []byte
	y, q                           []byte
}

func (m *Message) parseTop(b []byte) (env envelope, err error) {
	r := msgpack.NewReader(b)
	hasTID := false
	for range r.Map() {
		switch string(r.Key()) {
		case "e":
			env.err = r.Raw()
		case "r":
			env.reply = r.Raw()
		case "p":
			env.data = r.Raw()
		case "u":
			env.update = r.Raw()
		case "a":
			env.args = r.Raw()
		case "y":
			env.y = r.Bytes()
		case "q":
			env.q = r.Bytes()
		case "t":
			m.TID, hasTID = readTID(&r), true
		case "n":
			m.Network = uint32(r.Uint(math.MaxUint32))
		case "s":
			m.Client = r.Bool()
		case "v":
			m.Agent = agentName(r.Bytes())
		default:
			r.Skip()
		}
	}
	if r.Err() != nil || !hasTID {
		return env, ErrMalformed
	}
	return env, nil
}

// readTID reads a transaction id: an integer or, from old peers, four big-endian bytes.
func readTID(r *msgpack.Reader) uint32 {
	switch r.Type() {
	case msgp.StrType, msgp.BinType:
		b := r.Bytes()
		if len(b) != 4 {
			r.Fail()
			return 0
		}
		return binary.BigEndian.Uint32(b)
	}
	return uint32(r.Uint(math.MaxUint32))
}

// agentName makes a string of the usual names without allocating.
func agentName(b []byte) string {
	switch string(b) {
	case "RNG1":
		return "RNG1"
	case "o2":
		return "o2"
	case Agent:
		return Agent
	}
	return string(b[:min(len(b), maxAgentLen)])
}

func (env *envelope) kind() (Kind, error) {
	switch {
	case env.err != nil:
		return Error, nil
	case env.reply != nil:
		return Reply, nil
	case env.data != nil:
		return ValueData, nil
	case env.update != nil:
		return OldUpdate, nil
	case string(env.y) != "q" || env.args == nil:
		return 0, ErrMalformed
	}
	for k := Ping; k <= Update; k++ {
		if kindNames[k] == string(env.q) {
			return k, nil
		}
	}
	return 0, ErrUnknownRequest
}

// body returns the map with the arguments or results of a kind. An error without one has an empty map.
func (env *envelope) body(k Kind) []byte {
	switch k {
	case Error, Reply:
		return env.reply
	case OldUpdate:
		return env.update
	}
	return env.args
}

func (m *Message) parseError(b []byte) error {
	r := msgpack.NewReader(b)
	n := r.Array()
	if n < 2 {
		return ErrMalformed
	}
	m.Code = ErrorCode(r.Uint(math.MaxUint16))
	text := r.Bytes()
	m.Text = string(text[:min(len(text), maxErrorTextLength)])
	if r.Err() != nil {
		return ErrMalformed
	}
	return nil
}

func (m *Message) parseParts(b []byte) error {
	r := msgpack.NewReader(b)
	for range r.Map() {
		part := Part{Index: uint32(r.Uint(math.MaxUint32))}
		for range r.Map() {
			switch string(r.Key()) {
			case "o":
				part.Offset = uint32(r.Uint(math.MaxUint32))
			case "d":
				part.Data = r.Bytes()
			default:
				r.Skip()
			}
		}
		m.Parts = append(m.Parts, part)
	}
	if r.Err() != nil {
		return ErrMalformed
	}
	return nil
}
