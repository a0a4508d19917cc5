// SPDX-License-Identifier: GPL-3.0-or-later

package store

import (
	"bytes"
	"slices"
	"strings"
	"sync"
)

// Memory returns an empty store that lives as long as the process.
func Memory() Store { return &memory{buckets: make(map[string]map[string][]byte)} }

type memory struct {
	mu      sync.RWMutex
	closed  bool
	buckets map[string]map[string][]byte
}

func (m *memory) View(fn func(Tx) error) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return ErrClosed
	}
	return fn(&memoryTx{base: m.buckets})
}

func (m *memory) Update(fn func(Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	tx := &memoryTx{base: m.buckets, changes: make(map[string]map[string][]byte)}
	if err := fn(tx); err != nil {
		return err
	}
	tx.commit()
	return nil
}

func (m *memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}

// memoryTx reads through its changes (nil inside View) to the base. A nil value among the changes is a
// deletion.
type memoryTx struct {
	base, changes map[string]map[string][]byte
}

func (tx *memoryTx) lookup(bucket, key string) (value []byte, found bool) {
	if value, changed := tx.changes[bucket][key]; changed {
		return value, value != nil
	}
	value, found = tx.base[bucket][key]
	return value, found
}

func (tx *memoryTx) Get(bucket, key string) ([]byte, error) {
	if err := checkName(bucket, key); err != nil {
		return nil, err
	}
	value, found := tx.lookup(bucket, key)
	if !found {
		return nil, ErrNotFound
	}
	return bytes.Clone(value), nil
}

func (tx *memoryTx) Put(bucket, key string, value []byte) error {
	if err := checkValue(value); err != nil {
		return err
	}
	return tx.change(bucket, key, append([]byte{}, value...))
}

func (tx *memoryTx) Delete(bucket, key string) error { return tx.change(bucket, key, nil) }

func (tx *memoryTx) change(bucket, key string, value []byte) error {
	if err := checkName(bucket, key); err != nil {
		return err
	}
	if tx.changes == nil {
		return ErrReadOnly
	}
	if tx.changes[bucket] == nil {
		tx.changes[bucket] = make(map[string][]byte)
	}
	tx.changes[bucket][key] = value
	return nil
}

func (tx *memoryTx) commit() {
	for bucket, changes := range tx.changes {
		if tx.base[bucket] == nil {
			tx.base[bucket] = make(map[string][]byte)
		}
		for key, value := range changes {
			if value == nil {
				delete(tx.base[bucket], key)
			} else {
				tx.base[bucket][key] = value
			}
		}
	}
}

func (tx *memoryTx) ForEach(bucket, prefix string, fn func(string, []byte) error) error {
	return tx.walk(bucket, prefix, false, fn)
}

func (tx *memoryTx) ForEachDown(bucket, prefix string, fn func(string, []byte) error) error {
	return tx.walk(bucket, prefix, true, fn)
}

func (tx *memoryTx) walk(bucket, prefix string, down bool, fn func(string, []byte) error) error {
	if err := checkBucket(bucket); err != nil {
		return err
	}
	return visit(tx, bucket, tx.keys(bucket, prefix), down, fn)
}

// keys lists the keys of a bucket, and those deleted in this transaction, in order.
func (tx *memoryTx) keys(bucket, prefix string) []string {
	var keys []string
	for key := range tx.base[bucket] {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	for key := range tx.changes[bucket] {
		if _, listed := tx.base[bucket][key]; !listed && strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
