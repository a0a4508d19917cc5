// SPDX-License-Identifier: GPL-3.0-or-later

//go:build ignore

// Command gen makes the fixtures of internal/testid anew, in the folder testdata.
package main

import (
	"crypto/rand"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"bellwire/identity"
	"bellwire/internal/testid"
)

func main() {
	if err := run("testdata"); err != nil {
		log.Fatal(err)
	}
}

func run(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, person := range []struct {
		name    string
		devices []string
	}{{"alice", []string{"alice", "alice2"}}, {"bob", []string{"bob"}}, {"carol", []string{"carol"}}} {
		if err := writePerson(dir, person.name, person.devices); err != nil {
			return err
		}
	}
	for i := range testid.Keys2048 {
		if err := writeKey(filepath.Join(dir, fmt.Sprintf("key2048-%d.pem", i))); err != nil {
			return err
		}
	}
	return nil
}

func writePerson(dir, name string, devices []string) error {
	ca, err := identity.NewPrivateKey(rand.Reader, identity.KeyBits)
	if err != nil {
		return err
	}
	key, err := identity.NewPrivateKey(rand.Reader, identity.KeyBits)
	if err != nil {
		return err
	}
	account, err := identity.AssembleAccount(rand.Reader, ca, key, testid.Valid())
	if err != nil {
		return err
	}
	if err := write(filepath.Join(dir, name+"-account.pem"), account.PEM); err != nil {
		return err
	}
	for _, device := range devices {
		if err := writeDevice(filepath.Join(dir, device+"-device.pem"), account); err != nil {
			return err
		}
	}
	return nil
}

func writeDevice(path string, account *identity.Account) error {
	key, err := identity.NewPrivateKey(rand.Reader, identity.KeyBits)
	if err != nil {
		return err
	}
	device, err := account.IssueDevice(rand.Reader, key, testid.Valid())
	if err != nil {
		return err
	}
	return write(path, device.PEM)
}

func writeKey(path string) error {
	key, err := identity.NewPrivateKey(rand.Reader, identity.MinKeyBits)
	if err != nil {
		return err
	}
	return write(path, key.PEM)
}

func write(path string, encode func() ([]byte, error)) error {
	text, err := encode()
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
