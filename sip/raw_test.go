// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// raw is a peer that says exactly what a test tells it to.
type raw struct {
	t      testing.TB
	conn   net.Conn
	stream stream
	parser *sipmsg.Parser
	seen   []string // first lines of what the user agent sent
}

// newRaw attaches a scripted peer to a user agent.
func newRaw(t testing.TB, u *UA) (*raw, *Flow) {
	t.Helper()
	ours, theirs := pipe()
	t.Cleanup(func() { theirs.Close() })
	return &raw{t: t, conn: theirs, stream: stream{r: theirs}, parser: newParser()}, attach(t, u, ours, "raw")
}

// send writes lines as they are, line ends made CRLF.
func (r *raw) send(format string, args ...any) {
	r.t.Helper()
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\r\n")
	if _, err := io.WriteString(r.conn, text); err != nil {
		r.t.Fatalf("the user agent closed the connection: %v", err)
	}
}

// message writes a message of a start line and header lines, with the length of the body filled in.
func (r *raw) message(head, body string) {
	r.t.Helper()
	r.send("%s\nContent-Length: %d\n\n%s", strings.TrimSpace(head), len(body), body)
}

// expect reads the next message, whose start line must begin so.
func (r *raw) expect(start string) *inbound {
	r.t.Helper()
	_ = r.conn.SetReadDeadline(time.Now().Add(time.Hour))
	b, headLen, err := r.stream.next()
	if err != nil {
		r.t.Fatalf("waiting for %q: %v; seen %q", start, err, r.seen)
	}
	in, refused, err := parseInbound(r.parser, append([]byte(nil), b...), headLen)
	if (refused != nil || err != nil) && !strings.HasPrefix(in.head.start, "SIP/2.0 400") { // which repeats mistakes
		r.t.Fatalf("we sent what we would refuse (%v, %v):\n%s", refused, err, b)
	}
	r.seen = append(r.seen, in.head.start)
	if !strings.HasPrefix(in.head.start, start) {
		r.t.Fatalf("got %q, want %q; seen %q", in.head.start, start, r.seen)
	}
	return in
}

// silence checks that nothing comes for a while.
func (r *raw) silence(d time.Duration) {
	r.t.Helper()
	_ = r.conn.SetReadDeadline(time.Now().Add(d))
	b, _, err := r.stream.next()
	if err == nil {
		r.t.Fatalf("unexpected message:\n%s", b)
	}
}

// reply answers a request of the user agent; the tag, when given, is the To tag.
func (r *raw) reply(in *inbound, code int, tag, extra, body string) {
	r.t.Helper()
	to := in.head.get("to")
	if tag != "" && !strings.Contains(to, ";tag=") {
		to += ";tag=" + tag
	}
	r.message(fmt.Sprintf("SIP/2.0 %d %s\nVia: %s\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\n%s",
		code, phraseFor(code, ""), in.head.get("via"), in.head.get("from"), to, in.head.get("call-id"), in.head.get("cseq"), extra), body)
}

const rawContact = "Contact: <sips:raw@10.77.0.13:5061;transport=tls>"

// request is a request of the raw peer, called raw, with tags of its own choice.
func (r *raw) request(method, callID, toTag string, seq int, extra, body string) {
	r.t.Helper()
	r.requestVia(method, fmt.Sprintf("z9hG4bK-%s-%d-%s", callID, seq, method), callID, toTag, seq, extra, body)
}

func (r *raw) requestVia(method, branch, callID, toTag string, seq int, extra, body string) {
	r.t.Helper()
	if toTag != "" {
		toTag = ";tag=" + toTag
	}
	r.message(fmt.Sprintf(`%s sips:bob@10.77.0.12 SIP/2.0
Via: SIP/2.0/TLS 10.77.0.13:5061;rport;branch=%s;alias
Max-Forwards: 70
From: "Raw" <sip:raw@ring.dht>;tag=rawtag
To: <sips:bob@10.77.0.12>%s
Call-ID: %s
CSeq: %d %s
%s`, method, branch, toTag, callID, seq, method, extra), body)
}

// invite starts a call of the raw peer and returns the session it becomes.
func (r *raw) invite(u *UA, callID string) *Session {
	r.t.Helper()
	r.request("INVITE", callID, "", 1, rawContact+"\nContent-Type: application/sdp", "offer")
	r.expect("SIP/2.0 100")
	s, err := u.Accept(soon(r.t))
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// established makes the raw peer's call confirmed and returns it with our tag.
func (r *raw) established(u *UA, callID string) (*Session, string) {
	r.t.Helper()
	s := r.invite(u, callID)
	done := make(chan error, 1)
	go func() {
		_, err := s.Answer(soon(r.t), []byte("answer"))
		done <- err
	}()
	tag := r.expect("SIP/2.0 200").toTag()
	r.requestVia("ACK", "z9hG4bK-ack-"+callID, callID, tag, 1, "", "")
	if err := <-done; err != nil {
		r.t.Fatal(err)
	}
	return s, tag
}
