// SPDX-License-Identifier: GPL-3.0-or-later

package value

import (
	"fmt"
	"math"
	"time"

	"bellwire/internal/msgpack"

	"github.com/tinylib/msgp/msgp"
)

// TrustService is the service Jami's contact requests name.
const TrustService = "cx.ring"

// TrustRequest is the data of a contact request or of its confirmation: {"service": str,
// "conversationId": str, "payload": bin, "confirm": bool, "invitedMs": int}. The last was added in
// 2026; unknown keys are ignored.
type TrustRequest struct {
	Service      string
	Conversation string
	// Payload is a vCard; keep it under 64,000 bytes.
	Payload []byte
	Confirm bool
	// Invited is when the request was made, to the millisecond; zero in a confirmation.
	Invited time.Time
}

// Append appends the data of the value. The payload is bin even when empty, for Jami drops the whole
// value otherwise.
func (t TrustRequest) Append(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 5)
	b = t.appendCommon(b)
	b = msgp.AppendString(b, "invitedMs")
	if t.Invited.IsZero() {
		return msgp.AppendUint64(b, 0)
	}
	return msgpack.AppendInt(b, t.Invited.UnixMilli())
}

func (t TrustRequest) appendCommon(b []byte) []byte {
	b = msgp.AppendString(b, "service")
	b = msgp.AppendString(b, t.Service)
	b = msgp.AppendString(b, "conversationId")
	b = msgp.AppendString(b, t.Conversation)
	b = msgp.AppendString(b, "payload")
	b = msgp.AppendBytes(b, t.Payload)
	b = msgp.AppendString(b, "confirm")
	return msgp.AppendBool(b, t.Confirm)
}

// maxMillis keeps times within what time.Time can show as a date of four digits.
const maxMillis = 253402300799999

// ParseTrustRequest reads the data of a trust request. The payload is a part of b.
func ParseTrustRequest(b []byte) (t TrustRequest, err error) {
	r := msgpack.NewReader(b)
	for range r.Map() {
		switch string(r.Key()) {
		case "service":
			t.Service = string(r.Text())
		case "conversationId":
			t.Conversation = string(r.Text())
		case "payload":
			t.Payload = r.Bytes()
		case "confirm":
			t.Confirm = r.Bool()
		case "invitedMs":
			if ms := r.Uint(math.MaxUint64); ms > 0 && ms <= maxMillis {
				t.Invited = time.UnixMilli(int64(ms))
			}
		default:
			r.Skip()
		}
	}
	if r.Err() != nil {
		return TrustRequest{}, fmt.Errorf("a trust request: %w", ErrMalformed)
	}
	return t, nil
}
