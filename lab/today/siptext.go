// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"fmt"
	"time"
)

// takeMessage takes a text outside of a call.
func (l *line) takeMessage(m *message) {
	from := user(uri(m.get("From")))
	if from != l.c.chain.AccountID().String() && l.c.peer.cfg.Generation == Of2023 {
		return // dropped without any answer
	}
	offer(l.c.peer.texts, Text{From: from, Kind: m.get("Content-Type"), Body: m.body, Via: "sip"})
	l.respond(m, "200 OK", m.get("To")+";tag="+parameter(m.get("Via"), "branch"))
}

// message sends a text by SIP, as the daemon of 2023 does.
func (c *connection) message(ctx context.Context, kind, body string) error {
	l, err := c.sip(ctx)
	if err != nil {
		return err
	}
	far := c.remote()
	m := l.request("MESSAGE", fmt.Sprintf("sips:%s@%s;transport=tls", c.chain.AccountID(), far), newBranch())
	m.add("From", l.from("", newTag())).
		add("To", fmt.Sprintf("<sips:%s@%s>", c.chain.AccountID(), host(far))).
		add("Call-ID", newTag()).add("CSeq", "1 MESSAGE").
		add("Date", time.Now().UTC().Format(time.ANSIC)).add("Message-ID", randomHex(8)).
		add("User-Agent", c.peer.cfg.Generation.userAgent()).add("Content-Type", kind)
	m.body = body
	answer, err := l.roundTrip(ctx, m)
	if err == nil && answer.status() != 200 {
		err = &Refused{Code: answer.status(), Phrase: answer.start}
	}
	return err
}
