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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := rootCommand().ExecuteContext(ctx)
	stop()
	if ended := (*callError)(nil); err != nil && !(errors.As(err, &ended) && ended.shown) {
		fmt.Fprintln(os.Stderr, "bellwire:", err)
	}
	os.Exit(exitCode(err))
}
