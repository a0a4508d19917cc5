// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
)

// Limits of an archive. Those of real accounts have about 10 KB, and grow by some hundred bytes for
// each contact and conversation.
const (
	// MaxArchive is the most bytes an archive file may have.
	MaxArchive = 8 << 20
	// maxArchiveJSON bounds what is inflated from it, so that a small file cannot fill the memory.
	maxArchiveJSON = 16 << 20
	// maxArchiveKeys bounds the members of its JSON object.
	maxArchiveKeys = 1024
)

var (
	// ErrArchive is wrapped when data is not an account archive, or a damaged one.
	ErrArchive = errors.New("not a readable account archive")
	// ErrPasswordNeeded is returned when an archive is encrypted and no password was given.
	ErrPasswordNeeded = errors.New("the account archive is protected by a password (or is not an archive): give its password")
	// ErrWrongPassword is returned when an archive does not open with the password given. A damaged
	// archive cannot be told from it.
	ErrWrongPassword = errors.New("the password is wrong, or the account archive is damaged")
)

// Archive is a whole account as a file that every client of the network reads: one JSON object,
// compressed, and encrypted if it has a password (see SealWithPassword).
type Archive struct {
	Account *Account
	// Other holds every member of the JSON object besides the account itself: contacts, conversations,
	// revocation list, settings. They are kept as they came, so that nothing is lost on the way
	// through us.
	Other map[string]json.RawMessage
}

// ReadArchive reads an archive from an untrusted source. An empty password is none; a password given
// for an archive without one does no harm. The error wraps ErrArchive, ErrPasswordNeeded or
// ErrWrongPassword.
func ReadArchive(data []byte, password string) (*Archive, error) {
	if len(data) > MaxArchive {
		return nil, fmt.Errorf("%w: %d bytes are more than %d", ErrArchive, len(data), MaxArchive)
	}
	text, err := openArchive(data, password)
	if err != nil {
		return nil, err
	}
	members, err := parseMembers(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	return archiveOf(members)
}

// openArchive returns the JSON text of an archive. An encrypted one begins with a random salt, which
// may by chance look like the beginning of gzip: what does not inflate is then tried as encrypted.
func openArchive(data []byte, password string) ([]byte, error) {
	var damage error
	if isGzip(data) {
		text, err := inflate(data, maxArchiveJSON)
		if err == nil {
			return text, nil
		}
		damage = fmt.Errorf("%w: %w", ErrArchive, err)
	}
	switch {
	case password == "" && damage != nil:
		return nil, damage
	case len(data) < passwordExtra:
		return nil, fmt.Errorf("%w: %d bytes are too few", ErrArchive, len(data))
	case password == "":
		return nil, ErrPasswordNeeded
	}
	plain, err := OpenWithPassword(data, password)
	switch {
	case err != nil && damage != nil:
		return nil, damage
	case err != nil:
		return nil, err
	}
	text, err := inflate(plain, maxArchiveJSON)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	return text, nil
}

// parseMembers splits a JSON object into its members.
func parseMembers(text []byte) (map[string]json.RawMessage, error) {
	if !json.Valid(text) {
		return nil, errors.New("its content is not JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if first, err := decoder.Token(); err != nil || first != json.Delim('{') {
		return nil, errors.New("its content is not a JSON object")
	}
	members := make(map[string]json.RawMessage)
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		if len(members) == maxArchiveKeys {
			return nil, fmt.Errorf("it has more than %d members", maxArchiveKeys)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		members[name.(string)] = value
	}
	return members, nil
}

// Write returns the archive, encrypted under the password unless that is empty.
func (a *Archive) Write(password string) ([]byte, error) {
	members, err := accountMembers(a.Account)
	if err != nil {
		return nil, fmt.Errorf("write the archive of account %s: %w", a.Account.ID(), err)
	}
	for name, value := range a.Other {
		if _, ours := members[name]; !ours {
			members[name] = value
		}
	}
	text, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("write the archive of account %s: %w", a.Account.ID(), err)
	}
	if password == "" {
		return deflateGzip(text)
	}
	packed, err := deflateZlib(text)
	if err != nil {
		return nil, err
	}
	return SealWithPassword(rand.Reader, packed, password)
}

// displayNameMember is the member of Other with the name the account shows to others.
const displayNameMember = "Account.displayName"

// DisplayName returns the name the account shows to others, "" if the archive has none.
func (a *Archive) DisplayName() string {
	var name string
	_ = json.Unmarshal(a.Other[displayNameMember], &name) // anything but a text is no name
	return name
}

// SetDisplayName changes the name the account shows to others.
func (a *Archive) SetDisplayName(name string) error {
	text, err := json.Marshal(name)
	if err != nil {
		return err
	}
	if a.Other == nil {
		a.Other = make(map[string]json.RawMessage)
	}
	a.Other[displayNameMember] = text
	return nil
}

// IsSealed reports whether data, an archive, is encrypted under a password.
func IsSealed(data []byte) bool {
	if !isGzip(data) {
		return true
	}
	_, err := inflate(data, maxArchiveJSON)
	return err != nil
}
