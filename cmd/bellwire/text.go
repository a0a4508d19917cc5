// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"bellwire/call"
	"bellwire/phone"
	"bellwire/web"
)

func (a *app) messageCommand() *cobra.Command {
	var account string
	cmd := &cobra.Command{
		Use:   "message TARGET TEXT",
		Short: "Send a text, or keep it until its target is online",
		Long: `Send a text. One that nobody takes now is kept for seven days, and sent when the target is online and
the engine runs (bellwire up); the exit code is 4 then.`,
		Args: args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return a.withEngine(cmd.Context(), alone, func(engine *web.Client) error {
				return a.sendText(cmd.Context(), engine, web.Text{Account: account, Target: given[0], Text: given[1]})
			})
		},
	}
	cmd.Flags().StringVar(&account, "account", "", "id of the account to send from; the first one when not given")
	return cmd
}

// sendText sends a text and waits for its first try. Ctrl-C ends the waiting alone: the text is kept.
func (a *app) sendText(ctx context.Context, engine *web.Client, t web.Text) error {
	show := a.display()
	var id string
	err := follow(ctx, engine, watcher{
		begin: func(ctx context.Context) (err error) {
			id, err = engine.Text(context.WithoutCancel(ctx), t)
			if err == nil && show.moving {
				show.progress("sending …")
			}
			return err
		},
		interrupted: func(context.Context) bool { return false },
		event: func(_ context.Context, e phone.Event) (done bool, err error) {
			if e.Event != phone.TextEvent || e.Message != id {
				return false, nil
			}
			show.clear()
			if a.json {
				err = show.event(e)
			}
			return true, errors.Join(err, a.sent(show, e))
		},
	})
	if errors.Is(err, errInterrupted) && id != "" {
		show.clear()
		return fmt.Errorf("%w; the text is kept, and %s", errInterrupted, a.sentWhen(t.Target))
	}
	return err
}

// sent turns what became of the first try into the command's result.
func (a *app) sent(show *display, e phone.Event) error {
	switch e.State {
	case phone.TextDelivered:
		if !a.json {
			show.line("delivered")
		}
		return nil
	case phone.TextWaiting:
		return &callError{reason: call.Unreachable.String(), sentence: fmt.Sprintf("not delivered now: %s; kept, and %s", detailOf(e), a.sentWhen(e.Target))}
	}
	why := whyOf(e)
	if e.Reason == call.NotFound.String() || e.Reason == call.Failed.String() {
		why = detailOf(e) // the person's mistake: the word adds nothing
	}
	return &callError{reason: e.Reason, sentence: fmt.Sprintf("the text to %s was not sent: %s", e.Target, why)}
}

// detailOf is the reason of an event in a sentence, or else in words.
func detailOf(e phone.Event) string {
	if e.Detail != "" {
		return e.Detail
	}
	return e.Reason
}

// sentWhen says when a kept text goes out.
func (a *app) sentWhen(target string) string {
	if a.own {
		return "sent when " + target + " is online and `" + a.command("up") + "` runs"
	}
	return "sent when " + target + " is online and the engine runs"
}
