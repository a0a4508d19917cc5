// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"bellwire/phone"
	"bellwire/web"
)

func (a *app) messageCommand() *cobra.Command {
	var account string
	cmd := &cobra.Command{
		Use:   "message TARGET TEXT",
		Short: "Send a text to somebody who is online",
		Args:  args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return a.withEngine(cmd.Context(), alone, func(engine *web.Client) error {
				return engine.Text(cmd.Context(), web.Text{Account: account, Target: given[0], Text: given[1]})
			})
		},
	}
	cmd.Flags().StringVar(&account, "account", "", "id of the account to send from; the first one when not given")
	return cmd
}

func (a *app) historyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "history",
		Short: "Show the calls and texts of the past, the latest first",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withEngine(cmd.Context(), alone, func(engine *web.Client) error {
				entries, err := engine.History(cmd.Context())
				if err != nil {
					return err
				}
				return a.printHistory(entries)
			})
		},
	}
}

func (a *app) printHistory(entries []phone.Entry) error {
	lines := json.NewEncoder(os.Stdout)
	for _, e := range entries {
		if a.json {
			if err := lines.Encode(e); err != nil {
				return err
			}
			continue
		}
		what := e.Text
		if what == "" {
			what = e.Reason
		}
		if e.Seconds > 0 {
			what += fmt.Sprintf(" after %s", time.Duration(e.Seconds*float64(time.Second)).Round(time.Second))
		}
		arrow := "→"
		if e.Direction == phone.In {
			arrow = "←"
		}
		fmt.Printf("%s %s %s  %s\n", e.Time.Local().Format(time.DateTime), arrow, e.Peer, printable(what))
	}
	return nil
}
