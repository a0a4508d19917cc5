// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"errors"
	"fmt"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// maxEcho is how many bytes of a request may have to be repeated in its responses; real ones need some hundred.
const maxEcho = 4096

var (
	errParse = errors.New("the message cannot be parsed")
	errEcho  = errors.New("the fields that a response repeats exceed 4 KiB")
)

// inbound is one message received; either req or res is set.
type inbound struct {
	head  head
	via   via
	viaOK bool
	req   *sipmsg.Request
	res   *sipmsg.Response
}

// newParser returns a sipgo parser that looks at no more fields than are used from it.
func newParser() *sipmsg.Parser {
	fields := sipmsg.HeadersParser{}
	for name, parse := range sipmsg.DefaultHeadersParser() {
		switch longName(name) {
		case "from", "to", "contact", "call-id", "cseq", "record-route", "content-type", "content-length":
			fields[name] = parse
		}
	}
	return sipmsg.NewParser(sipmsg.WithHeadersParsers(fields))
}

// parseInbound reads a message that stream cut out. A request that can be understood far enough to be answered, but no
// further, comes with a refusal; the head is set whenever it could be split.
func parseInbound(parser *sipmsg.Parser, b []byte, headLen int) (*inbound, *refusal, error) {
	h, err := parseHead(b[:headLen])
	in := &inbound{head: h}
	in.via, in.viaOK = parseVia(h.get("via"))
	if err != nil {
		return in, &refusal{code: 400, phrase: "Bad Header"}, err
	}
	if h.echo() > maxEcho {
		return in, nil, errEcho
	}
	msg, err := parseMessage(parser, b)
	if err != nil {
		return in, refuseUnparsed(h), err
	}
	switch m := msg.(type) {
	case *sipmsg.Request:
		in.req = m
		m.Method = sipmsg.RequestMethod(h.method())
		return in, checkRequest(in), nil
	case *sipmsg.Response:
		in.res = m
		return in, nil, checkResponse(in)
	}
	return in, nil, errParse
}

// parseMessage hands a whole message to sipgo. Its parser is kept from taking us down by whatever it trips over.
func parseMessage(parser *sipmsg.Parser, b []byte) (msg sipmsg.Message, err error) {
	defer func() {
		if r := recover(); r != nil {
			msg, err = nil, fmt.Errorf("%w: %v", errParse, r)
		}
	}()
	msg, err = parser.ParseSIP(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errParse, err)
	}
	// The fields used later are parsed now: sipgo does it lazily, and then without this recovery.
	msg.From()
	msg.To()
	msg.CallID()
	if cseq := msg.CSeq(); cseq != nil {
		cseq.MethodName = sipmsg.RequestMethod(strings.TrimSpace(string(cseq.MethodName)))
	}
	return msg, nil
}

// checkResponse tells whether a response can be matched at all (RFC 3261 section 8.1.3).
func checkResponse(in *inbound) error {
	r := in.res
	switch {
	case r.StatusCode < 100 || r.StatusCode > 699:
		return fmt.Errorf("%w: status %d", errParse, r.StatusCode)
	case !in.viaOK || r.From() == nil || r.To() == nil || r.CallID() == nil || r.CSeq() == nil:
		return fmt.Errorf("%w: a mandatory header field is missing", errParse)
	case in.head.count("via") != 1 || in.via.more:
		return fmt.Errorf("%w: a response with several Via", errParse)
	}
	return nil
}

// method returns the method of the request, or of the request that a response answers.
func (in *inbound) method() sipmsg.RequestMethod {
	if in.req != nil {
		return in.req.Method
	}
	return in.res.CSeq().MethodName
}

func tagOf(params sipmsg.HeaderParams) string {
	for _, kv := range params {
		if strings.EqualFold(strings.TrimSpace(kv.K), "tag") {
			return kv.V
		}
	}
	return ""
}

// fromTag and toTag are empty when absent.
func (in *inbound) fromTag() string {
	if in.req != nil {
		return tagOf(in.req.From().Params)
	}
	return tagOf(in.res.From().Params)
}

func (in *inbound) toTag() string {
	if in.req != nil {
		return tagOf(in.req.To().Params)
	}
	return tagOf(in.res.To().Params)
}
