// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
)

// An open archive is compressed as gzip (RFC 1952). Inside an encrypted one Jami writes zlib (RFC 1950)
// instead; both are read there.

// isGzip reports whether data begins as gzip with deflate does (RFC 1952, section 2.3.1).
func isGzip(data []byte) bool { return bytes.HasPrefix(data, []byte{0x1f, 0x8b, 8}) }

// inflate returns what was compressed, if that has at most limit bytes.
func inflate(data []byte, limit int) ([]byte, error) {
	var reader io.Reader
	var err error
	if isGzip(data) {
		reader, err = gzip.NewReader(bytes.NewReader(data))
	} else {
		reader, err = zlib.NewReader(bytes.NewReader(data))
	}
	if err != nil {
		return nil, fmt.Errorf("its compression is damaged: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(reader, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("its compression is damaged: %w", err)
	}
	if len(text) > limit {
		return nil, fmt.Errorf("it inflates to more than %d bytes", limit)
	}
	return text, nil
}

func deflateGzip(text []byte) ([]byte, error) {
	var out bytes.Buffer
	return finish(&out, gzip.NewWriter(&out), text)
}

func deflateZlib(text []byte) ([]byte, error) {
	var out bytes.Buffer
	return finish(&out, zlib.NewWriter(&out), text)
}

func finish(out *bytes.Buffer, writer io.WriteCloser, text []byte) ([]byte, error) {
	if _, err := writer.Write(text); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
