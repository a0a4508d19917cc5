// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bellwire/call"
	"bellwire/phone"
	"bellwire/web"
)

func (a *app) callCommand() *cobra.Command {
	var sound soundFlags
	var account string
	var ring time.Duration
	cmd := &cobra.Command{
		Use:   "call TARGET",
		Short: "Call somebody",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, targets []string) error {
			o, err := sound.options()
			if err != nil {
				return err
			}
			if ring < 0 || ring == 0 && cmd.Flags().Changed("ring-timeout") {
				return usageError{fmt.Errorf("--ring-timeout %s: nobody could answer in that time", ring)}
			}
			o.RingTimeout = ring
			return a.withEngine(cmd.Context(), alone, func(engine *web.Client) error {
				return a.placeCall(cmd.Context(), engine, web.Place{Account: account, Target: targets[0], Options: o})
			})
		},
	}
	sound.register(cmd)
	cmd.Flags().StringVar(&account, "account", "", "id of the account to call from; the first one when not given")
	cmd.Flags().DurationVar(&ring, "ring-timeout", 0, "give up when nobody answers in this time; that of call.ring_timeout when not given")
	return cmd
}

// placeCall places a call and shows it to its end. Ctrl-C hangs up, and so does the death of this
// process. When nobody took the call because the target may hear its contacts alone, a person is asked
// whether to become one.
func (a *app) placeCall(ctx context.Context, engine *web.Client, p web.Place) error {
	c := &placing{app: a, engine: engine, show: a.display()}
	p.Attached = true
	err := c.follow(ctx, p)
	c.keys.close()
	stranger := func() bool { return findContact(ctx, engine, p.Account, p.Target).State == call.Stranger }
	if c.hint == phone.HintContact && stranger() && a.wantsContact(ctx, p.Target) {
		if failed := a.addContact(ctx, engine, web.AddContact{Account: p.Account, Target: p.Target}); failed != nil {
			a.warn(failed.Error())
		}
	}
	return err
}

// placing is a call of this command.
type placing struct {
	app    *app
	engine *web.Client
	show   *display
	placed phone.Info
	keys   *keyboard // while the call is up and a person sits at a terminal
	hint   string    // of the end
}

func (c *placing) follow(ctx context.Context, p web.Place) error {
	detach := func() {}
	defer func() { detach() }()
	engine := c.engine
	return follow(ctx, engine, watcher{
		begin: func(ctx context.Context) error {
			placed, release, err := engine.Place(context.WithoutCancel(ctx), p) // or who would hang up?
			if err != nil {
				return err
			}
			c.placed, detach = placed, release
			return nil
		},
		interrupted: func(ctx context.Context) bool {
			engine.Act(ctx, c.placed.ID, "hangup", nil) // fails when the call is over, and the end is told
			return true
		},
		event: func(_ context.Context, e phone.Event) (done bool, err error) {
			if e.Call != c.placed.ID {
				return false, nil
			}
			switch e.State {
			case call.Established.String():
				c.listen(ctx)
			case call.Ended.String():
				c.keys.close()
				c.hint = e.Hint
			}
			if err := c.show.event(e); err != nil {
				return true, err
			}
			if e.State == call.Ended.String() {
				return true, c.app.endOf(e)
			}
			return false, nil
		},
	})
}

// listen takes the keys of the terminal from now on, until Ctrl-C.
func (c *placing) listen(ctx context.Context) {
	if c.keys != nil || c.app.json {
		return
	}
	c.keys = openKeyboard(ctx, os.Stdin, inCall{c.engine, c.placed.ID, c.show}.press)
	if c.keys != nil {
		c.show.end = func(phone.Event) string { return " (" + inCallKeys + ")" }
	}
}

// wantsContact asks a person at a terminal whether to send a contact request.
func (a *app) wantsContact(ctx context.Context, target string) bool {
	if a.json || !isInteractive(os.Stdin) || !isTerminal(os.Stderr) || ctx.Err() != nil {
		return false
	}
	fmt.Fprintf(os.Stderr, "Send a contact request to %s? [y/N] ", printable(target))
	line, err := readLine(ctx, os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr)
		return false
	}
	line = strings.ToLower(strings.TrimSpace(line))
	return line == "y" || line == "yes"
}

// endOf turns the end of a call into the command's result: a call that was answered and hung up, by
// whomever, is a success.
func (a *app) endOf(e phone.Event) error {
	if e.Reason == call.HungUp.String() {
		return nil
	}
	sentence := fmt.Sprintf("the call to %s ended: %s", e.Target, e.Reason)
	if e.Direction == phone.In {
		sentence = fmt.Sprintf("the call from %s ended: %s", e.Peer, e.Reason)
	}
	if e.Detail != "" {
		sentence += " (" + e.Detail + ")"
	}
	return &callError{reason: e.Reason, sentence: sentence, shown: !a.json}
}
