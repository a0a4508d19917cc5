// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"bellwire/internal/netx"
	"bellwire/phone"
)

func (a *app) upCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "up",
		Short: "Run the engine until interrupted; the other commands then use it",
		Args:  args(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.up(cmd.Context()) },
	}
}

var errUp = errors.New("an engine runs already in this home; the other commands use it")

func (a *app) up(ctx context.Context) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	if conn, err := netx.DialUnix(ctx, a.path(socketFile)); err == nil {
		conn.Close()
		return errUp
	}
	e, err := a.startEngine(cfg)
	if err != nil {
		return err
	}
	defer e.Close()
	socket, err := netx.ListenUnix(a.path(socketFile))
	if errors.Is(err, fs.ErrExist) {
		return errUp
	}
	if err != nil {
		return err
	}
	events, end := e.phone.Events()
	defer end()
	e.serve(socket)
	show := a.display()
	go a.tellReady(ctx, e, show)
	for {
		select {
		case event, more := <-events:
			if !more {
				return errors.New("the engine ended")
			}
			if err := show.event(event); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// tellReady says when each account can be called.
func (a *app) tellReady(ctx context.Context, e *engine, show *display) {
	for _, line := range e.phone.Lines() {
		if line.Ready(ctx) != nil {
			return
		}
		if a.json {
			json.NewEncoder(os.Stdout).Encode(phone.Event{Event: "ready", Time: time.Now(), Account: line.ID()})
			continue
		}
		show.line("ready: " + line.ID())
	}
}
