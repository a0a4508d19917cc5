// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"slices"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// known are the methods of other RFCs that are refused with 405; any other is 501.
var known = []sipmsg.RequestMethod{
	sipmsg.REGISTER, sipmsg.SUBSCRIBE, sipmsg.NOTIFY, sipmsg.PUBLISH, sipmsg.REFER, sipmsg.PRACK,
}

// refusal is why a request is answered without reaching anybody.
type refusal struct {
	code    int
	phrase  string
	headers []Header
}

// refuseUnparsed chooses the status for a request sipgo could not read.
func refuseUnparsed(h head) *refusal {
	uri := h.start[strings.IndexByte(h.start, ' ')+1:]
	scheme, _, ok := strings.Cut(uri, ":")
	if ok && isToken(scheme) && !strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips") {
		return &refusal{code: 416}
	}
	return &refusal{code: 400}
}

// checkRequest is what RFC 3261 section 8.1.1 demands of every request.
func checkRequest(in *inbound) *refusal {
	r, h := in.req, &in.head
	for _, name := range []string{"from", "to", "call-id", "cseq"} {
		if h.count(name) != 1 {
			return &refusal{code: 400, phrase: "Missing or Repeated " + name}
		}
	}
	from, to, cseq := r.From(), r.To(), r.CSeq()
	switch {
	case !in.viaOK:
		return &refusal{code: 400, phrase: "Bad Via"}
	case from == nil || to == nil || r.CallID() == nil || cseq == nil:
		return &refusal{code: 400}
	case !strings.EqualFold(r.SipVersion, "SIP/2.0"):
		return &refusal{code: 505}
	case cseq.MethodName != r.Method:
		return &refusal{code: 400, phrase: "CSeq Names Another Method"}
	case r.Recipient.Scheme != "sip" && r.Recipient.Scheme != "sips":
		return &refusal{code: 416}
	case h.count("content-length") == 0 && h.count("content-type") > 0:
		return &refusal{code: 400, phrase: "Missing Content-Length"}
	}
	return nil
}

// check is what a request may be refused for before it is looked at closely: method, extensions, content.
func (f *Flow) check(in *inbound) *refusal {
	method := in.req.Method
	if !slices.Contains(strings.Split(allow, ", "), string(method)) {
		code := 501
		if slices.Contains(known, method) {
			code = 405
		}
		return &refusal{code: code, headers: []Header{{"Allow", allow}}}
	}
	var unsupported []string
	for _, value := range in.head.all("require") {
		for tag := range strings.SplitSeq(value, ",") {
			if tag = strings.TrimSpace(tag); tag != "" && !slices.ContainsFunc(f.ua.cfg.Supported, func(s string) bool { return strings.EqualFold(s, tag) }) {
				unsupported = append(unsupported, tag)
			}
		}
	}
	if unsupported != nil {
		return &refusal{code: 420, headers: []Header{{"Unsupported", strings.Join(unsupported, ", ")}}}
	}
	coding := in.head.get("content-encoding")
	if len(in.req.Body()) > 0 && coding != "" && !strings.EqualFold(coding, "identity") {
		return &refusal{code: 415, headers: []Header{{"Accept-Encoding", "identity"}}}
	}
	if method == sipmsg.INVITE || method == sipmsg.UPDATE {
		if len(in.req.Body()) > 0 && !isSDP(in.head.get("content-type")) {
			return &refusal{code: 415, headers: []Header{{"Accept", sdpType}}}
		}
		if method == sipmsg.INVITE && in.head.count("contact") != 1 {
			return &refusal{code: 400, phrase: "Missing or Repeated Contact"}
		}
	}
	return nil
}

const sdpType = "application/sdp"

func isSDP(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(mediaType), sdpType)
}

func (f *Flow) capabilities() []Header {
	h := []Header{{"Allow", allow}, {"Accept", sdpType}}
	if len(f.ua.cfg.Supported) > 0 {
		h = append(h, Header{"Supported", strings.Join(f.ua.cfg.Supported, ", ")})
	}
	return h
}

func retryAfter(seconds int) []Header {
	return []Header{{"Retry-After", string(rune('0' + seconds%10))}}
}

// refuse answers a request without a transaction. ACK, responses, and what lacks a field to answer with get nothing.
func (f *Flow) refuse(in *inbound, r *refusal) {
	if m := in.head.method(); m == "" || m == string(sipmsg.ACK) {
		return
	}
	for _, name := range []string{"via", "from", "to", "call-id", "cseq"} {
		if in.head.get(name) == "" {
			return
		}
	}
	if in.req != nil && in.req.To() != nil {
		t := &serverTx{flow: f, in: in, tag: token()}
		_ = f.send(t.response(r.code, r.phrase, r.headers, nil))
		return
	}
	if b := rawRefusal(&in.head, r); len(b) <= f.ua.cfg.MaxMessage {
		_ = f.sendBytes(b)
	}
}

// rawRefusal writes a response from fields that could not be parsed.
func rawRefusal(h *head, r *refusal) []byte {
	var b buffer
	line := func(parts ...string) {
		for _, p := range parts {
			_, _ = b.WriteString(p)
		}
		_, _ = b.WriteString("\r\n")
	}
	line("SIP/2.0 ", strconv.Itoa(r.code), " ", phraseFor(r.code, r.phrase))
	for _, via := range h.all("via") {
		line("Via: ", via)
	}
	line("From: ", h.get("from"))
	to := h.get("to")
	if !strings.Contains(strings.ToLower(to), "tag=") {
		to += ";tag=" + token()
	}
	line("To: ", to)
	line("Call-ID: ", h.get("call-id"))
	line("CSeq: ", h.get("cseq"))
	for _, extra := range r.headers {
		line(extra.Name, ": ", extra.Value)
	}
	line("Content-Length: 0")
	line()
	return b
}

// refuseRaw refuses a message whose end cannot be found, the last one its flow reads.
func (f *Flow) refuseRaw(b []byte, headLen int) {
	if h, err := parseHead(b[:headLen]); err == nil {
		f.refuse(&inbound{head: h}, &refusal{code: 400, phrase: "Bad Content-Length"})
	}
}
