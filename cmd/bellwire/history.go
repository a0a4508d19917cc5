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
		arrow := "→"
		if e.Direction == phone.In {
			arrow = "←"
		}
		fmt.Printf("%s %s %s  %s\n", e.Time.Local().Format(time.DateTime), arrow, printable(e.Peer), printable(whatOf(e)))
	}
	return nil
}

// whatOf is a text and where it is on its way, or how a call ended.
func whatOf(e phone.Entry) string {
	switch {
	case e.Text == "" && e.Seconds > 0:
		return fmt.Sprintf("%s after %s", e.Reason, time.Duration(e.Seconds*float64(time.Second)).Round(time.Second))
	case e.Text == "":
		return e.Reason
	case e.Reason != "":
		return fmt.Sprintf("%s (%s: %s)", e.Text, e.State, e.Reason)
	case e.State != "":
		return fmt.Sprintf("%s (%s)", e.Text, e.State)
	}
	return e.Text
}
