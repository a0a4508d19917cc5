// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"bellwire/call"
	"bellwire/store"
)

const (
	outboxBucket = "outbox"
	// maxKept bounds the texts that wait.
	maxKept = 1000
	// keepTime is how long a text waits before it is given up.
	keepTime = 7 * 24 * time.Hour
	// maxRetries bounds the tries of kept texts under way at one time, lest a start with many of them
	// floods the network. A text that was just written does not queue up for it.
	maxRetries = 8
)

// outbox keeps texts and sends them, those to one target in order: each target with texts that wait
// has a queue with a goroutine of the phone. The keys of its bucket are numbers in the order in which
// the texts were written.
type outbox struct {
	phone   *Phone
	retries chan struct{} // has a place for each retry under way

	mu     sync.Mutex
	queues map[address]*queue
	kept   int
	last   uint64 // the greatest key
}

// address is who writes to whom, in lower case.
type address struct{ account, target string }

func addressOf(account, target string) address {
	return address{strings.ToLower(account), strings.ToLower(target)}
}

func newOutbox(p *Phone) *outbox {
	return &outbox{phone: p, retries: make(chan struct{}, maxRetries), queues: map[address]*queue{}}
}

// keep stores a text, with its entry in the history, and hands it to its queue.
func (o *outbox) keep(line call.Line, texter call.Texter, k keptText) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.kept >= maxKept {
		return fmt.Errorf("%d texts wait already; this one is not kept", o.kept)
	}
	k.Entry = newKey(k.Time)
	var key string
	err := o.phone.cfg.Store.Update(func(tx store.Tx) error {
		key = o.freeKeyLocked(tx)
		if err := putJSON(tx, outboxBucket, key, k); err != nil {
			return err
		}
		return putJSON(tx, historyBucket, k.Entry, Entry{
			Time: k.Time, Account: k.Account, Direction: Out, Peer: k.Target, Text: k.Text,
			State: TextWaiting, Message: messageID(k.ID),
		})
	})
	if err != nil {
		return fmt.Errorf("keep the text until it is delivered: %w", err)
	}
	o.kept++
	o.enqueueLocked(line, texter, k, queued{key: key, fresh: true})
	return nil
}

// freeKeyLocked returns the next key. Those that hold what could not be read at the start are left alone.
func (o *outbox) freeKeyLocked(tx store.Tx) (key string) {
	for range maxKept + 1 {
		o.last++
		key = fmt.Sprintf("%016x", o.last)
		if _, err := tx.Get(outboxBucket, key); errors.Is(err, store.ErrNotFound) {
			break
		}
	}
	return key
}

// restore takes up the texts that an earlier run left. Those of accounts that are not in service stay
// where they are.
func (o *outbox) restore() {
	o.mu.Lock()
	defer o.mu.Unlock()
	var old []keptText
	var keys []string
	err := store.ForEach(o.phone.cfg.Store, outboxBucket, func(key string, raw []byte) error {
		n, err := strconv.ParseUint(key, 16, 64)
		o.last = max(o.last, n)
		var k keptText
		if err := errors.Join(err, json.Unmarshal(raw, &k)); err != nil {
			o.phone.log.Error("a text that waits to be sent cannot be read", "key", key, "error", err)
			return nil
		}
		old, keys = append(old, k), append(keys, key)
		return nil
	})
	if err != nil {
		o.phone.log.Error("texts that wait to be sent cannot be read", "error", err)
	}
	o.kept = len(old)
	for i, k := range old {
		line, err := o.phone.line(k.Account)
		texter, ok := line.(call.Texter)
		switch {
		case err == nil && ok:
			o.enqueueLocked(line, texter, k, queued{key: keys[i]})
		case k.expired():
			o.settleLocked(keys[i], k, TextFailed, errExpired)
		}
	}
}

// enqueueLocked hands a text to the queue of its target, which is started when there is none.
func (o *outbox) enqueueLocked(line call.Line, texter call.Texter, k keptText, item queued) {
	to := addressOf(k.Account, k.Target)
	q := o.queues[to]
	if q == nil {
		q = &queue{outbox: o, address: to, line: line, texter: texter, target: k.Target, news: make(chan struct{}, 1)}
		if !o.phone.spawn(q.run) {
			return // the text waits in the store for the next start
		}
		o.queues[to] = q
	}
	q.items = append(q.items, item)
	q.poke()
}

// poke has the texts for somebody tried now: there is a sign that they can be reached.
func (o *outbox) poke(account, target string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if q := o.queues[addressOf(account, target)]; q != nil {
		q.poke()
	}
}

// read returns a text that is kept.
func (o *outbox) read(key string) (k keptText, err error) {
	raw, err := store.Get(o.phone.cfg.Store, outboxBucket, key)
	if err != nil {
		return k, err
	}
	return k, json.Unmarshal(raw, &k)
}

// settle notes that a text is delivered or given up, and tells of it.
func (o *outbox) settle(key string, k keptText, state string, cause error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.settleLocked(key, k, state, cause)
}

func (o *outbox) settleLocked(key string, k keptText, state string, cause error) {
	e := k.event(state, cause)
	err := o.phone.cfg.Store.Update(func(tx store.Tx) error {
		if err := tx.Delete(outboxBucket, key); err != nil {
			return err
		}
		return amend(tx, k.Entry, func(entry *Entry) { entry.State, entry.Reason = state, e.Reason })
	})
	if err != nil { // the next start sends it once more, under the same id
		o.phone.log.Error("what became of a text cannot be noted", "error", err)
	}
	o.kept--
	o.phone.events.publish(e)
}
