// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"strings"
	"sync"
	"time"
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
	// textTime bounds the delivery of a text to all devices.
	textTime = 40 * time.Second
	// textGrace is how long further devices have once one has taken a text.
	textGrace = time.Second
	// notNow is Temporarily Unavailable.
	notNow = 480
)

// Texts returns the texts that arrive. Those nobody reads are refused once the backlog is full.
func (l *Line) Texts() <-chan call.Text { return l.texts }

// SendText sends a text to every device of an account that is online (RFC 3428), at once, and returns
// nil when at least one has taken it: devices that are off delay nothing.
func (l *Line) SendText(ctx context.Context, target string, t call.Text) error {
	body := t.Body
	account, err := identity.ParseAccountID(target)
	if err != nil {
		return &call.Error{Reason: call.NotFound, Err: err}
	}
	if len(body) > maxText || !utf8.ValidString(body) {
		return fmt.Errorf("a text has at most %d bytes of UTF-8, this one has %d", maxText, len(body))
	}
	if body == "" {
		return errors.New("an empty text is not sent")
	}
	sending, stop := context.WithTimeout(l.ctx, textTime)
	results := make(chan error, maxDevices+1) // nobody waits to write
	if !l.spawn(func() { defer stop(); l.textAll(sending, account, body, results) }) {
		stop()
		return &call.Error{Reason: call.Failed, Err: link.ErrClosed}
	}
	failure := error(&call.Error{Reason: call.Unreachable, Err: errNoDevice})
	var enough <-chan time.Time // once a device has it
	for {
		select {
		case err, more := <-results:
			switch {
			case !more && enough != nil:
				return nil
			case !more:
				return failure
			case err != nil:
				failure = err
			case enough == nil:
				enough = time.After(textGrace)
			}
		case <-enough:
			return nil
		case <-ctx.Done():
			stop()
			if enough != nil {
				return nil
			}
			return ended(ctx)
		}
	}
}

// textAll sends a text to the devices of an account and closes results when none is left.
func (l *Line) textAll(ctx context.Context, account identity.AccountID, body string, results chan<- error) {
	var devices sync.WaitGroup
	for key, err := range l.devices(ctx, account) {
		if err != nil {
			results <- resolveError(ctx, err)
			break
		}
		devices.Go(func() { results <- l.textDevice(ctx, account, key, body) })
	}
	devices.Wait()
	close(results)
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
