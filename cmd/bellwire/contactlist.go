// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"bellwire/call"
	"bellwire/phone"
	"bellwire/web"
)

func (a *app) contactList(account *string) *cobra.Command {
	var watch bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the people an account knows: state, presence, id, name",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withEngine(cmd.Context(), alone, func(engine *web.Client) error {
				if watch {
					err := a.watchContacts(cmd.Context(), engine, *account)
					if errors.Is(err, errInterrupted) { // it is meant to be
						return nil
					}
					return err
				}
				contacts, err := engine.Contacts(cmd.Context(), *account)
				if err != nil {
					return err
				}
				for _, c := range contacts {
					if err := a.printContact(shownContactOf(c, !a.own)); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&watch, "watch", false, "go on and print each change until interrupted")
	return cmd
}

// shownContact is a contact as list prints it. An engine that has just started knows nobody's presence.
type shownContact struct {
	ID       string            `json:"id"`
	Name     string            `json:"name,omitempty"`
	State    call.ContactState `json:"state"`
	Presence string            `json:"presence,omitempty"`
	Since    time.Time         `json:"since"`
}

func shownContactOf(c call.Contact, present bool) shownContact {
	s := shownContact{ID: c.ID, Name: c.Name, State: c.State, Since: c.Since}
	if present {
		s.Presence = c.Presence.String()
	}
	return s
}

func (a *app) printContact(c shownContact) error {
	if a.json {
		return json.NewEncoder(os.Stdout).Encode(c)
	}
	presence := c.Presence
	if presence == "" {
		presence = "-"
	}
	_, err := fmt.Fprintln(os.Stdout, contactLine(c.State.String(), presence, c.ID, c.Name))
	return err
}

// contactLine has the width of the longest words, confirmed and connected.
func contactLine(state, presence, id, name string) string {
	line := fmt.Sprintf("%-9s  %-9s  %s", state, presence, printable(id))
	if name != "" {
		line += "  " + printable(name)
	}
	return line
}

// watchContacts prints the book and then each change of it; with --json all of it as events.
func (a *app) watchContacts(ctx context.Context, engine *web.Client, account string) error {
	print := func(e phone.Event) error {
		if a.json {
			return json.NewEncoder(os.Stdout).Encode(e)
		}
		_, err := fmt.Println(contactLine(e.Contact, e.Presence, e.Peer, e.Name))
		return err
	}
	return follow(ctx, engine, watcher{
		begin: func(ctx context.Context) error {
			if account == "" {
				info, err := engine.Info(ctx)
				if err != nil {
					return err
				}
				if len(info.Accounts) > 0 {
					account = info.Accounts[0].ID
				}
			}
			contacts, err := engine.Contacts(ctx, account)
			for _, c := range contacts {
				err = errors.Join(err, print(phone.Event{
					Event: phone.ContactEvent, Time: time.Now(), Account: account, Peer: c.ID, Name: c.Name,
					Contact: c.State.String(), Presence: c.Presence.String(),
				}))
			}
			return err
		},
		interrupted: func(context.Context) bool { return false },
		event: func(_ context.Context, e phone.Event) (done bool, err error) {
			if e.Event != phone.ContactEvent || e.Account != account {
				return false, nil
			}
			return false, print(e)
		},
	})
}
