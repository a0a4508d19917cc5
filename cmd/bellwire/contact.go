// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bellwire/call"
	"bellwire/phone"
	"bellwire/web"
)

// askTime bounds how long a command whose engine ends with it waits for a request, or our consent, to
// reach the network.
const askTime = 15 * time.Second

func (a *app) contactCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "contact",
		Short: "Ask people to become contacts, take their requests, list and block them",
	}
	group(cmd)
	var account string
	cmd.PersistentFlags().StringVar(&account, "account", "", "id of the account whose contacts they are; the first one when not given")
	var name string
	add := &cobra.Command{
		Use:   "add ID",
		Short: "Ask somebody to become a contact, or accept who has asked",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return a.withEngine(cmd.Context(), alone, func(engine *web.Client) error {
				return a.addContact(cmd.Context(), engine, web.AddContact{Account: account, Target: given[0], Name: name})
			})
		},
	}
	add.Flags().StringVar(&name, "name", "", "what to call them; what they call themselves when not given")
	cmd.AddCommand(add)
	for _, c := range []struct{ what, short, done string }{
		{"accept", "Accept somebody's request", "%s is a contact now"},
		{"decline", "Forget somebody's request; they are not told", "the request of %s is forgotten"},
		{"block", "Make somebody unable to ring, to write and to ask", "%s is blocked and can no longer ring, write or ask"},
		{"remove", "Take somebody out of the book; who was blocked is free again", "%s is no longer in the book"},
	} {
		cmd.AddCommand(&cobra.Command{
			Use:   c.what + " ID",
			Short: c.short,
			Args:  args(cobra.ExactArgs(1)),
			RunE: func(cmd *cobra.Command, given []string) error {
				return a.withEngine(cmd.Context(), alone, func(engine *web.Client) error {
					return a.changeContact(cmd.Context(), engine, account, given[0], c.what, c.done)
				})
			},
		})
	}
	cmd.AddCommand(a.contactList(&account))
	return cmd
}

// addContact asks somebody and says what came of it.
func (a *app) addContact(ctx context.Context, engine *web.Client, add web.AddContact) error {
	before := findContact(ctx, engine, add.Account, add.Target)
	now, err := a.settle(ctx, engine, add.Account, add.Target, func(ctx context.Context) (call.Contact, error) {
		return engine.AddContact(ctx, add)
	})
	if err != nil {
		return err
	}
	if a.json {
		if err := json.NewEncoder(os.Stdout).Encode(now); err != nil {
			return err
		}
	}
	who := named(now.ID, now.Name)
	onItsWay := now.Asked.After(before.Asked)
	switch {
	case now.State == call.Confirmed && before.State == call.Confirmed:
		a.say(who + " is a contact already")
	case now.State == call.Confirmed && before.State == call.Asking:
		a.say(who + " had asked: you are contacts now")
	case now.State == call.Confirmed:
		a.say(who + " accepted: you are contacts now")
	case onItsWay && a.own:
		a.say("the request was sent; that " + who + " accepts is heard while `" + a.command("up") + "` runs")
	case onItsWay:
		a.say("the request was sent; `" + a.command("contact list") + "` shows when " + who + " has accepted")
	case !a.own:
		a.say("asked " + who + "; the engine sends the request as soon as they are online, until they answer")
	default:
		return &callError{reason: call.Unreachable.String(), sentence: fmt.Sprintf(
			"%s is not online now; the request is kept, and sent when they are online and `%s` runs", who, a.command("up"))}
	}
	return nil
}

// changeContact does what its command is called and says that it is done.
func (a *app) changeContact(ctx context.Context, engine *web.Client, account, id, what, done string) error {
	change := func(ctx context.Context) (call.Contact, error) { return engine.ChangeContact(ctx, account, id, what) }
	var now call.Contact
	var err error
	if what == "accept" { // the other is to hear of it
		now, err = a.settle(ctx, engine, account, id, change)
	} else {
		now, err = change(ctx)
	}
	if err != nil {
		return err
	}
	if a.json {
		return json.NewEncoder(os.Stdout).Encode(now)
	}
	sentence := fmt.Sprintf(done, named(id, now.Name))
	if a.own && now.Untold {
		sentence += "; they hear of it when they are online and `" + a.command("up") + "` runs"
	}
	a.say(sentence)
	return nil
}

// settle changes a contact. When the engine ends with this command it waits, for a while, until what the
// change has to tell the other is in the network.
func (a *app) settle(ctx context.Context, engine *web.Client, account, id string, change func(context.Context) (call.Contact, error)) (now call.Contact, err error) {
	before := findContact(ctx, engine, account, id)
	waiting, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	show := a.display()
	err = follow(waiting, engine, watcher{
		begin: func(context.Context) (err error) {
			if now, err = change(ctx); err != nil {
				return err
			}
			if !a.own || arrived(before, now) {
				return errSettled
			}
			if !a.json {
				show.progress("looking for " + id + " …")
			}
			return nil
		},
		interrupted: func(context.Context) bool { return false },
		event: func(ctx context.Context, e phone.Event) (done bool, err error) {
			if e.Event != phone.ContactEvent || !strings.EqualFold(e.Peer, id) {
				return false, nil
			}
			if c := findContact(ctx, engine, account, id); c.State != call.Stranger {
				now = c
			}
			return arrived(before, now), nil
		},
	})
	show.clear()
	if errors.Is(err, errInterrupted) && ctx.Err() == nil { // the time is over
		err = nil
	}
	return now, err
}

// arrived says that the other can have heard of what we decided, if there is anything to hear.
func arrived(before, now call.Contact) bool {
	switch now.State {
	case call.Requested:
		return now.Asked.After(before.Asked)
	case call.Confirmed:
		return !now.Untold
	}
	return true
}

// findContact returns somebody as they stand in the book, or as a stranger.
func findContact(ctx context.Context, engine *web.Client, account, id string) call.Contact {
	contacts, _ := engine.Contacts(ctx, account) // what follows says what is wrong
	for _, c := range contacts {
		if strings.EqualFold(c.ID, id) {
			return c
		}
	}
	return call.Contact{ID: id}
}

// say tells a person what was done.
func (a *app) say(sentence string) {
	if !a.json {
		fmt.Fprintln(os.Stderr, printable(sentence))
	}
}
