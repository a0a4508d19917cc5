// SPDX-License-Identifier: GPL-3.0-or-later

package configs

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"bellwire/internal/durable"
)

// sample is the configuration written at the first start: every key with its meaning.
//
//go:embed sample.toml
var sample string

// Ensure writes the sample to path if nothing is there, with the folders above it, and reports whether
// it did. A program then says which hosts it will contact (see Config.Hosts) and how to choose others.
func Ensure(path string) (created bool, err error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return false, fmt.Errorf("look for the configuration: %w", err)
		}
		return false, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return false, fmt.Errorf("make the folder of the configuration: %w: choose a home that can be written with --home", err)
	}
	if err := durable.WriteFile(path, []byte(sample), 0o600); err != nil {
		return false, fmt.Errorf("write the first configuration: %w: choose a home that can be written with --home", err)
	}
	return true, nil
}
