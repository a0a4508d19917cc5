// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// FuzzFlow lets a peer say anything to a user agent that answers every call and message, and calls it. The peer knows
// what it was told: the identifiers of the recorded caller stand for ours. Whatever it says, and however long the user
// agent waits for more, the flow ends with the connection and leaves no session and no goroutine behind.
func FuzzFlow(f *testing.F) {
	names, texts := recorded(f, "2026-call-audio-*.sip")
	var caller, callee, all []byte
	for _, name := range names {
		f.Add(texts[name])
		all = append(all, texts[name]...)
		if strings.Contains(name, "sent") {
			caller = append(caller, texts[name]...)
		} else {
			callee = append(callee, texts[name]...)
		}
	}
	f.Add(caller)
	f.Add(callee)
	f.Add(all)
	_, texts = recorded(f, "2026-multi-device-09-sent-CANCEL.sip")
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		synctest.Test(t, func(t *testing.T) {
			u := newUA(t, Config{Name: "x"})
			go answerCalls(t.Context(), u, func(error) {})
			go func() {
				for {
					select {
					case m := <-u.Messages():
						_ = m.Accept()
					case <-t.Context().Done():
						return
					}
				}
			}()
			ours, theirs := pipe()
			flow := attach(t, u, ours, nil)
			heard := make(chan []byte, 1)
			heard <- nil
			go func() {
				buf := make([]byte, 4096)
				for {
					n, err := theirs.Read(buf)
					if err != nil {
						return
					}
					heard <- append(<-heard, buf[:n]...)
				}
			}()
			s := new(pair).dial(t, flow)
			synctest.Wait()
			for i, chunk := range bytes.SplitAfter(b, []byte(" SIP/2.0\r\n")) {
				said := <-heard
				heard <- said
				_, _ = theirs.Write(inOurTerms(chunk, s, said))
				synctest.Wait()
				if i > 20 {
					break
				}
			}
			time.Sleep(2 * time.Minute)
			_ = theirs.Close()
			<-flow.Done()
			_ = u.Close()
			flow.mu.Lock()
			defer flow.mu.Unlock()
			if len(flow.sessions)+len(flow.invites)+len(flow.clients) > 0 {
				t.Errorf("left: %d sessions, %d invites, %d requests of ours", len(flow.sessions), len(flow.invites), len(flow.clients))
			}
		})
	})
}

var answeredTag = regexp.MustCompile(`SIP/2\.0 200 OK\r\n(?:.*\r\n)*?To: .*;tag=([0-9a-f]+)`)

// inOurTerms puts identifiers that are in use in the place of recorded ones.
func inOurTerms(chunk []byte, s *Session, said []byte) []byte {
	h := head{fields: s.fields}
	sent, _ := parseVia(h.get("via"))
	if m := answeredTag.FindAllSubmatch(said, -1); m != nil {
		chunk = bytes.ReplaceAll(chunk, []byte("e975f28b-a16b-45ef-b7dc-b198e06a125e"), m[len(m)-1][1])
	}
	if bytes.HasPrefix(chunk, []byte("SIP/2.0 ")) {
		for theirs, ours := range map[string]string{
			"380acef9-f80b-435c-bd85-a40c9800ee1c": s.ID(), "cff63187-a686-4e70-a063-e249399be3f8": s.localTag,
			"z9hG4bKPj90e032c3-23cd-48f2-bfc3-b43906369a79": sent.branch, "27334": "1",
		} {
			chunk = bytes.ReplaceAll(chunk, []byte(theirs), []byte(ours))
		}
	}
	return chunk
}

// FuzzInbound parses one message and answers it.
func FuzzInbound(f *testing.F) {
	_, texts := recorded(f, "*-0[1-7]-*.sip")
	for _, b := range texts {
		f.Add(b)
	}
	u, err := NewUA(Config{})
	if err != nil {
		f.Fatal(err)
	}
	ours, _ := pipe()
	flow := newFlow(u, ours, nil)
	f.Fuzz(func(t *testing.T, b []byte) {
		s := stream{r: bytes.NewReader(b)}
		msg, headLen, err := s.next()
		if err != nil {
			return
		}
		in, refused, err := parseInbound(newParser(), msg, headLen)
		if err != nil || refused != nil || in.req == nil {
			return
		}
		d := dialog{remote: in.head.get("from"), local: in.head.get("to"), routes: routesOf(in.req)}
		d.refresh(in.req)
		_ = flow.build(d.request(sipmsg.BYE)).String()
		_ = parseReason(in.head.all("reason"))
		_ = serverKeyOf(in, in.req.Method)
		tx := &serverTx{flow: flow, in: in, tag: "t"}
		var answer buffer
		tx.response(200, "", nil, nil).StringWrite(&answer)
		back, refused, err := parseInbound(newParser(), answer, bytes.Index(answer, headEnd)+4)
		if err != nil || refused != nil || back.res == nil {
			if in.head.count("via") == 1 && !in.via.more { // several are more than one response to us may carry
				t.Fatalf("our answer cannot be read: %v %v\n%s", refused, err, answer)
			}
			return
		}
		for _, name := range []string{"from", "call-id", "cseq"} {
			if back.head.get(name) != in.head.get(name) {
				t.Fatalf("%s %q is repeated as %q", name, in.head.get(name), back.head.get(name))
			}
		}
	})
}
