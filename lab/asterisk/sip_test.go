// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package asterisk_test

import (
	"net/netip"
	"strings"
	"testing"

	"bellwire/lab/asterisk"
	"bellwire/lab/netns"
)

// want checks the status of an answer.
func want(t *testing.T, answer, status string) {
	t.Helper()
	if !strings.HasPrefix(answer, "SIP/2.0 "+status) {
		t.Fatalf("wanted %s, got:\n%s", status, answer)
	}
}

func TestEachDigestAndFamilyRegisters(t *testing.T) {
	o := newOffice(t, 1, func(c *asterisk.Config) {
		c.Accounts = []asterisk.Account{
			{User: "1001"},
			{User: "1002", Auth: []string{asterisk.SHA256}},
			{User: "1003", Auth: []string{asterisk.SHA512256}},
			{User: "1004", Auth: []string{asterisk.SHA256, asterisk.MD5}},
		}
	})
	in := o.next()
	for _, server := range []netip.AddrPort{o.pbx.Addr(), netip.AddrPortFrom(netns.EndAddr6(0), asterisk.Port)} {
		for i, algorithm := range []string{asterisk.MD5, asterisk.SHA256, asterisk.SHA512256, asterisk.SHA256} {
			r := newRaw(t, in, user(i), server)
			want(t, r.send(t, "REGISTER", "", "c"+user(i)+server.String(), "", ""), "401")
			want(t, r.ask(t, "REGISTER", "", "Expires: 60\r\n", ""), "200")
			if uris := o.pbx.Registrations(t, user(i)); !strings.Contains(strings.Join(uris, " "), r.self.String()) {
				t.Errorf("%s with %s at %v is registered as %q", user(i), algorithm, server, uris)
			}
		}
	}
}

func TestSoundOverIPv6(t *testing.T) {
	o := newOffice(t, 1, func(c *asterisk.Config) {
		c.Accounts = []asterisk.Account{{User: "1001", IPv6: true, ICE: true, Mux: true}}
	})
	r := newRaw(t, o.next(), "1001", netip.AddrPortFrom(netns.EndAddr6(0), asterisk.Port))
	offer := "v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP6 " + r.self.Addr().String() + "\r\nt=0 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n" +
		"m=audio 40000 RTP/AVP 0\r\na=rtcp-mux\r\na=candidate:1 1 UDP 2130706431 " + r.self.Addr().String() + " 40000 typ host\r\n"
	answer := r.ask(t, "INVITE", asterisk.ToneAt, "Content-Type: application/sdp\r\n", offer)
	want(t, answer, "200")
	for _, line := range []string{"c=IN IP6 " + netns.EndAddr6(0).String(), "a=ice-ufrag:", "a=rtcp-mux", " typ host"} {
		if !strings.Contains(answer, line) {
			t.Errorf("no %q in the answer:\n%s", line, answer)
		}
	}
}

func TestLampsMessagesAndTexts(t *testing.T) {
	o := newOffice(t, 2, func(c *asterisk.Config) {
		c.Accounts = []asterisk.Account{{User: "1001"}, {User: "1002", Mailbox: true}}
	})
	a, b := newRaw(t, o.next(), "1001", o.pbx.Addr()), newRaw(t, o.next(), "1002", o.pbx.Addr())
	want(t, a.ask(t, "REGISTER", "", "Expires: 60\r\n", ""), "200")
	want(t, b.ask(t, "REGISTER", "", "Expires: 60\r\n", ""), "200")

	for accept, states := range map[string][]string{"application/dialog-info+xml": {"terminated", "confirmed"}, "application/pidf+xml": {"Ready", "On the phone"}} {
		event := map[bool]string{true: "dialog", false: "presence"}[strings.Contains(accept, "dialog")]
		o.pbx.Lamp(t, "NOT_INUSE")
		want(t, a.ask(t, "SUBSCRIBE", asterisk.LampAt, "Event: "+event+"\r\nAccept: "+accept+"\r\nExpires: 60\r\n", ""), "200")
		a.await(t, states[0])
		o.pbx.Lamp(t, "INUSE")
		a.await(t, states[1])
	}

	// Voicemail: who subscribes, and who is told without.
	want(t, a.ask(t, "SUBSCRIBE", "1001", "Event: message-summary\r\nAccept: application/simple-message-summary\r\nExpires: 60\r\n", ""), "200")
	a.await(t, "Messages-Waiting: no")
	for _, u := range []string{"1001", "1002"} {
		o.pbx.LeaveMessage(t, u)
	}
	a.await(t, "Messages-Waiting: yes")
	b.await(t, "Messages-Waiting: yes")
	o.pbx.ClearMessages(t, "1001")
	a.await(t, "Messages-Waiting: no")

	// Texts: to the PBX and back, to another phone, from the PBX.
	since := o.pbx.Now()
	want(t, a.ask(t, "MESSAGE", asterisk.Echo, "Content-Type: text/plain\r\n", "hello"), "202")
	a.await(t, "\r\n\r\nhello")
	want(t, a.ask(t, "MESSAGE", "1002", "Content-Type: text/plain\r\n", "hi"), "202")
	if m := b.await(t, "\r\n\r\nhi"); !strings.Contains(m, "1001") {
		t.Errorf("not from 1001:\n%s", m)
	}
	o.pbx.AwaitEvent(t, since, limit, "UserEvent", "UserEvent: TextSent", "To: 1002", "Status: SUCCESS")
	o.pbx.Text(t, "1002", "sip:lab@pbx.test", "notice")
	b.await(t, "\r\n\r\nnotice")
}
