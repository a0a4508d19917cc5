// SPDX-License-Identifier: GPL-3.0-or-later

// Package store owns the atomic reading and writing of small named byte values, in one file ([Open])
// or in memory ([Memory]). What the values mean is for those who write them to know.
//
// Values lie in buckets under keys. A bucket exists as soon as something is put into it. Writers take
// turns; a reader sees the state of one moment. Data is on the disk when Update returns: a process
// killed at any moment, or a machine that loses power, leaves the state after some Update that
// returned, or of the one that was about to.
package store

import "errors"

// Limits of names and values.
const (
	MaxBucketName = 255
	MaxKey        = 1024
	MaxValue      = 16 << 20
)

var (
	// ErrNotFound is returned when a bucket has no value under a key.
	ErrNotFound = errors.New("there is no such value in the store")
	// ErrInUse is wrapped when another process has the file open.
	ErrInUse = errors.New("the store is in use by another process")
	// ErrCorrupt is wrapped when the file is not a store, or a damaged one.
	ErrCorrupt = errors.New("the store is damaged")
	// ErrClosed is returned by everything called after Close.
	ErrClosed = errors.New("the store is closed")
	// ErrReadOnly is returned by Put and Delete inside View.
	ErrReadOnly = errors.New("the store is only being read here")
	// ErrLimit is wrapped when a name or a value is empty or too long.
	ErrLimit = errors.New("the store does not take this name or value")
)

// Store is a file or memory full of named values. It is safe for concurrent use.
type Store interface {
	// View runs fn on the state of one moment and returns its error.
	View(fn func(Tx) error) error
	// Update runs fn and then stores all it changed, or nothing when fn returns an error or panics.
	// Neither Update nor View may be called inside fn.
	Update(fn func(Tx) error) error
	// Close waits for running transactions and releases the file. Further calls do nothing.
	Close() error
}

// Tx reads, and inside Update writes, one state of a store. It is valid until the function it was given
// to returns, and in the goroutine of that function only.
type Tx interface {
	// Get returns a copy of the value, or ErrNotFound.
	Get(bucket, key string) ([]byte, error)
	// Put stores a copy of the value. A nil value is stored as an empty one.
	Put(bucket, key string, value []byte) error
	// Delete removes the value. That there is none is no error.
	Delete(bucket, key string) error
	// ForEach calls fn for every key of the bucket that begins with prefix, in the order of the keys'
	// bytes, until fn returns an error, which it returns. value is a copy. fn may put and delete: a key
	// deleted meanwhile is skipped, a new one is not seen.
	ForEach(bucket, prefix string, fn func(key string, value []byte) error) error
	// ForEachDown is ForEach from the last key to the first.
	ForEachDown(bucket, prefix string, fn func(key string, value []byte) error) error
}

// Get returns one value, or ErrNotFound.
func Get(s Store, bucket, key string) (value []byte, err error) {
	err = s.View(func(tx Tx) error {
		value, err = tx.Get(bucket, key)
		return err
	})
	return value, err
}

// Put stores one value.
func Put(s Store, bucket, key string, value []byte) error {
	return s.Update(func(tx Tx) error { return tx.Put(bucket, key, value) })
}

// Delete removes one value.
func Delete(s Store, bucket, key string) error {
	return s.Update(func(tx Tx) error { return tx.Delete(bucket, key) })
}

// ForEach calls fn for every value of a bucket in one View.
func ForEach(s Store, bucket string, fn func(key string, value []byte) error) error {
	return s.View(func(tx Tx) error { return tx.ForEach(bucket, "", fn) })
}
