// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"bellwire/call"
	"bellwire/link"
	"bellwire/sip"
)

// plainText is the only kind of text that is sent and shown.
const plainText = "text/plain"

// textOver sends a text over a connection: as a SIP MESSAGE (RFC 3428), which all versions of Jami take
// and acknowledge, or, where that is not wanted, over the channel of today's Jami, which has taken what
// could be written.
func (l *Line) textOver(ctx context.Context, connection link.Link, t call.Text) error {
	status, err := l.sendMessage(ctx, connection, t)
	switch {
	case errors.Is(err, link.ErrDeclined), err == nil && mayTakeChannel(status):
	case err != nil:
		return connectError(ctx, err)
	default:
		return refusal(status)
	}
	err = l.sendMsg(ctx, connection, msg{id: t.ID, kind: plainText, content: t.Body})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, link.ErrDeclined) && status != 0:
		return refusal(status)
	}
	return connectError(ctx, err)
}

// sendMessage sends a text as a MESSAGE and returns the status of the answer.
func (l *Line) sendMessage(ctx context.Context, connection link.Link, t call.Text) (status int, err error) {
	flow, err := l.flowTo(ctx, connection)
	if err != nil {
		return 0, err
	}
	r := l.request(connection.Peer(), connection.RemoteAddr(), "")
	r.Headers = []sip.Header{
		{Name: "Date", Value: time.Now().UTC().Format(http.TimeFormat)},
		{Name: messageID, Value: fmt.Sprintf("%016x", t.ID)},
	}
	r.ContentType, r.Body = plainText, []byte(t.Body)
	return flow.Message(ctx, r)
}

// mayTakeChannel reports whether somebody who refused a MESSAGE may take the text in another way:
// unless it is the sender who is refused, or the moment.
func mayTakeChannel(status int) bool {
	switch status {
	case statusForbidden, 404, statusNotNow:
		return false
	}
	return status >= 300
}

// refusal returns the error of a final status, nil for success.
func refusal(status int) error {
	if status < 300 {
		return nil
	}
	reason := call.Failed
	switch status {
	case statusForbidden:
		reason = call.Declined
	case 404:
		reason = call.NotFound
	case statusNotNow:
		reason = call.Busy
	}
	return &call.Error{Reason: reason, Code: status}
}
