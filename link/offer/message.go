// SPDX-License-Identifier: GPL-3.0-or-later

package offer

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tinylib/msgp/msgp"

	"bellwire/internal/msgpack"
	"bellwire/link"
	"bellwire/link/ice"
)

// errMalformed is wrapped when the data of a value is no connection request.
var errMalformed = errors.New("not a connection request")

// version is that of the map under "bw".
const version = 1

// maxPurpose bounds the reason a peer gives. Jami's longest names a conversation and has 69 bytes.
const maxPurpose = 256

// maxTime is the last moment of the year 9999, in milliseconds since 1970.
const maxTime = 253402300799999

// message is the data of a connection request or of the answer to one.
type message struct {
	id      uint64
	answer  bool
	purpose string
	made    time.Time // only in our own part; zero when absent
	halves  link.Halves
}

// append appends the fields in Jami's order and then our own.
func (m message) append(b []byte) []byte {
	quic, ours := m.halves[link.QUIC]
	fields := uint32(4)
	if ours {
		fields++
	}
	b = msgp.AppendMapHeader(b, fields)
	b = msgp.AppendString(b, "id")
	b = msgp.AppendUint64(b, m.id)
	b = msgp.AppendString(b, "ice_msg")
	b = msgp.AppendStringFromBytes(b, ice.AppendText(nil, m.jami()))
	b = msgp.AppendString(b, "isAnswer")
	b = msgp.AppendBool(b, m.answer)
	b = msgp.AppendString(b, "connType")
	b = msgp.AppendString(b, m.purpose)
	if ours {
		b = msgp.AppendString(b, "bw")
		b = m.appendOwn(b, quic)
	}
	return b
}

// jami returns what goes into ice_msg. A device without a carrier for Jami offers no candidates
// there, which makes Jami give up at once.
func (m message) jami() ice.Description {
	if d, ok := m.halves[link.Jami]; ok {
		return d
	}
	d := m.halves[link.QUIC]
	d.Candidates = nil
	return d
}

// appendOwn appends what only a Bellwire reads. An answer has no time.
func (m message) appendOwn(b []byte, d ice.Description) []byte {
	fields := uint32(4)
	if !m.made.IsZero() {
		fields++
	}
	b = msgp.AppendMapHeader(b, fields)
	b = msgp.AppendString(b, "v")
	b = msgp.AppendUint64(b, version)
	b = msgp.AppendString(b, "u")
	b = msgp.AppendString(b, d.Ufrag)
	b = msgp.AppendString(b, "p")
	b = msgp.AppendString(b, d.Pwd)
	b = msgp.AppendString(b, "c")
	b = msgp.AppendBytes(b, appendCandidates(nil, d.Candidates))
	if !m.made.IsZero() {
		b = msgp.AppendString(b, "t")
		b = msgp.AppendUint64(b, uint64(max(0, m.made.UnixMilli())))
	}
	return b
}

// parse reads the data of a value. Halves that make no sense are left out.
func parse(b []byte) (message, error) {
	m := message{halves: link.Halves{}}
	r := msgpack.NewReader(b)
	for range r.Map() {
		switch string(r.Key()) {
		case "id":
			m.id = r.Uint(math.MaxUint64)
		case "ice_msg":
			if d, err := ice.ParseText(string(r.Text())); err == nil && len(d.Candidates) > 0 {
				m.halves[link.Jami] = d
			}
		case "isAnswer":
			m.answer = r.Bool()
		case "connType":
			if why := r.Text(); len(why) <= maxPurpose {
				m.purpose = string(why)
			}
		case "bw":
			if d, made, ok := parseOwn(&r); ok {
				m.halves[link.QUIC], m.made = d, made
			}
		default:
			r.Skip()
		}
	}
	if r.Err() != nil || m.id == 0 {
		return message{}, fmt.Errorf("%w: %d bytes", errMalformed, len(b))
	}
	return m, nil
}

// parseOwn reads the map under "bw"; false when it is of another version or makes no sense.
func parseOwn(r *msgpack.Reader) (d ice.Description, made time.Time, ok bool) {
	known := false
	for range r.Map() {
		switch string(r.Key()) {
		case "v":
			known = r.Uint(math.MaxUint64) == version
		case "u":
			d.Ufrag = string(r.Text())
		case "p":
			d.Pwd = string(r.Text())
		case "c":
			d.Candidates = parseCandidates(r.Bytes())
		case "t":
			made = time.UnixMilli(int64(r.Uint(maxTime)))
		default:
			r.Skip()
		}
	}
	return d, made, known && r.Err() == nil && d.Check() == nil
}
