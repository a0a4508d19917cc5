// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"bytes"
	"io"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"
)

// FuzzFlow lets a peer say anything to a user agent that answers every call and message. Whatever it is, the flow ends
// with the connection and leaves nothing behind.
func FuzzFlow(f *testing.F) {
	names, texts := recorded(f, "2026-call-audio-*.sip")
	var call []byte
	for _, name := range names {
		f.Add(texts[name])
		call = append(call, texts[name]...)
	}
	f.Add(call)
	_, texts = recorded(f, "2026-multi-device-09-sent-CANCEL.sip")
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		u, err := NewUA(Config{Name: "x"})
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		go answerCalls(ctx, u, func(error) {})
		ours, theirs := pipe()
		flow, err := u.Attach(ours, nil)
		if err != nil {
			t.Fatal(err)
		}
		go io.Copy(io.Discard, theirs)
		s, err := flow.Invite(ctx, Invite{From: Address{URI: URI{Host: "a"}}, To: Address{URI: URI{Host: "b"}}})
		if err == nil {
			// The peer may know what we sent: it answers with our own identifiers where it says so.
			h := head{fields: s.fields}
			sent, _ := parseVia(h.get("via"))
			b = bytes.ReplaceAll(b, []byte("380acef9-f80b-435c-bd85-a40c9800ee1c"), []byte(s.ID()))
			b = bytes.ReplaceAll(b, []byte("z9hG4bKPj90e032c3-23cd-48f2-bfc3-b43906369a79"), []byte(sent.branch))
			b = bytes.ReplaceAll(b, []byte("cff63187-a686-4e70-a063-e249399be3f8"), []byte(s.localTag))
			b = bytes.ReplaceAll(b, []byte("27334"), []byte("1"))
		}
		_, _ = theirs.Write(b)
		_ = theirs.Close()
		<-flow.Done()
		_ = u.Close()
		if flow.busy() {
			// Transactions of requests nobody answered may be left; sessions may not.
			if len(flow.sessions) > 0 || len(flow.invites) > 0 {
				t.Errorf("%d sessions are left", len(flow.sessions))
			}
		}
	})
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
