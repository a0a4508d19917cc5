// SPDX-License-Identifier: GPL-3.0-or-later

// Command bellwire is a telephone and an office gateway for people who want to own their calls. This
// package owns the command line: flags, wiring, and what a person reads on the terminal.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	err := rootCommand().ExecuteContext(ctx)
	if errors.Is(err, context.Canceled) {
		err = errInterrupted
	}
	if ended := (*callError)(nil); err != nil && !(errors.As(err, &ended) && ended.shown) {
		fmt.Fprintln(os.Stderr, "bellwire:", printable(err.Error()))
	}
	os.Exit(exitCode(err))
}

// endings are the signals that end a command politely. A terminal that is closed sends SIGHUP, which
// nohup has us ignore.
func endings() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}
