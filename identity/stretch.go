// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"crypto/sha256"
	"io"

	"golang.org/x/crypto/argon2"
)

// Parameters of the password encryption of archives. They are part of the format; with them one
// attempt at a password takes about half a second and 64 MiB.
const (
	saltLen       = 16
	argonTime     = 16
	argonMemory   = 64 << 10 // KiB
	argonThreads  = 1
	argonHashLen  = 32
	passwordExtra = saltLen + ivLen + tagLen
)

// stretch turns a password into an AES-256 key: SHA-256 of Argon2i.
func stretch(password string, salt []byte) []byte {
	key := sha256.Sum256(argon2.Key([]byte(password), salt, argonTime, argonMemory, argonThreads, argonHashLen))
	return key[:]
}

// SealWithPassword encrypts plain under a password: salt (16 bytes), IV (12), AES-256-GCM ciphertext,
// tag (16). It takes about half a second and 64 MiB, which is what makes guessing slow.
func SealWithPassword(random io.Reader, plain []byte, password string) ([]byte, error) {
	salt := make([]byte, saltLen, len(plain)+passwordExtra)
	if _, err := io.ReadFull(random, salt); err != nil {
		return nil, err
	}
	return sealGCM(random, salt, stretch(password, salt), plain)
}

// OpenWithPassword reads what SealWithPassword wrote. The only error is ErrWrongPassword.
func OpenWithPassword(sealed []byte, password string) ([]byte, error) {
	if len(sealed) < passwordExtra {
		return nil, ErrWrongPassword
	}
	plain, err := openGCM(stretch(password, sealed[:saltLen]), sealed[saltLen:])
	if err != nil {
		return nil, ErrWrongPassword
	}
	return plain, nil
}
