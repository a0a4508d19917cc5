// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"fmt"
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

// placeCall places a call and shows it to its end. Ctrl-C hangs up.
func (a *app) placeCall(ctx context.Context, engine *web.Client, p web.Place) error {
	show := a.display()
	var placed phone.Info
	return follow(ctx, engine, watcher{
		begin: func(ctx context.Context) (err error) {
			placed, err = engine.Place(context.WithoutCancel(ctx), p) // or who would hang up?
			return err
		},
		interrupted: func(ctx context.Context) bool {
			engine.Act(ctx, placed.ID, "hangup", nil) // fails when the call is over, and the end is told
			return true
		},
		event: func(_ context.Context, e phone.Event) (done bool, err error) {
			if e.Call != placed.ID {
				return false, nil
			}
			if err := show.event(e); err != nil {
				return true, err
			}
			if e.State == call.Ended.String() {
				return true, a.endOf(e)
			}
			return false, nil
		},
	})
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
