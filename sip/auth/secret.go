// SPDX-License-Identifier: GPL-3.0-or-later

package auth

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a password that no print, log or encoder shows. It stands behind a pointer since fmt asks no methods of
// what lies in unexported fields, but does not follow pointers there.
type Secret struct{ text *string }

const hidden = "(secret)"

// NewSecret hides a password.
func NewSecret(text string) Secret { return Secret{&text} }

func (s Secret) reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String does not tell the password.
func (Secret) String() string { return hidden }

// Format hides the password from every verb of fmt.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue hides the password from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the password from encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
