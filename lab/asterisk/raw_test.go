// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package asterisk_test

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"bellwire/lab/asterisk"
	"bellwire/lab/netns"
)

// raw is a user agent of a few lines over UDP, for what the real phones do not do.
type raw struct {
	conn         *net.UDPConn
	user         string
	server, self netip.AddrPort
	seq          int
	seen         []string // requests of the PBX
}

func newRaw(t *testing.T, in *netns.Namespace, user string, server netip.AddrPort) *raw {
	t.Helper()
	r := &raw{user: user, server: server}
	err := in.Do(func() (err error) {
		r.conn, err = net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(server))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.conn.Close() })
	r.self = r.conn.LocalAddr().(*net.UDPAddr).AddrPort()
	return r
}

// uri is that of a user at the server.
func (r *raw) uri(user string) string { return "sip:" + user + "@" + r.server.String() }

// ask sends a request to a user, answers the challenge, and returns the final answer.
func (r *raw) ask(t *testing.T, method, user, headers, body string) string {
	t.Helper()
	r.seq++
	call := fmt.Sprintf("%d-%d", r.self.Port(), r.seq)
	answer := r.send(t, method, user, call, headers, body)
	if strings.HasPrefix(answer, "SIP/2.0 401") {
		answer = r.send(t, method, user, call, headers+r.authorize(t, answer, method, user), body)
	}
	return answer
}

func (r *raw) send(t *testing.T, method, user, call, headers, body string) string {
	t.Helper()
	r.seq++
	target := r.uri(user)
	if user == "" {
		target, user = "sip:"+r.server.String(), r.user
	}
	fmt.Fprintf(r.conn, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d-%d;rport\r\nFrom: <%s>;tag=1\r\nTo: <%s>\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:%s@%s>\r\nMax-Forwards: 70\r\n%sContent-Length: %d\r\n\r\n%s",
		method, target, r.self, r.self.Port(), r.seq, r.uri(r.user), r.uri(user), call, r.seq, method, r.user, r.self, headers, len(body), body)
	for {
		m := r.read(t)
		if strings.HasPrefix(m, "SIP/2.0 ") && !strings.HasPrefix(m, "SIP/2.0 1") && strings.Contains(m, "Call-ID: "+call+"\r\n") {
			return m
		}
	}
}

// read takes the next message; a request is answered with 200 and kept.
func (r *raw) read(t *testing.T) string {
	t.Helper()
	buf := make([]byte, 8192)
	r.conn.SetReadDeadline(time.Now().Add(limit))
	n, err := r.conn.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	m := string(buf[:n])
	if strings.HasPrefix(m, "SIP/2.0 ") {
		return m
	}
	r.seen = append(r.seen, m)
	reply := "SIP/2.0 200 OK\r\n"
	for _, line := range strings.Split(m, "\r\n") {
		for _, name := range []string{"Via:", "From:", "To:", "Call-ID:", "CSeq:"} {
			if strings.HasPrefix(line, name) {
				reply += line + "\r\n"
			}
		}
	}
	fmt.Fprint(r.conn, reply+"Content-Length: 0\r\n\r\n")
	return m
}

// await takes messages until a request of the PBX contains a text.
func (r *raw) await(t *testing.T, text string) string {
	t.Helper()
	for i := 0; ; i++ {
		for i >= len(r.seen) {
			r.read(t)
		}
		if strings.Contains(r.seen[i], text) {
			m := r.seen[i]
			r.seen = r.seen[i+1:]
			return m
		}
	}
}

var parameter = regexp.MustCompile(`(\w+)="?([^",\r\n]*)"?`)

// authorize answers the first challenge of a 401.
func (r *raw) authorize(t *testing.T, answer, method, user string) string {
	t.Helper()
	_, challenge, _ := strings.Cut(answer, "WWW-Authenticate: Digest ")
	challenge, _, _ = strings.Cut(challenge, "\r\n")
	p := map[string]string{}
	for _, m := range parameter.FindAllStringSubmatch(challenge, -1) {
		p[m[1]] = m[2]
	}
	digest, known := map[string]func() hash.Hash{asterisk.MD5: md5.New, asterisk.SHA256: sha256.New, asterisk.SHA512256: sha512.New512_256}[p["algorithm"]]
	if !known {
		t.Fatalf("a challenge with the algorithm %q: %s", p["algorithm"], challenge)
	}
	h := func(text string) string {
		d := digest()
		d.Write([]byte(text))
		return fmt.Sprintf("%x", d.Sum(nil))
	}
	uri := r.uri(user)
	if user == "" {
		uri = "sip:" + r.server.String()
	}
	response := h(h(r.user+":"+p["realm"]+":"+asterisk.PasswordOf(r.user)) + ":" + p["nonce"] + ":00000001:c:auth:" + h(method+":"+uri))
	return fmt.Sprintf("Authorization: Digest username=%q, realm=%q, nonce=%q, opaque=%q, uri=%q, algorithm=%s, qop=auth, nc=00000001, cnonce=\"c\", response=%q\r\n",
		r.user, p["realm"], p["nonce"], p["opaque"], uri, p["algorithm"], response)
}
