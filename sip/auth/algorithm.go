// SPDX-License-Identifier: GPL-3.0-or-later

package auth

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"strings"
)

// algorithm is a hash function by which digests are made.
type algorithm struct {
	name    string // in lower case, without -sess
	session bool   // -sess: the key is made once of the first nonces
}

// algorithmOf reads the name of a challenge; without one it is MD5 (RFC 7616 section 3.3).
func algorithmOf(name string) (a algorithm, known bool) {
	a.name, a.session = strings.CutSuffix(strings.ToLower(name), "-sess")
	switch a.name {
	case "":
		a.name = "md5"
		return a, name == ""
	case "md5", "sha-256", "sha-512-256":
		return a, true
	}
	return a, false
}

// hash joins parts by colons and returns their hash in hexadecimal digits.
func (a algorithm) hash(parts ...string) string {
	text := []byte(strings.Join(parts, ":"))
	switch a.name {
	case "sha-256":
		sum := sha256.Sum256(text)
		return hex.EncodeToString(sum[:])
	case "sha-512-256":
		sum := sha512.Sum512_256(text)
		return hex.EncodeToString(sum[:])
	default:
		sum := md5.Sum(text)
		return hex.EncodeToString(sum[:])
	}
}
