// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"sync"

	"golang.org/x/sys/unix"
)

// errRestored means that the terminal is as it was before, and no key is read any more.
var errRestored = errors.New("the terminal is not read any more")

// tty is a terminal that hands out single keys. It follows the program to the background and back.
type tty struct {
	fd      int
	before  unix.Termios
	wake    *waker
	signals chan os.Signal
	watched sync.WaitGroup // the goroutine of signals

	mu   sync.Mutex
	ours bool // the keys are read and the terminal is set for that
	over bool
}

func isTerminal(file *os.File) bool {
	_, err := unix.IoctlGetTermios(int(file.Fd()), getTermios)
	return err == nil
}

// isInteractive says that a person at this terminal can be asked.
func isInteractive(file *os.File) bool { return isTerminal(file) && inForeground(int(file.Fd())) }

// inForeground says that the program may read from the terminal and set it. A program in the background
// that does so is stopped.
func inForeground(fd int) bool {
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

func openTTY(file *os.File) *tty {
	fd := int(file.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil || !inForeground(fd) {
		return nil
	}
	w, err := newWaker()
	if err != nil {
		return nil
	}
	signals := make(chan os.Signal, 4)
	t := &tty{fd: fd, before: *before, wake: w, signals: signals}
	if !t.set() {
		w.close()
		return nil
	}
	signal.Notify(signals, unix.SIGTSTP, unix.SIGCONT, unix.SIGQUIT)
	t.watched.Go(func() { t.watch(signals) })
	return t
}

// set has the terminal hand out keys at once and unseen, if it is ours. Ctrl-C and its like go on to
// work, and so does what is printed.
func (t *tty) set() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	keys := t.before
	keys.Lflag &^= unix.ICANON | unix.ECHO
	keys.Cc[unix.VMIN], keys.Cc[unix.VTIME] = 1, 0
	t.ours = !t.over && inForeground(t.fd) && unix.IoctlSetTermios(t.fd, setTermios, &keys) == nil
	return t.ours
}

// unset sets the terminal as it was before, unless it is another program's by now.
func (t *tty) unset(over bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ours && inForeground(t.fd) {
		unix.IoctlSetTermios(t.fd, setTermios, &t.before) // fails when the terminal is gone
	}
	t.ours, t.over = false, t.over || over
}

// watch restores the terminal before a signal stops or ends the program, and sets it again when the
// program is continued.
func (t *tty) watch(signals <-chan os.Signal) {
	for s := range signals {
		switch s {
		case unix.SIGTSTP:
			t.unset(false)
			unix.Kill(unix.Getpid(), unix.SIGSTOP)
		case unix.SIGCONT:
			t.set()
			t.wake.up()
		case unix.SIGQUIT:
			t.unset(true)
			signal.Reset(unix.SIGQUIT)
			unix.Kill(unix.Getpid(), unix.SIGQUIT)
		}
	}
}

// read returns the keys pressed since the last read. It fails once the terminal is restored.
func (t *tty) read() ([]byte, error) {
	buf := make([]byte, 64)
	for {
		t.mu.Lock()
		ours, over := t.ours, t.over
		t.mu.Unlock()
		if over {
			return nil, errRestored
		}
		fd := t.fd
		if !ours {
			fd = -1
		}
		ready, err := t.wake.wait(fd)
		if err != nil {
			return nil, err
		}
		if !ready {
			continue
		}
		switch n, err := unix.Read(t.fd, buf); {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
		case err != nil:
			return nil, err
		case n == 0:
			return nil, io.EOF
		default:
			return buf[:n], nil
		}
	}
}

// restore sets the terminal as it was before and has read fail. It may be called again.
func (t *tty) restore() {
	t.unset(true)
	t.wake.up()
}

// close gives back what a restored terminal held. Nobody reads any more.
func (t *tty) close() {
	t.mu.Lock()
	signals := t.signals
	t.signals = nil
	t.mu.Unlock()
	if signals == nil {
		return
	}
	signal.Stop(signals)
	close(signals)
	t.watched.Wait()
	t.wake.close()
}

// readLine returns the line a person types, or fails when ctx ends first.
func readLine(ctx context.Context, file *os.File) (string, error) {
	w, err := newWaker()
	if err != nil {
		return "", err
	}
	defer w.close()
	defer context.AfterFunc(ctx, w.up)()
	var line []byte
	buf := make([]byte, 256)
	for len(line) < 4096 {
		ready, err := w.wait(int(file.Fd()))
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return "", err
		}
		if !ready {
			continue
		}
		n, err := unix.Read(int(file.Fd()), buf)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n <= 0 {
			return "", errors.Join(io.ErrUnexpectedEOF, err)
		}
		line = append(line, buf[:n]...)
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			return string(line[:i]), nil
		}
	}
	return "", io.ErrShortBuffer
}
