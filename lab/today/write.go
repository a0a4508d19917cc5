// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"fmt"
	"net/netip"
	"strings"
)

// allow is what the daemon says that it takes.
const allow = "SUBSCRIBE, NOTIFY, REFER, INVITE, ACK, BYE, CANCEL, UPDATE, INFO, OPTIONS, MESSAGE, PUBLISH"

// request begins a request: what all of them have in front.
func (l *line) request(method, target, branch string) *message {
	m := &message{start: method + " " + target + " SIP/2.0"}
	return m.add("Via", fmt.Sprintf("SIP/2.0/TLS %s;rport;branch=%s;alias", l.c.local(), branch)).add("Max-Forwards", "70")
}

// response begins a response: what it repeats of the request, Via with the address it came from.
func (l *line) response(to *message, status, toField string) *message {
	m := &message{start: "SIP/2.0 " + status}
	from := l.c.remote()
	via := strings.Replace(to.get("Via"), ";rport", fmt.Sprintf(";rport=%d;received=%s", from.Port(), from.Addr()), 1)
	return m.add("Via", via).add("Call-ID", to.get("Call-ID")).add("From", to.get("From")).
		add("To", toField).add("CSeq", to.get("CSeq"))
}

// respond sends a response without anything of its own.
func (l *line) respond(to *message, status, toField string) { l.send(l.response(to, status, toField)) }

func (l *line) send(m *message) error {
	b := m.bytes()
	if trace := l.c.peer.cfg.Trace; trace != nil {
		trace(string(b))
	}
	_, err := l.ch.Write(b)
	return err
}

// from is our own address; posing puts another account into it.
func (l *line) from(posing, tag string) string {
	id := l.c.peer.ID()
	if posing != "" {
		id = posing
	}
	return fmt.Sprintf(`"%s" <sip:%s@ring.dht>;tag=%s`, l.c.peer.cfg.Name, id, tag)
}

func (l *line) contact() string {
	p := l.c.peer
	return fmt.Sprintf(`"%s" <sips:%s@%s;transport=tls>`, p.cfg.Name, p.cfg.Device.ID(), l.c.local())
}

// tagged is the To of a request, with a tag in it.
func tagged(m *message) string {
	to := m.get("To")
	if parameter(to, "tag") == "" {
		to += ";tag=" + newTag()
	}
	return to
}

func newBranch() string { return "z9hG4bKPj" + newTag() }

// newTag is random in the form of a UUID.
func newTag() string {
	s := randomHex(16)
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}

// host writes an address as the host of a URI.
func host(a netip.AddrPort) string {
	if a.Addr().Is6() {
		return "[" + a.Addr().String() + "]"
	}
	return a.Addr().String()
}

// Refused is a final response that said no.
type Refused struct {
	Code   int
	Phrase string
}

func (e *Refused) Error() string { return fmt.Sprintf("refused with %d %s", e.Code, e.Phrase) }
