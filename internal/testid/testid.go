// SPDX-License-Identifier: GPL-3.0-or-later

// Package testid gives tests identities that were made once, since RSA keys take seconds to make. The
// keys are public and worth nothing. All certificates are valid from 1990 to 2100, hence also in the
// year 2000 of a testing/synctest bubble.
package testid

import (
	"crypto/rand"
	"embed"
	"fmt"
	"testing"
	"time"

	"bellwire/identity"
)

//go:generate go run gen/main.go

//go:embed testdata/*.pem
var files embed.FS

// Valid is the validity of every fixture.
func Valid() identity.Validity {
	return identity.Validity{
		NotBefore: time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:  time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

// Account returns the account alice, bob or carol, with 4096-bit keys.
func Account(t testing.TB, name string) *identity.Account {
	t.Helper()
	account, err := identity.ParseAccountPEM(read(t, name+"-account.pem"))
	if err != nil {
		t.Fatalf("fixture account %s: %v", name, err)
	}
	return account
}

// Device returns the device of alice, bob or carol, or alice2, the second device of alice, with
// 4096-bit keys.
func Device(t testing.TB, name string) *identity.Device {
	t.Helper()
	device, err := identity.ParseDevicePEM(read(t, name+"-device.pem"))
	if err != nil {
		t.Fatalf("fixture device %s: %v", name, err)
	}
	return device
}

// Keys2048 is how many keys Key2048 has.
const Keys2048 = 8

// Key2048 returns free-standing key i of 2048 bits, 0 ≤ i < Keys2048.
func Key2048(t testing.TB, i int) *identity.PrivateKey {
	t.Helper()
	key, err := identity.ParsePrivateKeyPEM(read(t, fmt.Sprintf("key2048-%d.pem", i)))
	if err != nil {
		t.Fatalf("fixture key %d: %v", i, err)
	}
	return key
}

// Issue returns a device of the account with the given key and validity, for tests that need a chain
// which is expired, not yet valid, or of a key of their own.
func Issue(t testing.TB, account *identity.Account, key *identity.PrivateKey, valid identity.Validity) *identity.Device {
	t.Helper()
	device, err := account.IssueDevice(rand.Reader, key, valid)
	if err != nil {
		t.Fatalf("issue a device: %v", err)
	}
	return device
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	text, err := files.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatalf("there is no fixture %s: %v", name, err)
	}
	return text
}
