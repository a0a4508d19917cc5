// SPDX-License-Identifier: GPL-3.0-or-later

package contacts

import (
	"encoding/binary"
	"fmt"

	"bellwire/identity"
	"bellwire/store"
)

const (
	// maxHeard is how many texts are remembered. A text may come over several ways within minutes, and
	// once more after a restart.
	maxHeard = 512
	heardKey = "heard"
	textSize = len(identity.AccountID{}) + 8
)

// text names a text: its sender and the id the sender gave it.
type text struct {
	from identity.AccountID
	id   uint64
}

// Heard reports whether a text arrived before.
func (b *Book) Heard(from identity.AccountID, id uint64) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.heard.Has(text{from, id})
}

// Hear remembers a text that arrived. When it cannot be written, it is remembered until the end of the
// process.
func (b *Book) Hear(from identity.AccountID, id uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heard.Add(text{from, id})
	var raw []byte
	for _, t := range b.heard.Names() {
		raw = append(raw, t.from[:]...)
		raw = binary.BigEndian.AppendUint64(raw, t.id)
	}
	if err := store.Put(b.cfg.Store, b.bucket, heardKey, raw); err != nil {
		return fmt.Errorf("remember a text: %w", err)
	}
	return nil
}

func (b *Book) loadHeard(raw []byte) {
	for ; len(raw) >= textSize; raw = raw[textSize:] {
		b.heard.Add(text{identity.AccountID(raw[:textSize-8]), binary.BigEndian.Uint64(raw[textSize-8:])})
	}
}
