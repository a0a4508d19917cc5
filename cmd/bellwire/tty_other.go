// SPDX-License-Identifier: GPL-3.0-or-later

//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package main

import (
	"context"
	"errors"
	"os"
)

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// isInteractive is false: nobody is asked anything on this system.
func isInteractive(*os.File) bool { return false }

// tty does not exist on this system: calls go without keys.
type tty struct{}

func openTTY(*os.File) *tty        { return nil }
func (*tty) read() ([]byte, error) { return nil, errors.ErrUnsupported }
func (*tty) restore()              {}
func (*tty) close()                {}

// readLine fails.
func readLine(context.Context, *os.File) (string, error) { return "", errors.ErrUnsupported }
