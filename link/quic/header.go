// SPDX-License-Identifier: GPL-3.0-or-later

package quic

import (
	"fmt"
	"io"
	"unicode/utf8"

	"bellwire/link"
)

// Answers to the header of a stream.
const (
	accept  = 1
	decline = 2
)

// appendHeader appends what begins a stream: the length of its name and the name.
func appendHeader(b []byte, name string) []byte {
	b = append(b, byte(len(name)))
	return append(b, name...)
}

// readHeader reads what begins a stream. The error wraps link.ErrName when the name is none.
func readHeader(r io.Reader) (name string, err error) {
	var b [link.MaxName]byte
	if _, err := io.ReadFull(r, b[:1]); err != nil {
		return "", err
	}
	n := b[0]
	if _, err := io.ReadFull(r, b[:n]); err != nil {
		return "", err
	}
	if n == 0 || !utf8.Valid(b[:n]) {
		return "", fmt.Errorf("%w: %d bytes", link.ErrName, n)
	}
	return string(b[:n]), nil
}
