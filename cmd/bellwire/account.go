// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bellwire/identity"
	"bellwire/identity/keyring"
	"bellwire/internal/durable"
	"bellwire/line/p2p"
)

// maxPassword bounds the first line of a password file.
const maxPassword = 1024

func (a *app) accountCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "account",
		Short: "Make, list, show, move and remove accounts",
	}
	group(cmd)
	cmd.AddCommand(a.accountNew(), a.accountList(), a.accountShow(), a.accountExport(), a.accountImport(), a.accountRemove())
	return cmd
}

// password is a flag that names a file: secrets are never on a command line.
type password struct{ file string }

func (p *password) register(cmd *cobra.Command, use string) {
	cmd.Flags().StringVar(&p.file, "password-file", "", "file whose first line is the password "+use)
}

func (p *password) read() (string, error) {
	if p.file == "" {
		return "", nil
	}
	f, err := os.Open(p.file)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	defer f.Close()
	line, err := bufio.NewReaderSize(f, maxPassword).ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", fmt.Errorf("the first line of %s is longer than %d bytes; is it a password?", p.file, maxPassword)
	}
	text := strings.TrimRight(string(line), "\r\n")
	if text == "" {
		return "", fmt.Errorf("the first line of %s is empty; write the password there", p.file)
	}
	return text, nil
}

func (a *app) accountNew() *cobra.Command {
	var name string
	var secret password
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Make an account and print its id",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.add(&secret, func(ring *keyring.Ring, o keyring.Options) (keyring.Entry, error) {
				o.Name = name
				return ring.Create(cmd.Context(), o)
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "name to show to the people you call")
	secret.register(cmd, "that seals the account's keys; calling needs it not")
	return cmd
}

func (a *app) accountImport() *cobra.Command {
	var secret password
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Add the account of an archive, from Bellwire or from a Jami client, and print its id",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			archive, err := readArchive(given[0])
			if err != nil {
				return err
			}
			return a.add(&secret, func(ring *keyring.Ring, o keyring.Options) (keyring.Entry, error) {
				entry, err := ring.Import(cmd.Context(), archive, o)
				if errors.Is(err, identity.ErrPasswordNeeded) {
					err = fmt.Errorf("%w; give it with --password-file", err)
				}
				return entry, err
			})
		},
	}
	secret.register(cmd, "of the archive")
	return cmd
}

func readArchive(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("read the archive: %w", err)
	}
	if info.Size() > identity.MaxArchive {
		return nil, fmt.Errorf("%s has %d bytes, more than any archive", name, info.Size())
	}
	return os.ReadFile(name)
}

// add makes an account in one of two ways and prints its id.
func (a *app) add(secret *password, make func(*keyring.Ring, keyring.Options) (keyring.Entry, error)) error {
	text, err := secret.read()
	if err != nil {
		return err
	}
	ring, err := keyring.Open(a.home)
	if err != nil {
		return err
	}
	show := a.display()
	if show.moving {
		show.progress("making keys; this takes some seconds …")
	}
	entry, err := make(ring, keyring.Options{Password: text, Announce: announce})
	show.clear()
	if err != nil {
		return err
	}
	fmt.Println(entry.ID)
	return nil
}

// announce signs what lets others find the device, while the account's key is at hand.
func announce(account *identity.Account, device *identity.Device) ([]byte, error) {
	v, err := p2p.Announce(account, device)
	if err != nil {
		return nil, err
	}
	return v.Append(nil), nil
}

// shownAccount is an account as list and show print it.
type shownAccount struct {
	ID     string    `json:"id"`
	Kind   string    `json:"kind"`
	Name   string    `json:"name,omitempty"`
	Device string    `json:"device,omitempty"`
	Added  time.Time `json:"added,omitzero"`
	Sealed bool      `json:"sealed,omitempty"`
	Error  string    `json:"error,omitempty"`
}

func shown(e keyring.Entry) shownAccount {
	s := shownAccount{ID: e.ID.String(), Kind: "p2p", Name: e.Name, Added: e.Added, Sealed: e.Sealed}
	if e.Err != nil {
		s.Error = e.Err.Error()
		return s
	}
	s.Device = e.Device.String()
	return s
}

func (a *app) accountList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the accounts of this home",
		Args:  args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			ring, err := keyring.Open(a.home)
			if err != nil {
				return err
			}
			entries, err := ring.List()
			if err != nil {
				return err
			}
			for _, e := range entries {
				s := shown(e)
				if a.json {
					if err := json.NewEncoder(os.Stdout).Encode(s); err != nil {
						return err
					}
					continue
				}
				fmt.Println(strings.TrimRight(s.ID+"  "+s.Name+s.Error, " "))
			}
			return nil
		},
	}
}

func (a *app) accountShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "Show one account",
		Args:  args(cobra.ExactArgs(1)),
		RunE: a.withAccount(func(ring *keyring.Ring, id identity.AccountID, _ []string) error {
			loaded, err := ring.Load(id)
			if err != nil {
				return err
			}
			s := shown(loaded.Entry)
			if a.json {
				return json.NewEncoder(os.Stdout).Encode(s)
			}
			sealed := "no"
			if s.Sealed {
				sealed = "yes"
			}
			fmt.Printf("id      %s\nname    %s\ndevice  %s\nadded   %s\nsealed  %s\n",
				s.ID, s.Name, s.Device, s.Added.Local().Format(time.DateTime), sealed)
			return nil
		}),
	}
}

func (a *app) accountExport() *cobra.Command {
	var secret password
	cmd := &cobra.Command{
		Use:   "export ID FILE",
		Short: "Write an account to an archive that Jami clients read too",
		Args:  args(cobra.ExactArgs(2)),
		RunE: a.withAccount(func(ring *keyring.Ring, id identity.AccountID, given []string) error {
			text, err := secret.read()
			if err != nil {
				return err
			}
			archive, err := ring.Export(id, text)
			if err != nil {
				return err
			}
			if err := durable.WriteFile(given[1], archive, 0o600); err != nil {
				return fmt.Errorf("write the archive: %w", err)
			}
			if text == "" && !identity.IsSealed(archive) {
				a.warn("the archive has no password: whoever reads " + given[1] + " can be you")
			}
			return nil
		}),
	}
	secret.register(cmd, "to seal the archive with")
	return cmd
}

func (a *app) accountRemove() *cobra.Command {
	return &cobra.Command{
		Use:   "remove ID",
		Short: "Remove an account from this machine; without an archive of it, it is lost for ever",
		Args:  args(cobra.ExactArgs(1)),
		RunE: a.withAccount(func(ring *keyring.Ring, id identity.AccountID, _ []string) error {
			return ring.Remove(id)
		}),
	}
}

// withAccount reads the id in the first argument and opens the ring.
func (a *app) withAccount(work func(*keyring.Ring, identity.AccountID, []string) error) func(*cobra.Command, []string) error {
	return func(_ *cobra.Command, given []string) error {
		id, err := identity.ParseAccountID(given[0])
		if err != nil {
			return err
		}
		ring, err := keyring.Open(a.home)
		if err != nil {
			return err
		}
		return work(ring, id, given)
	}
}
