// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"

	"bellwire/call"
	"bellwire/identity"
	"bellwire/link"
	"bellwire/sip"
)

const (
	// textBacklog is how many texts may wait for Texts before further ones are refused, so that
	// their senders try again.
	textBacklog = 64
	// maxText bounds a text in bytes: with its headers a message stays below what Jami reads.
	maxText = 6000
	// notNow is Temporarily Unavailable.
	notNow = 480
)

// Texts returns the texts that arrive. Those nobody reads are refused once the backlog is full.
func (l *Line) Texts() <-chan call.Text { return l.texts }

// SendText sends a text to every device of an account that is online (RFC 3428) and returns nil
// when at least one has taken it.
func (l *Line) SendText(ctx context.Context, target, body string) error {
	account, err := identity.ParseAccountID(target)
	if err != nil {
		return &call.Error{Reason: call.NotFound, Err: err}
	}
	if len(body) > maxText || !utf8.ValidString(body) {
		return fmt.Errorf("a text has at most %d bytes of UTF-8, this one has %d", maxText, len(body))
	}
	failure := error(&call.Error{Reason: call.Unreachable, Err: errNoDevice})
	delivered := false
	for key, err := range l.devices(ctx, account) {
		if err == nil {
			err = l.textDevice(ctx, account, key, body)
		} else {
			err = resolveError(ctx, err)
		}
		if err == nil {
			delivered = true
		} else {
			failure = err
		}
	}
	if delivered {
		return nil
	}
	return failure
}

func (l *Line) textDevice(ctx context.Context, account identity.AccountID, key *identity.PublicKey, body string) error {
	connection, err := l.cfg.Links.Dial(ctx, link.Target{Account: account, Key: key, Purpose: "text/plain"})
	if err != nil {
		return connectError(ctx, err)
	}
	flow, err := l.flowTo(ctx, connection)
	if err != nil {
		return connectError(ctx, err)
	}
	r := l.request(connection.Peer(), connection.RemoteAddr(), "")
	r.ContentType, r.Body = "text/plain", []byte(body)
	status, err := flow.Message(ctx, r)
	if err == nil && status >= 300 {
		err = &sip.StatusError{Code: status, Phrase: "to the text"}
	}
	return err
}

// acceptTexts takes the MESSAGE requests of all flows.
func (l *Line) acceptTexts() {
	for {
		select {
		case <-l.ctx.Done():
			return
		case m, more := <-l.ua.Messages():
			if !more {
				return
			}
			l.take(m)
		}
	}
}

func (l *Line) take(m *sip.Message) {
	peer := m.Flow().Tag().(tag).connection.Peer()
	kind, _, err := mime.ParseMediaType(m.ContentType)
	switch {
	case !strings.EqualFold(m.From.URI.User, peer.Account.String()):
		m.Reject(403, "Forbidden")
		return
	case err != nil || kind != "text/plain":
		m.Reject(415, "Unsupported Media Type")
		return
	}
	text := call.Text{From: party(peer, displayName(m.From.Name)), Body: strings.ToValidUTF8(string(m.Body), "\uFFFD")}
	select {
	case l.texts <- text:
		m.Accept()
	default:
		m.Reject(notNow, "Temporarily Unavailable")
	}
}
