// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bellwire/call"
	"bellwire/phone"
	"bellwire/web"
)

func (a *app) answerCommand() *cobra.Command {
	var sound soundFlags
	var account string
	var once bool
	cmd := &cobra.Command{
		Use:   "answer",
		Short: "Answer calls unattended",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := sound.options()
			if err != nil {
				return err
			}
			r := &answering{app: a, account: account, options: o, once: once, show: a.display(), mine: map[string]bool{}}
			return a.withEngine(cmd.Context(), func(engine *web.Client) error {
				return r.run(cmd.Context(), engine)
			})
		},
	}
	sound.register(cmd)
	cmd.Flags().BoolVar(&sound.echo, "echo", false, "send back what is heard")
	cmd.Flags().StringVar(&account, "account", "", "answer the calls of this account alone")
	cmd.Flags().BoolVar(&once, "once", false, "end after the first call")
	return cmd
}

// answering takes calls until it is interrupted, or has had the one it wanted.
type answering struct {
	app     *app
	account string
	options phone.Options
	once    bool
	show    *display
	mine    map[string]bool // calls answered here, by id
	count   int
}

func (r *answering) run(ctx context.Context, engine *web.Client) error {
	return follow(ctx, engine, watcher{
		begin:       func(ctx context.Context) error { return r.ready(ctx, engine) },
		interrupted: func(ctx context.Context) bool { return r.hangupAll(ctx, engine) },
		event: func(stream context.Context, e phone.Event) (bool, error) {
			done, err := r.event(stream, engine, e)
			return done || ctx.Err() != nil && len(r.mine) == 0, err
		},
	})
}

// ready says that calls can come, once the engine is part of the network.
func (r *answering) ready(ctx context.Context, engine *web.Client) error {
	info, err := engine.Info(ctx)
	if err != nil {
		return err
	}
	for _, line := range info.Accounts {
		if r.account != "" && line.ID != r.account {
			continue
		}
		if err := engine.Ready(ctx, line.ID); err != nil {
			return err
		}
		if r.show.json != nil {
			if err := r.show.json.Encode(phone.Event{Event: "ready", Time: time.Now(), Account: line.ID}); err != nil {
				return err
			}
			continue
		}
		r.show.line("answering calls to " + line.ID)
	}
	return nil
}

// event answers what rings and shows what happens. It reports whether the work is done.
func (r *answering) event(ctx context.Context, engine *web.Client, e phone.Event) (done bool, err error) {
	if r.account != "" && e.Account != r.account {
		return false, nil
	}
	if err := r.show.event(e); err != nil {
		return false, err
	}
	if e.Event != phone.CallEvent || e.Direction != phone.In {
		return false, nil
	}
	switch e.State {
	case call.Ringing.String():
		r.mine[e.Call] = true
		if err := engine.Act(ctx, e.Call, "answer", r.next()); err != nil {
			r.app.warn(fmt.Sprintf("the call from %s was not answered: %v", e.Peer, err))
		}
	case call.Ended.String():
		delete(r.mine, e.Call)
		if r.once {
			return true, r.app.endOf(e)
		}
	}
	return false, nil
}

// next are the options of the next call: each gets a recording of its own, the second one being
// NAME-2.wav.
func (r *answering) next() phone.Options {
	o := r.options
	if r.count++; r.count > 1 && o.Sound.Record != "" {
		ext := filepath.Ext(o.Sound.Record)
		o.Sound.Record = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(o.Sound.Record, ext), r.count, ext)
	}
	return o
}

// hangupAll ends the calls of this command and says whether there are any.
func (r *answering) hangupAll(ctx context.Context, engine *web.Client) (any bool) {
	calls, err := engine.Calls(ctx)
	if err != nil {
		return false
	}
	for _, c := range calls {
		if c.Direction == phone.In && (r.account == "" || c.Account == r.account) {
			any = engine.Act(ctx, c.ID, "hangup", nil) == nil || any
		}
	}
	return any
}

// warn tells a person of something that does not end the command.
func (a *app) warn(text string) { fmt.Fprintln(os.Stderr, "bellwire:", text) }
