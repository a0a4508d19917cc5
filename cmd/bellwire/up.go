// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"errors"
	"io/fs"
	"sync"

	"github.com/spf13/cobra"

	"bellwire/call"
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
	show.ring, show.end = a.howToAnswer, a.howToHangUp
	show.first = e.phone.Lines()[0].ID()
	for _, line := range e.phone.Lines() {
		if contacts, err := e.phone.Contacts(line.ID()); err == nil {
			show.requests(line.ID(), contacts)
		}
	}
	show.joining()
	ready := make(chan string)
	ctx, cancel := context.WithCancel(ctx)
	var waiting sync.WaitGroup
	defer waiting.Wait()
	defer cancel()
	waiting.Go(func() { awaitReady(ctx, e.phone.Lines(), ready) })
	for {
		select {
		case id := <-ready:
			if err := show.ready(id, "ready: "); err != nil {
				return err
			}
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

// howToAnswer and howToHangUp name the commands for a call of an engine that others use.
func (a *app) howToAnswer(e phone.Event) string {
	return "; take it with: " + a.command("calls accept "+e.Call) + ", refuse it with: " + a.command("calls decline "+e.Call)
}

func (a *app) howToHangUp(e phone.Event) string {
	return "; hang up with: " + a.command("calls hangup "+e.Call)
}

// awaitReady passes on the id of each account when it can be called.
func awaitReady(ctx context.Context, lines []call.Line, ready chan<- string) {
	for _, line := range lines {
		if line.Ready(ctx) != nil {
			return
		}
		select {
		case ready <- line.ID():
		case <-ctx.Done():
			return
		}
	}
}
