// SPDX-License-Identifier: GPL-3.0-or-later

package identity_test

import (
	"bytes"
	"errors"
	"testing"

	"bellwire/identity"
	"bellwire/internal/testid"
)

func TestDecryptRecorded(t *testing.T) {
	bob, v := recordedKey(t, "identity-bob-2048"), vector(t, "crypto-rsa")
	for name, want := range map[string][]byte{"short": []byte("short"), "hybrid_300": bytes.Repeat([]byte("a"), 300)} {
		plain, err := bob.Decrypt(unhex(t, v[name]))
		if err != nil || !bytes.Equal(plain, want) {
			t.Errorf("%s: %q, %v", name, plain, err)
		}
	}
}

func TestEncryptDecrypt(t *testing.T) {
	key := testid.Key2048(t, 0)
	const block = 2048 / 8
	for _, size := range []int{0, 1, block - 11, block - 10, 4096, 64 << 10, identity.MaxPlaintext} {
		plain := bytes.Repeat([]byte{0x5a}, size)
		cypher, err := key.Public().Encrypt(randomSource, plain)
		if err != nil {
			t.Fatal(err)
		}
		want := block
		if size > block-11 {
			want += 12 + size + 16
		}
		if len(cypher) != want {
			t.Errorf("%d bytes become %d, want %d", size, len(cypher), want)
		}
		got, err := key.Decrypt(cypher)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes do not come back: %v", size, err)
		}
	}
	if _, err := key.Public().Encrypt(randomSource, make([]byte, identity.MaxPlaintext+1)); !errors.Is(err, identity.ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
}

// TestDecryptTellsNothing: whatever is wrong, the error is the same value.
func TestDecryptTellsNothing(t *testing.T) {
	key, other := testid.Key2048(t, 0), testid.Key2048(t, 1)
	good := must[[]byte](t)(key.Public().Encrypt(randomSource, make([]byte, 1000)))
	const block = 2048 / 8
	flip := func(b []byte, i int) []byte {
		b = bytes.Clone(b)
		b[i] ^= 1
		return b
	}
	for name, cypher := range map[string][]byte{
		"empty":                 nil,
		"less than a block":     good[:block-1],
		"a block and no tag":    good[:block+12+15],
		"wrong RSA block":       flip(good, 10),
		"RSA block of ones":     append(bytes.Repeat([]byte{0xff}, block), good[block:]...),
		"wrong IV":              flip(good, block),
		"wrong text":            flip(good, block+12),
		"wrong tag":             flip(good, len(good)-1),
		"cut":                   good[:len(good)-1],
		"longer":                append(bytes.Clone(good), 0),
		"a lone block":          bytes.Repeat([]byte{1}, block),
		"for somebody else":     must[[]byte](t)(other.Public().Encrypt(randomSource, make([]byte, 1000))),
		"more than the longest": make([]byte, block+28+identity.MaxPlaintext+1),
	} {
		if plain, err := key.Decrypt(cypher); err != identity.ErrDecrypt || plain != nil { //nolint:errorlint // identity is what is tested
			t.Errorf("%s: %d bytes, error %v", name, len(plain), err)
		}
	}
}
