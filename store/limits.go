// SPDX-License-Identifier: GPL-3.0-or-later

package store

import "fmt"

func checkName(bucket, key string) error {
	if err := checkBucket(bucket); err != nil {
		return err
	}
	if key == "" || len(key) > MaxKey {
		return fmt.Errorf("%w: a key has 1 to %d bytes, not %d", ErrLimit, MaxKey, len(key))
	}
	return nil
}

func checkBucket(bucket string) error {
	if bucket == "" || len(bucket) > MaxBucketName {
		return fmt.Errorf("%w: the name of a bucket has 1 to %d bytes, not %d", ErrLimit, MaxBucketName, len(bucket))
	}
	return nil
}

func checkValue(value []byte) error {
	if len(value) > MaxValue {
		return fmt.Errorf("%w: a value has at most %d bytes, not %d", ErrLimit, MaxValue, len(value))
	}
	return nil
}
