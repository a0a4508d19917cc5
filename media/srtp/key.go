// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

const (
	keyLen     = 16 // master key of every suite here
	saltLenCM  = 14 // RFC 3711 8.2
	saltLenGCM = 12 // RFC 7714 12
)

// Key is a master key with its master salt, the secret of one direction. It never shows itself
// in logs or formatted output; Inline is the only way out.
type Key struct {
	material [keyLen + saltLenCM]byte
	salt     int // length of the salt; zero for a zero Key
}

// NewKey makes a random key for the suite.
func NewKey(s Suite) Key {
	k := Key{salt: s.saltLen()}
	rand.Read(k.material[:keyLen+k.salt]) // never fails (crypto/rand)
	return k
}

// KeyOf makes a key from the 16-byte master key followed by the salt: 14 bytes for the AES_CM
// suites, 12 for AEAD_AES_128_GCM.
func KeyOf(s Suite, material []byte) (Key, error) {
	k := Key{salt: s.saltLen()}
	if k.salt == 0 || len(material) != keyLen+k.salt {
		return Key{}, fmt.Errorf("SRTP key for %s: %d bytes of key and salt, %d are needed", s, len(material), keyLen+k.salt)
	}
	copy(k.material[:], material)
	return k, nil
}

// ErrInline says that a key parameter of an a=crypto line cannot be used.
var ErrInline = errors.New("key parameter of an a=crypto line")

// ParseInline reads a key parameter of an a=crypto line, "inline:BASE64" with an optional
// lifetime behind a bar (RFC 4568 6.1). A lifetime is accepted and not enforced: no call lives for
// 2^31 packets. A master key identifier (MKI) is refused, since nothing here sends one.
func ParseInline(s Suite, param string) (Key, error) {
	text, ok := strings.CutPrefix(param, "inline:")
	if !ok {
		return Key{}, fmt.Errorf("%w: does not begin with \"inline:\"", ErrInline)
	}
	text, rest, _ := strings.Cut(text, "|")
	if strings.Contains(rest, ":") {
		return Key{}, fmt.Errorf("%w: a master key identifier is not supported", ErrInline)
	}
	enc := base64.StdEncoding
	if !strings.HasSuffix(text, "=") {
		enc = base64.RawStdEncoding // some peers leave the padding out
	}
	material, err := enc.DecodeString(text)
	if err != nil {
		return Key{}, fmt.Errorf("%w: not base64", ErrInline) // the cause would quote the key
	}
	k, err := KeyOf(s, material)
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrInline, err)
	}
	return k, nil
}

// Inline returns the key parameter of an a=crypto line: "inline:" and base64. It is secret.
func (k Key) Inline() string {
	return "inline:" + base64.StdEncoding.EncodeToString(k.material[:keyLen+k.salt])
}

// IsZero reports whether no key was set.
func (k Key) IsZero() bool { return k.salt == 0 }

// String hides the key.
func (k Key) String() string { return "[SRTP key]" }

// GoString hides the key.
func (k Key) GoString() string { return k.String() }

// LogValue hides the key.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

func (s Suite) saltLen() int {
	switch s {
	case AESCM128SHA1_80, AESCM128SHA1_32:
		return saltLenCM
	case AEADAES128GCM:
		return saltLenGCM
	}
	return 0
}
