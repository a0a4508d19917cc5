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

// errNoEngine means that there is nobody who could have calls that this command could reach.
var errNoEngine = errors.New("no engine runs in this home, and so there are no calls to see; start one with: bellwire up")

func (a *app) callsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "calls",
		Short: "List the calls of the running engine, answer them, hold them, hang them up",
		Long: `List the calls of the engine that runs (bellwire up), or do something with one of them. CALL is the id
that the list shows, or its beginning; it may be left out when there is exactly one call that fits.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withCalls(cmd.Context(), func(_ *web.Client, calls []phone.Info) error { return a.printCalls(calls) })
		},
	}
	cmd.AddCommand(a.callsAccept(), a.callsKeys())
	up := func(i phone.Info) bool { return i.State == call.Established || i.State == call.Held }
	for _, c := range []struct {
		what, short, done string
		fits              func(phone.Info) bool
		none              string
		body              any
	}{
		{"decline", "Refuse a call that rings", "refused the call from %s", rings, "rings", web.Decline{}},
		{"hangup", "End a call", "hung up on %s", func(phone.Info) bool { return true }, "is up", nil},
		{"hold", "Hold a call", "%s is on hold", func(i phone.Info) bool { return up(i) && !i.Holding }, "can be held", nil},
		{"resume", "Take a held call up again", "%s is no longer on hold", func(i phone.Info) bool { return up(i) && i.Holding }, "is held by you", nil},
		{"mute", "Send silence", "%s hears nothing of you", func(i phone.Info) bool { return up(i) && !i.Muted }, "can be muted", nil},
		{"unmute", "Send sound again", "%s hears you again", func(i phone.Info) bool { return up(i) && i.Muted }, "is muted", nil},
	} {
		cmd.AddCommand(&cobra.Command{
			Use:   c.what + " [CALL]",
			Short: c.short,
			Args:  args(cobra.MaximumNArgs(1)),
			RunE: func(cmd *cobra.Command, given []string) error {
				return a.withCall(cmd.Context(), given, c.fits, c.none, func(engine *web.Client, i phone.Info) error {
					if err := engine.Act(cmd.Context(), i.ID, c.what, c.body); err != nil {
						return err
					}
					a.say(fmt.Sprintf(c.done, other(i)))
					return nil
				})
			},
		})
	}
	return cmd
}

func rings(i phone.Info) bool { return i.Direction == phone.In && i.State == call.Ringing }

func (a *app) callsAccept() *cobra.Command {
	var sound soundFlags
	cmd := &cobra.Command{
		Use:   "accept [CALL]",
		Short: "Take a call that rings; the engine goes on with it",
		Args:  args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			o, err := sound.options()
			if err != nil {
				return err
			}
			return a.withCall(cmd.Context(), given, rings, "rings", func(engine *web.Client, i phone.Info) error {
				return a.acceptCall(cmd.Context(), engine, i, o)
			})
		},
	}
	sound.register(cmd)
	cmd.Flags().BoolVar(&sound.echo, "echo", false, "send back what is heard")
	return cmd
}

// acceptCall takes a call and returns when it is up. Ctrl-C ends the waiting alone.
func (a *app) acceptCall(ctx context.Context, engine *web.Client, i phone.Info, o phone.Options) error {
	show := a.display()
	show.end = a.howToHangUp
	return follow(ctx, engine, watcher{
		begin:       func(ctx context.Context) error { return engine.Act(ctx, i.ID, "answer", o) },
		interrupted: func(context.Context) bool { return false },
		event: func(_ context.Context, e phone.Event) (done bool, err error) {
			if e.Event != phone.CallEvent || e.Call != i.ID {
				return false, nil
			}
			switch e.State {
			case call.Established.String():
				return true, show.event(e)
			case call.Ended.String():
				return true, errors.Join(show.event(e), a.endOf(e))
			}
			return false, nil
		},
	})
}

func (a *app) callsKeys() *cobra.Command {
	return &cobra.Command{
		Use:   "keys [CALL] DIGITS",
		Short: "Press telephone keys in a call",
		Args:  args(cobra.RangeArgs(1, 2)),
		RunE: func(cmd *cobra.Command, given []string) error {
			keys := given[len(given)-1]
			if err := checkKeys(keys); err != nil {
				return err
			}
			up := func(i phone.Info) bool { return i.State == call.Established || i.State == call.Held }
			return a.withCall(cmd.Context(), given[:len(given)-1], up, "is up", func(engine *web.Client, i phone.Info) error {
				if err := engine.Act(cmd.Context(), i.ID, "keys", web.Keys{Keys: keys}); err != nil {
					return err
				}
				a.say("keys sent to " + other(i))
				return nil
			})
		},
	}
}

// withCalls runs work with the calls of the engine that runs.
func (a *app) withCalls(ctx context.Context, work func(*web.Client, []phone.Info) error) error {
	engine := a.running(ctx)
	if engine == nil {
		return errNoEngine
	}
	defer engine.Close()
	calls, err := engine.Calls(ctx)
	if err != nil {
		return err
	}
	return work(engine, calls)
}

// withCall runs work with the call that is given, or with the only one that fits; none says what no call
// does otherwise.
func (a *app) withCall(ctx context.Context, given []string, fits func(phone.Info) bool, none string, work func(*web.Client, phone.Info) error) error {
	return a.withCalls(ctx, func(engine *web.Client, calls []phone.Info) error {
		if len(given) > 0 {
			fits, none = func(i phone.Info) bool { return strings.HasPrefix(i.ID, given[0]) }, "has the id "+given[0]
		}
		var found []phone.Info
		for _, i := range calls {
			if fits(i) {
				found = append(found, i)
			}
		}
		switch len(found) {
		case 0:
			return &callError{reason: call.NotFound.String(), sentence: "no call " + none}
		case 1:
			return work(engine, found[0])
		}
		var names []string
		for _, i := range found {
			names = append(names, i.ID+" ("+other(i)+")")
		}
		return usageError{fmt.Errorf("several calls fit; name one of %s", strings.Join(names, ", "))}
	})
}

func (a *app) printCalls(calls []phone.Info) error {
	for _, i := range calls {
		if a.json {
			if err := json.NewEncoder(os.Stdout).Encode(i); err != nil {
				return err
			}
			continue
		}
		arrow := "→"
		if i.Direction == phone.In {
			arrow = "←"
		}
		state := i.State.String()
		if i.Muted {
			state += ", muted"
		}
		fmt.Printf("%s  %s  %-18s  %8s  %s\n", i.ID, arrow, state, time.Since(i.Started).Round(time.Second), printable(other(i)))
	}
	return nil
}

// other is who is at the other end of a call, or who was dialled.
func other(i phone.Info) string {
	if i.Peer == "" {
		return i.Target
	}
	return named(i.Peer, i.Name)
}
