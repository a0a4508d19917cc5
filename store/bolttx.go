// SPDX-License-Identifier: GPL-3.0-or-later

package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"go.etcd.io/bbolt"
)

// fileTx is a transaction on a file. A value lies in it as the CRC-32C of key and value (4 bytes, big
// endian), then the value: bbolt has no checksums of its own for them.
type fileTx struct {
	file     *file
	tx       *bbolt.Tx
	writable bool
}

const sumLen = 4

func (t *fileTx) Get(bucket, key string) (value []byte, err error) {
	if err := checkName(bucket, key); err != nil {
		return nil, err
	}
	err = t.file.guard(func() error {
		b := t.tx.Bucket([]byte(bucket))
		if b == nil {
			return ErrNotFound
		}
		value, err = t.file.unpack(key, b.Get([]byte(key)))
		return err
	})
	return value, err
}

func (t *fileTx) Put(bucket, key string, value []byte) error {
	if err := checkName(bucket, key); err != nil {
		return err
	}
	if err := checkValue(value); err != nil {
		return err
	}
	if !t.writable {
		return ErrReadOnly
	}
	return t.file.guard(func() error {
		b, err := t.tx.CreateBucketIfNotExists([]byte(bucket))
		if err != nil {
			return err
		}
		return b.Put([]byte(key), pack(key, value))
	})
}

func (t *fileTx) Delete(bucket, key string) error {
	if err := checkName(bucket, key); err != nil {
		return err
	}
	if !t.writable {
		return ErrReadOnly
	}
	return t.file.guard(func() error {
		b := t.tx.Bucket([]byte(bucket))
		if b == nil {
			return nil
		}
		return b.Delete([]byte(key))
	})
}

func (t *fileTx) ForEach(bucket, prefix string, fn func(string, []byte) error) error {
	return t.walk(bucket, prefix, false, fn)
}

func (t *fileTx) ForEachDown(bucket, prefix string, fn func(string, []byte) error) error {
	return t.walk(bucket, prefix, true, fn)
}

// walk lists the keys first where fn may change the bucket: a cursor of bbolt does not bear that.
func (t *fileTx) walk(bucket, prefix string, down bool, fn func(string, []byte) error) error {
	if err := checkBucket(bucket); err != nil {
		return err
	}
	if !t.writable {
		return t.scan(bucket, prefix, down, func(key, packed []byte) error {
			value, err := t.file.unpack(string(key), packed)
			if err != nil {
				return err
			}
			return fn(string(key), value)
		})
	}
	var keys []string
	err := t.scan(bucket, prefix, false, func(key, _ []byte) error {
		keys = append(keys, string(key))
		return nil
	})
	if err != nil {
		return err
	}
	return visit(t, bucket, keys, down, fn)
}

// scan calls fn for the keys with the prefix, which fn must neither keep nor change.
func (t *fileTx) scan(bucket, prefix string, down bool, fn func(key, packed []byte) error) error {
	var cursor *bbolt.Cursor
	for {
		var key, packed []byte
		err := t.file.guard(func() error {
			switch b := t.tx.Bucket([]byte(bucket)); {
			case b == nil:
			case cursor == nil:
				cursor = b.Cursor()
				key, packed = first(cursor, prefix, down)
			case down:
				key, packed = cursor.Prev()
			default:
				key, packed = cursor.Next()
			}
			return nil
		})
		if err != nil || key == nil || !bytes.HasPrefix(key, []byte(prefix)) {
			return err
		}
		if err := fn(key, packed); err != nil {
			return err
		}
	}
}

// first moves to the first key with the prefix, or the last.
func first(c *bbolt.Cursor, prefix string, down bool) (key, packed []byte) {
	if !down {
		return c.Seek([]byte(prefix))
	}
	if end := successor(prefix); end != nil {
		if k, _ := c.Seek(end); k != nil {
			return c.Prev()
		}
	}
	return c.Last()
}

// successor returns the first key behind all that begin with prefix, nil when there is none.
func successor(prefix string) []byte {
	for n := len(prefix); n > 0; n-- {
		if prefix[n-1] < 0xff {
			return append([]byte(prefix[:n-1]), prefix[n-1]+1)
		}
	}
	return nil
}

func pack(key string, value []byte) []byte {
	out := make([]byte, sumLen, sumLen+len(value))
	binary.BigEndian.PutUint32(out, checksum(key, value))
	return append(out, value...)
}

// unpack returns a copy of the value. A wrong checksum does not keep the rest of the store from use.
func (f *file) unpack(key string, packed []byte) ([]byte, error) {
	switch {
	case packed == nil:
		return nil, ErrNotFound
	case len(packed) < sumLen || binary.BigEndian.Uint32(packed) != checksum(key, packed[sumLen:]):
		return nil, damaged(f.path, fmt.Errorf("the value %q has a wrong checksum", key))
	}
	return append([]byte{}, packed[sumLen:]...), nil
}

func checksum(key string, value []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum([]byte(key), table), table, value)
}
