// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tinylib/msgp/msgp"

	"bellwire/dht/value"
	"bellwire/identity"
	"bellwire/internal/msgpack"
)

// trustType is the value type of contact requests.
const trustType = 4

// ContactRequest is somebody who wants to be a contact.
type ContactRequest struct {
	From         identity.AccountID
	Conversation string
	Payload      []byte // a vCard
	device       *identity.PublicKey
}

// trust is a contact request or its confirmation.
type trust struct {
	service, conversation string
	payload               []byte
	confirm               bool
	invited               int64 // milliseconds; 0 in a confirmation
	dated                 bool  // has the fifth field, which 2023 does not write
}

func (t trust) append(b []byte) []byte {
	fields := uint32(4)
	if t.dated {
		fields++
	}
	b = msgp.AppendMapHeader(b, fields)
	b = msgp.AppendString(b, "service")
	b = msgp.AppendString(b, t.service)
	b = msgp.AppendString(b, "conversationId")
	b = msgp.AppendString(b, t.conversation)
	b = msgp.AppendString(b, "payload")
	b = msgp.AppendBytes(b, t.payload)
	b = msgp.AppendString(b, "confirm")
	b = msgp.AppendBool(b, t.confirm)
	if t.dated {
		b = msgp.AppendString(b, "invitedMs")
		b = msgpack.AppendInt(b, t.invited)
	}
	return b
}

// parseTrust reads a request. One whose payload is no bin is dropped whole.
func parseTrust(b []byte) (trust, error) {
	var t trust
	m := msgpack.NewReader(b)
	payload := false
	for range m.Map() {
		switch string(m.Key()) {
		case "service":
			t.service = string(m.Text())
		case "conversationId":
			t.conversation = string(m.Text())
		case "payload":
			payload = m.Type() == msgp.BinType
			t.payload = m.Bytes()
		case "confirm":
			t.confirm = m.Bool()
		case "invitedMs":
			t.invited, t.dated = int64(m.Uint(math.MaxInt64)), true
		default:
			m.Skip()
		}
	}
	if m.Err() != nil || !payload || t.service != "cx.ring" {
		return trust{}, fmt.Errorf("not a contact request: %d bytes, payload is bin: %v, service %q", len(b), payload, t.service)
	}
	return t, nil
}

// takeInbox deals with a value in the inbox. Texts have not been left there since 2024.
func (p *Peer) takeInbox(v *value.Value) {
	if v.Type != trustType || v.UserType != "" {
		return
	}
	t, err := parseTrust(v.Data)
	if err != nil {
		p.complain("%v", err)
		return
	}
	chain, err := p.certificate(p.ctx, v.Owner)
	if err != nil {
		return
	}
	from := chain.AccountID()
	p.mu.Lock()
	known := p.allowed[from]
	p.mu.Unlock()
	switch {
	case t.confirm:
		offer(p.confirmed, from)
	case known:
		_ = p.confirm(p.ctx, v.Owner, t.conversation)
	default:
		offer(p.asked, ContactRequest{From: from, Conversation: t.conversation, Payload: t.payload, device: v.Owner})
	}
}

// Accept makes who asked a contact and confirms it.
func (p *Peer) Accept(ctx context.Context, r ContactRequest) error {
	p.Allow(r.From)
	return p.confirm(ctx, r.device, r.Conversation)
}

func (p *Peer) confirm(ctx context.Context, to *identity.PublicKey, conversation string) error {
	return p.sendTrust(ctx, to, trust{conversation: conversation, payload: []byte{}, confirm: true})
}

// AddContact asks every device of an account to become a contact, and takes the account for one.
func (p *Peer) AddContact(ctx context.Context, account identity.AccountID, conversation string) error {
	p.Allow(account)
	devices, err := p.announced(ctx, account)
	if err != nil {
		return err
	}
	if len(devices) == 0 {
		return errors.New("no device of the account is announced")
	}
	for _, device := range devices {
		card := fmt.Sprintf("BEGIN:VCARD\nFN:%s\nEND:VCARD", p.cfg.Name)
		t := trust{conversation: conversation, payload: []byte(card), invited: time.Now().UnixMilli()}
		if err := p.sendTrust(ctx, device, t); err != nil {
			return err
		}
	}
	return nil
}

func (p *Peer) sendTrust(ctx context.Context, to *identity.PublicKey, t trust) error {
	t.service, t.dated = "cx.ring", p.cfg.Generation == August2026
	return p.send(ctx, inboxKey(to), to, &value.Value{Type: trustType, Data: t.append(nil)})
}
