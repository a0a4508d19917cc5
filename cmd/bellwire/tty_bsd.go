// SPDX-License-Identifier: GPL-3.0-or-later

//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package main

import "golang.org/x/sys/unix"

// How the settings of a terminal are read and written.
const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)
