// SPDX-License-Identifier: GPL-3.0-or-later

package keyring

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bellwire/identity"
)

// Files of an account.
const (
	archiveFile      = "archive"
	deviceFile       = "device.pem"
	announcementFile = "announcement"
	infoFile         = "info.json"
	contactsFile     = "contacts.json"

	// fileMode is that of every file, secret or not.
	fileMode = 0o600

	// maxSmallFile bounds every file but the archive.
	maxSmallFile = 256 << 10

	// MaxName is the most bytes of a display name.
	MaxName = 256
)

// info is the content of info.json.
type info struct {
	Name  string    `json:"name"`
	Added time.Time `json:"added"`
}

func (i info) encode() ([]byte, error) {
	text, err := json.MarshalIndent(i, "", "  ")
	return append(text, '\n'), err
}

func checkName(name string) error {
	switch {
	case len(name) > MaxName:
		return fmt.Errorf("%w: %d bytes are more than %d", ErrName, len(name), MaxName)
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: it is not UTF-8", ErrName)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("%w: it has control characters", ErrName)
	}
	return nil
}

// read returns the content of a file of an account. Where others may read a file, that is put right
// first.
func (r *Ring) read(id identity.AccountID, file string, limit int64) ([]byte, error) {
	path := r.path(id, file)
	f, err := os.Open(path)
	if err != nil {
		return nil, r.missing(id, err)
	}
	defer func() { _ = f.Close() }()
	state, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if state.Mode().Perm()&0o077 != 0 {
		if err := f.Chmod(fileMode); err != nil {
			return nil, fmt.Errorf("keep others from reading %s: %w", path, err)
		}
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, damaged(path, fmt.Errorf("it has more than %d bytes", limit))
	}
	return data, nil
}

// missing tells an account that is not there from one that lacks a file.
func (r *Ring) missing(id identity.AccountID, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read account %s: %w", id, err)
	}
	if _, gone := os.Stat(r.folder(id)); errors.Is(gone, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		return damaged(at.Path, errors.New("it is missing"))
	}
	return err
}

// damaged is the one sentence about a file that cannot be used.
func damaged(path string, cause error) error {
	return fmt.Errorf("the key file %s %w (%w): restore it from a backup, or remove the account and import its archive again", path, ErrDamaged, cause)
}
