// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// Members of an archive's JSON object that make the account. All are base64, the first three of PEM,
// the last of the 32 bytes themselves.
const (
	memberCAKey       = "ringCaKey"       // the CA's private key; absent from accounts of an organisation
	memberAccountKey  = "ringAccountKey"  // the account's private key
	memberAccountCert = "ringAccountCert" // the account's certificate and those above it
	memberEthKey      = "ethKey"          // the owner of the account's registered name
)

// archiveOf takes the members of the account out of members; the rest becomes Other.
func archiveOf(members map[string]json.RawMessage) (*Archive, error) {
	key, err := keyMember(members, memberAccountKey)
	if err != nil {
		return nil, err
	}
	var caKey *PrivateKey
	if _, present := members[memberCAKey]; present {
		if caKey, err = keyMember(members, memberCAKey); err != nil {
			return nil, err
		}
	}
	chain, err := certificateMember(members)
	if err != nil {
		return nil, err
	}
	account, err := NewAccountOf(key, caKey, chain, ethKeyMember(members))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	for _, name := range []string{memberCAKey, memberAccountKey, memberAccountCert} {
		delete(members, name)
	}
	if account.EthKey != nil {
		delete(members, memberEthKey)
	}
	return &Archive{Account: account, Other: members}, nil
}

// base64Member returns the decoded content of a member.
func base64Member(members map[string]json.RawMessage, name string) ([]byte, error) {
	var text string
	if err := json.Unmarshal(members[name], &text); err != nil {
		return nil, fmt.Errorf("%w: its member %q is missing or not a text", ErrArchive, name)
	}
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%w: its member %q is not base64", ErrArchive, name)
	}
	return content, nil
}

func keyMember(members map[string]json.RawMessage, name string) (*PrivateKey, error) {
	text, err := base64Member(members, name)
	if err != nil {
		return nil, err
	}
	key, err := ParsePrivateKeyPEM(text)
	if err != nil {
		return nil, fmt.Errorf("%w: its member %q: %w", ErrArchive, name, err)
	}
	return key, nil
}

func certificateMember(members map[string]json.RawMessage) ([]*x509.Certificate, error) {
	text, err := base64Member(members, memberAccountCert)
	if err != nil {
		return nil, err
	}
	certs, err := parseCertificates(text)
	if err != nil {
		return nil, fmt.Errorf("%w: its member %q: %w", ErrArchive, memberAccountCert, err)
	}
	return certs, nil
}

// ethKeyMember returns nil when there is none of the right form. It is needed only to register a name,
// so a strange one does not keep an account from being used; it stays in Other.
func ethKeyMember(members map[string]json.RawMessage) []byte {
	key, err := base64Member(members, memberEthKey)
	if err != nil || len(key) != ethKeyLen {
		return nil
	}
	return key
}

// accountMembers is the reverse of archiveOf.
func accountMembers(account *Account) (map[string]json.RawMessage, error) {
	contents := map[string][]byte{
		memberAccountCert: appendCertificates(nil, account.certificates()...),
	}
	var err error
	if contents[memberAccountKey], err = account.Key.PEM(); err != nil {
		return nil, err
	}
	if account.CAKey != nil {
		if contents[memberCAKey], err = account.CAKey.PEM(); err != nil {
			return nil, err
		}
	}
	if account.EthKey != nil {
		contents[memberEthKey] = account.EthKey
	}
	members := make(map[string]json.RawMessage, len(contents))
	for name, content := range contents {
		if members[name], err = json.Marshal(content); err != nil { // a []byte becomes base64
			return nil, err
		}
	}
	return members, nil
}
