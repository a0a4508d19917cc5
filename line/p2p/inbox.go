// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"sync/atomic"
	"time"

	"bellwire/call"
	"bellwire/dht/sealed"
	"bellwire/dht/value"
	"bellwire/identity"
	"bellwire/line/p2p/contacts"
)

const (
	// inboxRate is how many values of the inbox are decrypted in a second: a twentieth of a processor.
	inboxRate = 10
	// maxLookups is how many senders are looked up at the same time, and maxWaiting how many letters may
	// wait for that; those beyond are dropped, and are sent again.
	maxLookups = 8
	maxWaiting = 256
)

// inbox takes what others leave for this device in the DHT: contact requests, their confirmations, and
// the texts of Jami until 2024.
type inbox struct {
	line    *Line
	opener  *sealed.Opener
	senders *senders
	slots   chan struct{}
	waiting atomic.Int32
}

func newInbox(l *Line) *inbox {
	return &inbox{
		line:    l,
		opener:  sealed.NewOpener(l.cfg.Device.Key, inboxRate, 0, time.Now()),
		senders: newSenders(l),
		slots:   make(chan struct{}, maxLookups),
	}
}

// listen passes on what lies in the inbox until the line ends.
func (i *inbox) listen() {
	for e := range i.line.cfg.DHT.Changes(i.line.ctx, inboxKey(i.line.cfg.Device.Key.Public()), value.Query{}) {
		if !e.Expired && !e.Refreshed {
			i.opener.Add(e.Value, time.Now())
		}
	}
}

// run opens what lies in the inbox until the line ends.
func (i *inbox) run() { i.opener.Run(i.line.ctx, i.open) }

// open takes a value that was meant for this device and signed by its owner, a device of somebody. Who
// that is, is looked up only for what makes sense.
func (i *inbox) open(v *value.Value) {
	var handle func(from identity.AccountID, device *identity.PublicKey)
	switch v.Type {
	case value.TrustRequestType:
		r, err := value.ParseTrustRequest(v.Data)
		if err != nil || r.Service != value.TrustService {
			return
		}
		handle = func(from identity.AccountID, device *identity.PublicKey) { i.line.takeRequest(from, device, r) }
	case value.IMMessage:
		m, err := value.ParseInstantMessage(v.Data)
		if err != nil || m.ID == 0 || m.Text == "" { // without a text it confirms one, and we send none here
			return
		}
		handle = func(from identity.AccountID, device *identity.PublicKey) { i.line.takeLeft(from, device, m) }
	default:
		return
	}
	i.line.spawn(func() {
		from, known := i.senders.known(v.Owner)
		if !known {
			from, known = i.search(v.Owner)
		}
		if known {
			handle(from, v.Owner)
		}
	})
}

// search looks up whose device one is, when it is its turn.
func (i *inbox) search(device *identity.PublicKey) (from identity.AccountID, known bool) {
	defer i.waiting.Add(-1)
	if i.waiting.Add(1) > maxWaiting {
		return from, false
	}
	select {
	case i.slots <- struct{}{}:
	case <-i.line.ctx.Done():
		return from, false
	}
	defer func() { <-i.slots }()
	return i.senders.find(device)
}

// takeRequest takes a contact request or a confirmation.
func (l *Line) takeRequest(from identity.AccountID, device *identity.PublicKey, r value.TrustRequest) {
	if from == l.account {
		return
	}
	var changed []identity.AccountID
	var err error
	if r.Confirm {
		changed, err = l.book.Confirm(from)
	} else {
		changed, err = l.book.Request(from, contacts.Request{
			Name: cardName(r.Payload), Conversation: r.Conversation, Made: r.Invited,
		})
	}
	if err != nil {
		l.log.Warn("a contact request was dropped", "contact", from, "error", err)
		return
	}
	l.changed(changed...)
	if l.book.Get(from).State == call.Confirmed { // by this, or it was and the other does not know
		l.courier.meet(from, device, false)
		l.courier.visit(from)
	}
}
