// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"bellwire/dht/storage"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// ErrBusy is for Engine.Verified: the job was given up because too many others wait.
var ErrBusy = errors.New("too many signatures wait for verification")

// Job is a signature to be verified.
type Job struct {
	Value *value.Value
	Own   bool       // for an operation of our own
	From  netip.Addr // who sent the value, unless Own

	done func(ok bool)
}

// Verified tells the outcome of a job: nil when the signature is right. It may be called from within
// Host.Verify.
func (e *Engine) Verified(now time.Time, j *Job, err error) time.Time {
	e.now = now
	if j.Own || !errors.Is(err, ErrBusy) {
		j.done(err == nil)
	}
	return e.timers.next()
}

// servePut stores the values of a put whose token was found right. Each is confirmed by a reply of its
// own, stored or not: that is the protocol. Only a value whose signature could not be verified for
// lack of time goes without, so that the put is repeated.
func (e *Engine) servePut(f *family, from netip.AddrPort, m *wire.Message) {
	if m.Target.IsZero() {
		e.refuse(from, m, wire.CodeNonAuthoritative, wire.TextNoKey)
		return
	}
	far := f.isFar(m.Target)
	for _, packed := range m.Values {
		v, err := value.Parse(slices.Clone(packed))
		if err != nil {
			continue
		}
		if !e.storePut(from, m, v, far) {
			return
		}
	}
}

// storePut reports false when the rest of the put must be left.
func (e *Engine) storePut(from netip.AddrPort, m *wire.Message, v *value.Value, far bool) bool {
	if v.ID == 0 {
		e.refuse(from, m, wire.CodeNonAuthoritative, wire.TextNoValueID)
		return false
	}
	header := wire.Message{TID: m.TID}
	confirm := func() { e.reply(from, &header, wire.Message{VID: v.ID}) }
	if far {
		confirm()
		return true
	}
	put := storage.Put{Key: m.Target, Value: v, From: from.Addr()}
	if m.Created != 0 {
		put.Created = time.Unix(m.Created, 0)
	}
	switch e.store.Admit(e.now, put) {
	case storage.Acceptable:
		e.changed(e.store.Commit(e.now, put))
		confirm()
	case storage.NeedsVerification:
		e.host.Verify(&Job{Value: v, From: from.Addr(), done: func(ok bool) {
			if ok {
				e.changed(e.store.Commit(e.now, put))
			}
			confirm()
		}})
	default:
		confirm()
	}
	return true
}

func (e *Engine) serveRefresh(from netip.AddrPort, m *wire.Message) {
	if !e.tokens.valid(m.Token, from) {
		e.refuse(from, m, wire.CodeUnauthorized, wire.TextWrongToken)
		return
	}
	result, err := e.store.Refresh(e.now, m.Target, m.VID)
	if err != nil {
		e.refuse(from, m, wire.CodeNotFound, wire.TextNothingStored)
		return
	}
	e.changed([]storage.Result{result})
	e.reply(from, m, wire.Message{VID: m.VID})
}
