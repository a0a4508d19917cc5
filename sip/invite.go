// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// clientInvite is an INVITE of ours, the first or a later one, until its final response.
type clientInvite struct {
	tx          *sipmsg.ClientTx
	req         *sipmsg.Request
	seq         uint32
	offered     bool // it carried an offer, so the ACK carries nothing
	provisional bool // a provisional response came: a CANCEL may follow
	cancelled   bool // the user gave up
	why         Reason
	cancelSent  bool
	result      chan<- reinvited // of a re-INVITE; nil for the first
}

// Invite sends an INVITE and returns at once; Responses and Events of the session tell what becomes of it. The
// context bounds the sending alone: the call rings until it is cancelled.
func (f *Flow) Invite(ctx context.Context, in Invite) (*Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r, err := f.complete(Request(in), sdpType)
	if err != nil {
		return nil, err
	}
	s := newSession(f, true)
	s.callID, s.localTag = longToken(), token()
	s.local, s.remote, s.offer = r.From, r.To, r.Body
	s.contact, s.target = r.Contact.String(), r.Target.sipmsgURI()
	req := f.build(outbound{
		method: sipmsg.INVITE, target: s.target, contact: s.contact,
		from: r.From.String() + ";tag=" + s.localTag, to: r.To.String(), callID: s.callID, cseq: 1,
		headers: r.Headers, contentType: r.ContentType, body: r.Body,
	})
	for _, h := range req.Headers() {
		s.fields = append(s.fields, field{longName(h.Name()), h.Value()})
	}
	if err := f.addSession(s); err != nil {
		return nil, err
	}
	tx, err := f.start(req)
	if err == nil {
		s.invite = &clientInvite{tx: tx, req: req, seq: 1, offered: len(r.Body) > 0}
		if f.spawn(s.loop) {
			return s, nil
		}
		err = f.Err()
	}
	s.leave()
	return nil, err
}

// complete checks a request of the caller's and fills in what it leaves to us.
func (f *Flow) complete(r Request, contentType string) (Request, error) {
	if r.Target == (URI{}) {
		r.Target = URI{Scheme: "sips", Host: "bellwire.invalid", Params: "transport=tls"}
		if f.remote.IsValid() {
			r.Target.Host, r.Target.Port = f.remote.Addr().String(), int(f.remote.Port())
		}
	}
	if r.Contact == (Address{}) {
		r.Contact = f.contact(r.From.URI.User, r.From.Name)
	}
	if r.ContentType == "" {
		r.ContentType = contentType
	}
	for what, a := range map[string]Address{"target": {URI: r.Target}, "From": r.From, "To": r.To, "Contact": r.Contact} {
		if err := a.check(what); err != nil {
			return r, err
		}
	}
	if hasControl(r.ContentType) {
		return r, fmt.Errorf("%w: the content type holds a control character", ErrInvalid)
	}
	return r, checkHeaders(r.Headers, "")
}

// contact is where in-dialog requests reach us: what the configuration says, at our end of the flow.
func (f *Flow) contact(user, name string) Address {
	c := f.ua.cfg.Contact
	if c == (Address{}) {
		c = Address{Name: name, URI: URI{User: user}}
	}
	if c.URI.Host == "" {
		c.URI.Scheme, c.URI.Params = "sips", "transport=tls"
		c.URI.Host, c.URI.Port = splitHostPort(f.sentBy)
	}
	return c
}

// onResponse handles a response to our INVITE that the state machine hands over: provisional ones and refusals.
func (s *Session) onResponse(res *sipmsg.Response) {
	inv := s.invite
	if res.IsProvisional() {
		inv.provisional = true
		if inv.cancelled && !inv.cancelSent {
			s.sendCancel()
		}
		if inv.result == nil {
			s.earlyDialog(res)
			s.deliver(responseOf(res))
		}
		return
	}
	s.invite = nil
	s.alarms.stop(alarmCancel)
	if inv.result != nil {
		inv.result <- reinvited{res: res}
		s.onRefused(sipmsg.INVITE, res.StatusCode)
		s.settle()
		return
	}
	s.deliver(responseOf(res))
	s.end(Ended{
		Code: res.StatusCode, Phrase: res.Reason, Reason: parseReason(valuesOf(res, "reason")), Local: inv.cancelled,
	})
}

// onNoAnswer handles an INVITE that nobody answered in time, or a cancelled one that nobody ended.
func (s *Session) onNoAnswer() {
	inv := s.invite
	if inv == nil {
		return
	}
	err := s.flow.txError(inv.tx)
	s.dropInvite()
	switch {
	case inv.result != nil:
		inv.result <- reinvited{err: err}
		s.onRefused(sipmsg.INVITE, 408)
	case inv.cancelled:
		s.end(Ended{Code: 487, Phrase: phrases[487], Reason: inv.why, Local: true})
	default:
		s.end(Ended{Code: 408, Phrase: phrases[408], Local: true, Err: err})
	}
	s.settle()
}

// dropInvite forgets our INVITE without waiting for its answer.
func (s *Session) dropInvite() {
	if s.invite != nil {
		s.invite.tx.Terminate()
		s.invite = nil
	}
	s.alarms.stop(alarmCancel)
}

// earlyDialog creates or refreshes the early dialog of a provisional response (RFC 3261 section 12.1.2).
func (s *Session) earlyDialog(res *sipmsg.Response) {
	tag := tagOf(res.To().Params)
	if tag == "" || res.StatusCode == 100 || s.dialog != nil {
		return
	}
	d := s.early[tag]
	if d == nil {
		if len(s.early) == maxForks {
			return
		}
		d = s.newDialog(res, tag)
		s.early[tag] = d
	}
	d.refresh(res)
}

// newDialog makes the dialog with one of those who answered our INVITE.
func (s *Session) newDialog(res *sipmsg.Response, tag string) *dialog {
	h := head{fields: s.fields}
	d := &dialog{
		callID: s.callID, remoteTag: tag, local: h.get("from"), remote: h.get("to") + ";tag=" + tag,
		target: *s.target.Clone(), localSeq: 1,
	}
	for _, route := range routesOf(res) {
		d.routes = append([]string{route}, d.routes...)
	}
	d.refresh(res)
	return d
}

// deliver queues a response for the user; the final one closes the queue.
func (s *Session) deliver(r Response) {
	if !s.outgoing || s.told {
		return
	}
	if r.Code >= 200 {
		s.told = true
		s.responses <- r
		close(s.responses)
	} else if len(s.responses) < maxResponses {
		s.responses <- r
	}
}

func responseOf(res *sipmsg.Response) Response {
	r := Response{Code: res.StatusCode, Phrase: res.Reason, Tag: tagOf(res.To().Params), Body: res.Body(), msg: res}
	if ct := res.ContentType(); ct != nil {
		r.ContentType = ct.Value()
	}
	return r
}

// splitHostPort splits a sent-by, whose port may be missing.
func splitHostPort(sentBy string) (host string, port int) {
	if host, digits, err := net.SplitHostPort(sentBy); err == nil {
		port, _ = strconv.Atoi(digits)
		return host, port
	}
	return strings.Trim(sentBy, "[]"), 0
}
