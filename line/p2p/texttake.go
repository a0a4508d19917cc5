// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"strconv"
	"strings"
	"time"

	"bellwire/call"
	"bellwire/dht/value"
	"bellwire/identity"
	"bellwire/link"
	"bellwire/sip"
)

const (
	// textBacklog is how many texts may wait for Texts before further ones are refused, so that
	// their senders try again.
	textBacklog = 64
	// maxHeard is how much of a text that arrives is taken, in bytes; the rest is cut off.
	maxHeard = 16 << 10
	// strangerTexts is how many texts of people who are no contacts are taken at once, all together, and
	// strangerEvery how long each further one has to wait: nobody may fill the disk or drive what friends
	// wrote out of the history.
	strangerTexts = 20
	strangerEvery = 3 * time.Second
	// messageID is the header field by which Jami tells texts apart: 16 hexadecimal digits.
	messageID = "Message-ID"
	// backlogTime is how long a text that cannot be refused waits for room, and backlogPoll how often it
	// is looked for.
	backlogTime = 30 * time.Second
	backlogPoll = 100 * time.Millisecond
)

// Statuses of RFC 3261.
const (
	statusForbidden   = 403
	statusUnsupported = 415
	statusNotNow      = 480 // Temporarily Unavailable
)

// Texts returns the texts that arrive, each once, whichever ways it took.
func (l *Line) Texts() <-chan call.Text { return l.texts }

// hear passes a text on, unless it was before; false when there is no room for it now. The caller has
// asked whether the sender may write.
func (l *Line) hear(from identity.AccountID, t call.Text) (taken bool) {
	l.hearing.Lock()
	defer l.hearing.Unlock()
	if t.ID != 0 && l.book.Heard(from, t.ID) {
		return true
	}
	if len(l.texts) == cap(l.texts) || l.book.Get(from).State != call.Confirmed && !l.strangers.Allow() {
		return false
	}
	select {
	case l.texts <- t:
	default:
		return false
	}
	if t.ID != 0 {
		if err := l.book.Hear(from, t.ID); err != nil {
			l.log.Warn("a text may be shown once more after a restart", "error", err)
		}
	}
	return true
}

// hearSoon passes a text on that its sender will not send again; it waits for room.
func (l *Line) hearSoon(from identity.AccountID, t call.Text) (taken bool) {
	ctx, cancel := context.WithTimeout(l.ctx, backlogTime)
	defer cancel()
	for !l.hear(from, t) {
		select {
		case <-time.After(backlogPoll):
		case <-ctx.Done():
			l.log.Warn("a text was dropped: nobody reads the texts of this account", "from", from)
			return false
		}
	}
	return true
}

// isText reports whether something is a text to be shown. What Jami says about conversations, which are
// not supported, is reported once.
func (l *Line) isText(contentType string) (text, known bool) {
	kind, _, _ := strings.Cut(contentType, ";") // Jami writes parameters that are none
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case plainText:
		return true, true
	case "application/im-gitmessage-id", "application/im-iscomposing+xml", "application/invite",
		"application/invite+json", "message/imdn+xml":
		if l.unserved.first("conversations") {
			l.log.Info("a contact uses a conversation of Jami, whose messages are not supported; calls and plain texts are")
		}
		return false, true
	}
	return false, false
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

// take answers a MESSAGE. 200 means that the text was passed on, or need not be.
func (l *Line) take(m *sip.Message) {
	peer := m.Flow().Tag().(tag).connection.Peer()
	text, known := l.isText(m.ContentType)
	switch {
	case !strings.EqualFold(m.From.URI.User, peer.Account.String()), l.book.Allow(peer.Account) != nil:
		m.Reject(statusForbidden, "Forbidden")
		return
	case !known:
		m.Reject(statusUnsupported, "Unsupported Media Type")
		return
	case !text:
		m.Accept()
		return
	}
	t := call.Text{ID: readMessageID(m.Header(messageID)), From: party(peer, displayName(m.From.Name)), Body: bodyOf(string(m.Body))}
	if l.hear(peer.Account, t) {
		m.Accept()
	} else {
		m.Reject(statusNotNow, "Temporarily Unavailable")
	}
}

// readMessageID returns the id of a text, zero when there is none that makes sense.
func readMessageID(fields []string) uint64 {
	if len(fields) != 1 {
		return 0
	}
	id, err := strconv.ParseUint(strings.TrimSpace(fields[0]), 16, 64)
	if err != nil {
		return 0
	}
	return id
}

// bodyOf makes a text fit to be passed on.
func bodyOf(text string) string {
	if len(text) > maxHeard {
		text = text[:maxHeard]
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// takeMsg takes what came over a msg channel. There is no way to refuse it.
func (l *Line) takeMsg(peer link.Peer, m msg) {
	text, known := l.isText(m.kind)
	if kind := displayName(m.kind); !known && l.unserved.first(kind) {
		l.log.Info("a message was dropped whose kind is not known", "kind", kind, "from", peer.Account)
	}
	if !text || m.content == "" || l.book.Allow(peer.Account) != nil {
		return
	}
	l.hearSoon(peer.Account, call.Text{ID: m.id, From: party(peer, ""), Body: bodyOf(m.content)})
}

// takeLeft takes a text that was left in the inbox, as Jami until 2024 does while there is no connection,
// and confirms it, so that its sender does not leave it again.
func (l *Line) takeLeft(from identity.AccountID, device *identity.PublicKey, m value.InstantMessage) {
	if text, _ := l.isText(m.DataType); !text || l.book.Allow(from) != nil {
		return
	}
	t := call.Text{ID: m.ID, From: call.Party{ID: from.String(), Device: device.KeyID().String()}, Body: bodyOf(m.Text)}
	if !l.hearSoon(from, t) {
		return
	}
	// The confirmation lies where the text lay: the sender watches that.
	v, err := value.Encrypt(&value.Value{
		ID: value.NewID(), Type: value.IMMessage, Data: value.InstantMessage{ID: m.ID, Date: time.Now().Unix()}.Append(nil),
	}, l.cfg.Device.Key, device)
	if err == nil {
		ctx, cancel := context.WithTimeout(l.ctx, letterTime)
		defer cancel()
		err = l.cfg.DHT.Put(ctx, inboxKey(l.cfg.Device.Key.Public()), v)
	}
	if err != nil && l.ctx.Err() == nil {
		l.log.Info("a text was not confirmed; its sender may leave it again", "from", from, "error", err)
	}
}
