// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// allow lists the methods this package answers by more than a refusal.
const allow = "INVITE, ACK, BYE, CANCEL, UPDATE, INFO, OPTIONS, MESSAGE"

// outbound is a request about to be built. The strings are header values, checked before.
type outbound struct {
	method      sipmsg.RequestMethod
	target      sipmsg.Uri
	routes      []string
	from, to    string // with tags where they have one
	contact     string // empty leaves it out
	callID      string
	cseq        uint32
	headers     []Header
	contentType string
	body        []byte
	branch      string // of another request, for CANCEL; empty draws one
}

// ours are the header fields callers may not set.
var ours = map[string]bool{
	"via": true, "from": true, "to": true, "contact": true, "call-id": true, "cseq": true, "max-forwards": true,
	"route": true, "record-route": true, "allow": true, "supported": true, "user-agent": true, "content-type": true,
	"content-length": true,
}

// checkHeaders refuses header fields of the caller's that are not theirs to set, or would end their line. Of the former
// one may be allowed.
func checkHeaders(headers []Header, allowed string) error {
	for _, h := range headers {
		name := longName(h.Name)
		if !isToken(h.Name) || hasControl(h.Value) || ours[name] && name != allowed {
			return fmt.Errorf("%w: the header field %.40q cannot be set", ErrInvalid, h.Name)
		}
	}
	return nil
}

// token returns 80 random bits as a tag; longToken 128 for branches and Call-IDs. Nobody outside can guess them, so
// what carries them answers what we sent (RFC 3261 section 19.3).
func token() string { return randomHex(10) }

func longToken() string { return randomHex(16) }

func randomHex(n int) string {
	var b [16]byte
	_, _ = rand.Read(b[:n]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:n])
}

// build makes the request with the header fields in the order Jami writes them.
func (f *Flow) build(o outbound) *sipmsg.Request {
	req := sipmsg.NewRequest(o.method, o.target)
	add := func(name, value string) { req.AppendHeader(sipmsg.NewHeader(name, value)) }
	if o.branch == "" {
		o.branch = sipmsg.RFC3261BranchMagicCookie + longToken()
	}
	add("Via", "SIP/2.0/TLS "+f.sentBy+";rport;branch="+o.branch+";alias")
	add("Max-Forwards", "70")
	for _, r := range o.routes {
		add("Route", r)
	}
	add("From", o.from)
	add("To", o.to)
	if o.contact != "" {
		add("Contact", o.contact)
	}
	add("Call-ID", o.callID)
	add("CSeq", strconv.FormatUint(uint64(o.cseq), 10)+" "+string(o.method))
	for _, h := range o.headers {
		add(h.Name, h.Value)
	}
	switch o.method {
	case sipmsg.INVITE, sipmsg.UPDATE, sipmsg.OPTIONS:
		add("Allow", allow)
		if len(f.ua.cfg.Supported) > 0 {
			add("Supported", strings.Join(f.ua.cfg.Supported, ", "))
		}
	}
	if o.method != sipmsg.ACK && o.method != sipmsg.CANCEL && f.ua.cfg.Name != "" {
		add("User-Agent", f.ua.cfg.Name)
	}
	if len(o.body) > 0 {
		add("Content-Type", o.contentType)
	}
	req.SetBody(o.body)
	req.SetTransport("TLS")
	return req
}

// clientKey is what a response is matched by (RFC 3261 section 17.1.3).
func clientKey(branch string, method sipmsg.RequestMethod) string {
	return branch + " " + string(method)
}
