// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"errors"
	"fmt"
)

var (
	// ErrInvalid: a value given by the caller is not what it should be.
	ErrInvalid = errors.New("invalid address of a server")
	// ErrInsecure: a sips URI and transports without TLS alone.
	ErrInsecure = errors.New("no secure transport")
	// ErrUnknown: the DNS answers, and knows no address.
	ErrUnknown = errors.New("the DNS knows no address of it")
	// ErrNoService: the domain says in the DNS that it has no such SIP service (RFC 2782).
	ErrNoService = errors.New("the domain says that it offers no such SIP service")
	// ErrUnavailable: the DNS does not answer.
	ErrUnavailable = errors.New("the DNS does not answer")
)

func unknown(host string) error {
	return fmt.Errorf("the server %q cannot be found: %w; check its name in the account", host, ErrUnknown)
}

func noService(q Query) error {
	return fmt.Errorf("the server %q cannot be used over %v: %w; choose another transport or server in the account", q.Host, q.Allowed, ErrNoService)
}

func unavailable(host string, cause error) error {
	return fmt.Errorf("the server %q cannot be looked up: %w (%w); check the network", host, ErrUnavailable, cause)
}

// short keeps text of others from filling a screen.
func short(s string) string {
	if len(s) > 64 {
		return s[:64] + "..."
	}
	return s
}
