// SPDX-License-Identifier: GPL-3.0-or-later

package auth

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrWrongPassword: the server knows its nonce and refuses the answer; another try cannot do better.
	ErrWrongPassword = errors.New("the user name or the password is wrong")
	// ErrNoLogin: the account has no login for any of the realms that ask.
	ErrNoLogin = errors.New("the account has no login for it")
	// ErrUnsupported: nothing the server offers to authenticate by is digest of a kind we know.
	ErrUnsupported = errors.New("no way of authentication in common")
	// ErrEndless: the server goes on asking without refusing.
	ErrEndless = errors.New("the server asks for the password again and again without refusing it")
	// ErrInvalid: a value given by the caller cannot stand in a header field.
	ErrInvalid = errors.New("invalid value")
)

func wrongPassword(s space, user string) error {
	return fmt.Errorf("%s refused %q: %w; check both in the account", s, short(user), ErrWrongPassword)
}

func noLogin(s space) error {
	return fmt.Errorf("%s asks for a password: %w; add one to the account", s, ErrNoLogin)
}

// unsupported names what was offered, each kind once.
func unsupported(kinds []string) error {
	if len(kinds) == 0 {
		kinds = []string{"nothing that can be read"}
	}
	return fmt.Errorf("%w: the server offers %s, we know digest by MD5, SHA-256 and SHA-512-256; ask its operator to allow one",
		ErrUnsupported, strings.Join(kinds, ", "))
}

// short keeps text of the network from filling a screen.
func short(s string) string {
	if len(s) > 64 {
		return s[:64] + "..."
	}
	return s
}
