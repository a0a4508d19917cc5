// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bellwire/call"
	"bellwire/store"
)

const (
	historyBucket = "history"
	// historyLength is how many entries are kept; the oldest go first.
	historyLength = 10_000
	// historySlack is how many entries there may be beyond that for a while.
	historySlack = 500
	// historyShown is how many entries History returns.
	historyShown = 500
	// keyTime makes keys that sort by time.
	keyTime = "20060102T150405.000000000"
)

// Entry is one call or text of the past.
type Entry struct {
	Time      time.Time `json:"time"` // when it began
	Account   string    `json:"account"`
	Direction string    `json:"direction"`
	Peer      string    `json:"peer"` // proved identity, or what was dialled when nobody proved one
	Name      string    `json:"name,omitempty"`
	Reason    string    `json:"reason,omitempty"`  // how a call ended, or why a text failed
	Seconds   float64   `json:"seconds,omitempty"` // of talk
	Text      string    `json:"text,omitempty"`
	State     string    `json:"state,omitempty"`   // of a text that was sent; entries of before there were states have none and were delivered
	Message   string    `json:"message,omitempty"` // id of such a text
}

// History returns the last entries, the latest first.
func (p *Phone) History() ([]Entry, error) {
	entries := []Entry{}
	full := errors.New("enough")
	err := p.cfg.Store.View(func(tx store.Tx) error {
		return tx.ForEachDown(historyBucket, "", func(key string, raw []byte) error {
			var e Entry
			if err := json.Unmarshal(raw, &e); err != nil {
				return fmt.Errorf("entry %s of the history: %w", key, err)
			}
			if entries = append(entries, e); len(entries) == historyShown {
				return full
			}
			return nil
		})
	})
	if err != nil && !errors.Is(err, full) {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	return entries, nil
}

// note writes a call that is over into the history.
func (p *Phone) note(c *Call, reason call.Reason, figures *Figures) {
	e := Entry{Time: c.started, Account: c.line.ID(), Direction: c.direction, Reason: reason.String()}
	c.mu.Lock()
	e.Peer, e.Name = c.peer.ID, c.peer.Name
	c.mu.Unlock()
	if e.Peer == "" {
		e.Peer = c.target
	}
	if figures != nil {
		e.Seconds = figures.Seconds
	}
	p.record(e)
}

// record appends an entry. The history is a convenience: a disk that is full does not end a call.
func (p *Phone) record(e Entry) {
	err := p.cfg.Store.Update(func(tx store.Tx) error { return putJSON(tx, historyBucket, newKey(e.Time), e) })
	if err != nil {
		p.log.Error("the history cannot be written", "error", err)
	}
	p.recordedOne()
}

// recordedOne counts the entries and shortens the history now and then.
func (p *Phone) recordedOne() {
	if p.recorded.Add(1)%historySlack == 0 {
		p.trim()
	}
}

// newKey returns a key for an entry of a time.
func newKey(t time.Time) string { return t.UTC().Format(keyTime) + "-" + newID() }

// amend changes an entry in place. One that was trimmed away meanwhile stays away.
func amend(tx store.Tx, key string, change func(*Entry)) error {
	raw, err := tx.Get(historyBucket, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var e Entry
	if err := json.Unmarshal(raw, &e); err != nil {
		return fmt.Errorf("entry %s of the history: %w", key, err)
	}
	change(&e)
	return putJSON(tx, historyBucket, key, e)
}

func putJSON(tx store.Tx, bucket, key string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return tx.Put(bucket, key, raw)
}

// trim removes what is beyond the length of the history. It runs when the phone starts and now and
// then: strangers can call as often as they like.
func (p *Phone) trim() {
	err := p.cfg.Store.Update(func(tx store.Tx) error {
		seen := 0
		return tx.ForEachDown(historyBucket, "", func(key string, _ []byte) error {
			if seen++; seen > historyLength {
				return tx.Delete(historyBucket, key)
			}
			return nil
		})
	})
	if err != nil {
		p.log.Error("the history cannot be shortened", "error", err)
	}
}
