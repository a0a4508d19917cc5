// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"errors"
	"time"

	"bellwire/phone"
	"bellwire/web"
)

// goodbye bounds how long a command waits for the end of its calls after Ctrl-C.
const goodbye = 3 * time.Second

// errSettled is what begin returns when there is nothing to wait for.
var errSettled = errors.New("done")

// watcher is a command that does something and then follows the events of the engine.
type watcher struct {
	// begin runs when no event can be missed any more. Its context ends with Ctrl-C.
	begin func(ctx context.Context) error
	// interrupted runs after Ctrl-C, behind begin, and says whether there is an end to wait for.
	interrupted func(ctx context.Context) (wait bool)
	// event takes the events in order and says when the work is done.
	event func(ctx context.Context, e phone.Event) (done bool, err error)
}

// follow runs a watcher to its end. The stream of events lives on after Ctrl-C, until calls have ended.
func follow(ctx context.Context, engine *web.Client, w watcher) error {
	stream, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	opened := context.AfterFunc(ctx, cancel) // an engine that is stopped says nothing
	events, err := engine.Events(stream)
	if err != nil {
		return err
	}
	if !opened() {
		return errInterrupted
	}
	if err := w.begin(ctx); err != nil {
		if errors.Is(err, errSettled) {
			return nil
		}
		if ctx.Err() != nil {
			return errInterrupted
		}
		return err
	}
	defer context.AfterFunc(ctx, func() {
		if !w.interrupted(stream) {
			cancel()
		}
		time.AfterFunc(goodbye, cancel)
	})()
	for e, err := range events {
		if err != nil {
			if ctx.Err() != nil {
				return errInterrupted
			}
			return err
		}
		if done, err := w.event(stream, e); done || err != nil {
			return err
		}
	}
	return nil
}
