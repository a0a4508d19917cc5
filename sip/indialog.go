// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"context"
	"errors"
	"fmt"

	sipmsg "github.com/emiago/sipgo/sip"
)

// onRequest handles a request of the peer inside a dialog (RFC 3261 section 12.2.2).
func (s *Session) onRequest(t *serverTx) {
	d := s.dialogWith(t.in.fromTag())
	method := t.in.req.Method
	switch {
	case d == nil:
		_ = t.respond(481, "", nil, nil)
	case !d.inOrder(t.in.req.CSeq().SeqNo):
		_ = t.respond(500, "Out of Order", nil, nil)
	case s.phase == over && method == sipmsg.BYE: // it crossed ours
		s.onBye(t)
	case s.phase == over:
		_ = t.respond(481, "", nil, nil)
	case method == sipmsg.BYE:
		s.onBye(t)
	case method == sipmsg.INVITE || method == sipmsg.UPDATE:
		s.onReoffer(t, d)
	case method == sipmsg.OPTIONS:
		_ = t.respond(200, "", s.flow.capabilities(), nil)
	default:
		s.onInDialog(t)
	}
}

// dialogWith finds the dialog with a peer by its tag: the one of the session, or an early one.
func (s *Session) dialogWith(tag string) *dialog {
	if s.dialog != nil {
		if s.dialog.remoteTag == tag {
			return s.dialog
		}
		return nil
	}
	return s.early[tag]
}

// onInDialog passes an INFO or MESSAGE to the user.
func (s *Session) onInDialog(t *serverTx) {
	in := t.in
	e := &InDialog{
		Method: string(in.req.Method), ContentType: in.head.get("content-type"), Body: in.req.Body(), session: s, tx: t,
	}
	if len(s.asked) >= maxEvents || !s.emit(e) {
		_ = t.respond(503, "", retryAfter(1), nil)
		return
	}
	s.asked[t] = true
}

// Info sends an INFO (RFC 6086) and returns the status of the final response.
func (s *Session) Info(ctx context.Context, contentType string, body []byte) (status int, err error) {
	return s.send(ctx, sipmsg.INFO, contentType, body)
}

// Message sends a MESSAGE inside the session and returns the status of the final response.
func (s *Session) Message(ctx context.Context, contentType string, body []byte) (status int, err error) {
	return s.send(ctx, sipmsg.MESSAGE, contentType, body)
}

func (s *Session) send(ctx context.Context, method sipmsg.RequestMethod, contentType string, body []byte) (int, error) {
	if hasControl(contentType) || contentType == "" {
		return 0, fmt.Errorf("%w: the content type is empty or holds a control character", ErrInvalid)
	}
	res, err := s.exchange(ctx, method, contentType, body)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, nil
}

// exchange sends a request other than INVITE in the dialog and waits for its final response.
func (s *Session) exchange(ctx context.Context, method sipmsg.RequestMethod, contentType string, body []byte) (*sipmsg.Response, error) {
	var tx *sipmsg.ClientTx
	err := s.do(func() error {
		d := s.anyDialog()
		if d == nil || s.phase == over {
			return s.stateError()
		}
		o := d.request(method)
		o.contentType, o.body = contentType, body
		if method == sipmsg.UPDATE {
			o.contact = s.contact
		}
		var err error
		tx, err = s.flow.start(s.flow.build(o))
		return err
	})
	if err != nil {
		return nil, err
	}
	res, err := s.flow.await(ctx, tx, s.ended)
	switch {
	case err == nil:
		s.post(func() { s.onRefused(method, res.StatusCode) })
	case errors.Is(err, ErrTimeout):
		s.post(func() { s.onRefused(method, 408) })
	}
	return res, err
}

// anyDialog returns the dialog, or before the answer an early one.
func (s *Session) anyDialog() *dialog {
	if s.dialog != nil {
		return s.dialog
	}
	for _, d := range s.early {
		return d
	}
	return nil
}

// onRefused ends the session when a response says that the peer no longer knows it (RFC 3261 section 12.2.1.2).
func (s *Session) onRefused(method sipmsg.RequestMethod, code int) {
	if code != 481 && code != 408 || s.phase != confirmed {
		return
	}
	if code == 408 {
		s.sendBye(s.dialog, Reason{Cause: 408, Text: string(method) + " timed out"})
	}
	s.end(Ended{Code: code, Phrase: phrases[code], Local: true, Err: &StatusError{code, phrases[code]}})
}
