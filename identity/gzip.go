// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// isGzip reports whether data begins as gzip with deflate does (RFC 1952, section 2.3.1).
func isGzip(data []byte) bool { return bytes.HasPrefix(data, []byte{0x1f, 0x8b, 8}) }

// inflate returns what was compressed, if that has at most limit bytes.
func inflate(data []byte, limit int) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(data))
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

func deflate(text []byte) ([]byte, error) {
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	if _, err := writer.Write(text); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
