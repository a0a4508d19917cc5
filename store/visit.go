// SPDX-License-Identifier: GPL-3.0-or-later

package store

import (
	"errors"
	"slices"
)

// visit calls fn for keys listed before, and skips those deleted since.
func visit(tx Tx, bucket string, keys []string, down bool, fn func(string, []byte) error) error {
	if down {
		slices.Reverse(keys)
	}
	for _, key := range keys {
		value, err := tx.Get(bucket, key)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if err := fn(key, value); err != nil {
			return err
		}
	}
	return nil
}
