// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

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
			if err := o.Sound.Check(); err != nil {
				return err
			}
			r := &answering{app: a, account: account, options: o, once: once, show: a.display(), mine: map[string]bool{}}
			err = a.withEngine(cmd.Context(), shared, func(engine *web.Client) error {
				return r.run(cmd.Context(), engine)
			})
			if errors.Is(err, errInterrupted) { // it is meant to be
				return nil
			}
			return err
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
	count   int

	mu   sync.Mutex
	mine map[string]bool // calls answered here and not over, by id
}

func (r *answering) run(ctx context.Context, engine *web.Client) error {
	return follow(ctx, engine, watcher{
		begin:       func(ctx context.Context) error { return r.ready(ctx, engine) },
		interrupted: func(ctx context.Context) bool { return r.hangupAll(ctx, engine) },
		event: func(stream context.Context, e phone.Event) (bool, error) {
			done, err := r.event(stream, engine, e, ctx.Err() == nil)
			return done || ctx.Err() != nil && len(r.calls()) == 0, err
		},
	})
}

// ready says that calls can come, once the engine is part of the network.
func (r *answering) ready(ctx context.Context, engine *web.Client) error {
	info, err := engine.Info(ctx)
	if err != nil {
		return err
	}
	if r.account != "" && !slices.ContainsFunc(info.Accounts, func(line web.Account) bool { return line.ID == r.account }) {
		return fmt.Errorf("account %s %w", r.account, phone.ErrNoAccount)
	}
	for i, line := range info.Accounts {
		if i == 0 {
			r.show.first = line.ID
		}
		if r.account != "" && line.ID != r.account {
			continue
		}
		r.show.joining()
		if err := engine.Ready(ctx, line.ID); err != nil {
			return err
		}
		if err := r.show.ready(line.ID, "answering calls to "); err != nil {
			return err
		}
		if contacts, err := engine.Contacts(ctx, line.ID); err == nil {
			r.show.requests(line.ID, contacts)
		}
	}
	return nil
}

// event shows what happens and answers what rings, as long as it is wanted. It reports whether the work
// is done.
func (r *answering) event(ctx context.Context, engine *web.Client, e phone.Event, wanted bool) (done bool, err error) {
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
		if wanted {
			r.take(ctx, engine, e)
		}
	case call.Ended.String():
		if r.drop(e.Call) && r.once {
			return true, r.app.endOf(e)
		}
	}
	return false, nil
}

// take answers a call. One that cannot be answered is declined, lest its caller listens to the ringing;
// that changes nothing where somebody else was quicker.
func (r *answering) take(ctx context.Context, engine *web.Client, e phone.Event) {
	r.mu.Lock()
	r.mine[e.Call] = true // before it is: Ctrl-C may come in between
	r.mu.Unlock()
	if err := engine.Act(ctx, e.Call, "answer", r.next()); err != nil {
		r.drop(e.Call)
		r.app.warn(fmt.Sprintf("the call from %s was not answered: %v", e.Peer, err))
		engine.Act(ctx, e.Call, "decline", web.Decline{})
	}
}

// drop forgets a call that is over and says whether it was one of ours.
func (r *answering) drop(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.mine[id]
	delete(r.mine, id)
	return known
}

// calls are those answered here that are not over.
func (r *answering) calls() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Keys(r.mine))
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
	for _, id := range r.calls() {
		any = true
		engine.Act(ctx, id, "hangup", nil) // fails when the call is over, and the end is told
	}
	return any
}

// warn tells a person of something that does not end the command.
func (a *app) warn(text string) { fmt.Fprintln(os.Stderr, "bellwire:", printable(text)) }
