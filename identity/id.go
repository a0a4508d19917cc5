// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"encoding/hex"
	"fmt"
	"log/slog"
)

// KeyID names a public key: the SHA-1 of its DER SubjectPublicKeyInfo. It is also the key under which
// the network stores what concerns that key.
type KeyID [20]byte

// LongID names a public key: the SHA-256 of its DER SubjectPublicKeyInfo.
type LongID [32]byte

// AccountID is the KeyID of an account's key, the "Jami ID" people give one another.
type AccountID KeyID

// DeviceID is the KeyID of a device's key (the short device id; the long one is a LongID).
type DeviceID KeyID

// shortLen is how many hexadecimal digits of an id a log shows.
const shortLen = 8

// String returns 40 lower-case hexadecimal digits.
func (id KeyID) String() string { return hex.EncodeToString(id[:]) }

// String returns 40 lower-case hexadecimal digits.
func (id AccountID) String() string { return hex.EncodeToString(id[:]) }

// String returns 40 lower-case hexadecimal digits.
func (id DeviceID) String() string { return hex.EncodeToString(id[:]) }

// String returns 64 lower-case hexadecimal digits.
func (id LongID) String() string { return hex.EncodeToString(id[:]) }

// LogValue is the short form of the id: its first 8 digits.
func (id KeyID) LogValue() slog.Value { return shortForm(id[:]) }

// LogValue is the short form of the id: its first 8 digits.
func (id AccountID) LogValue() slog.Value { return shortForm(id[:]) }

// LogValue is the short form of the id: its first 8 digits.
func (id DeviceID) LogValue() slog.Value { return shortForm(id[:]) }

// LogValue is the short form of the id: its first 8 digits.
func (id LongID) LogValue() slog.Value { return shortForm(id[:]) }

// IsZero reports whether the id was never set.
func (id KeyID) IsZero() bool { return id == KeyID{} }

// IsZero reports whether the id was never set.
func (id AccountID) IsZero() bool { return id == AccountID{} }

// IsZero reports whether the id was never set.
func (id DeviceID) IsZero() bool { return id == DeviceID{} }

// IsZero reports whether the id was never set.
func (id LongID) IsZero() bool { return id == LongID{} }

// MarshalText returns the text form of String.
func (id KeyID) MarshalText() ([]byte, error) { return hexText(id[:]), nil }

// MarshalText returns the text form of String.
func (id AccountID) MarshalText() ([]byte, error) { return hexText(id[:]), nil }

// MarshalText returns the text form of String.
func (id DeviceID) MarshalText() ([]byte, error) { return hexText(id[:]), nil }

// MarshalText returns the text form of String.
func (id LongID) MarshalText() ([]byte, error) { return hexText(id[:]), nil }

// UnmarshalText reads what MarshalText wrote; upper-case digits are read too.
func (id *KeyID) UnmarshalText(text []byte) error { return parseHex(id[:], "a key id", string(text)) }

// UnmarshalText reads what MarshalText wrote; upper-case digits are read too.
func (id *AccountID) UnmarshalText(text []byte) error {
	return parseHex(id[:], "an account id", string(text))
}

// UnmarshalText reads what MarshalText wrote; upper-case digits are read too.
func (id *DeviceID) UnmarshalText(text []byte) error {
	return parseHex(id[:], "a device id", string(text))
}

// UnmarshalText reads what MarshalText wrote; upper-case digits are read too.
func (id *LongID) UnmarshalText(text []byte) error {
	return parseHex(id[:], "a long id", string(text))
}

// ParseAccountID reads 40 hexadecimal digits. The error wraps ErrID and says in one sentence what is
// wrong with the text.
func ParseAccountID(s string) (id AccountID, err error) {
	err = id.UnmarshalText([]byte(s))
	return id, err
}

func shortForm(id []byte) slog.Value { return slog.StringValue(hex.EncodeToString(id)[:shortLen]) }

func hexText(id []byte) []byte { return hex.AppendEncode(nil, id) }

// parseHex fills id from exactly twice as many hexadecimal digits, or leaves it as it was.
func parseHex(id []byte, what, s string) error {
	want := hex.EncodedLen(len(id))
	for i, r := range s {
		if !isHexDigit(r) {
			return &idError{fmt.Sprintf("%s has only the digits 0-9 and a-f, but character %d of %s is %q", what, i+1, quoted(s), r)}
		}
	}
	if len(s) != want {
		return &idError{fmt.Sprintf("%s has %d hexadecimal digits, but %s has %d", what, want, quoted(s), len(s))}
	}
	_, err := hex.Decode(id, []byte(s))
	return err
}

func isHexDigit(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'f' || 'A' <= r && r <= 'F'
}

// quoted shows a text in an error, cut where it is too long to be of help.
func quoted(s string) string {
	const limit = 80
	if len(s) > limit {
		return fmt.Sprintf("%q…", s[:limit])
	}
	return fmt.Sprintf("%q", s)
}

// idError is a sentence about an id that wraps ErrID without repeating it.
type idError struct{ sentence string }

func (e *idError) Error() string { return e.sentence }
func (e *idError) Unwrap() error { return ErrID }
