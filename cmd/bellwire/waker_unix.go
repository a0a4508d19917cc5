// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package main

import (
	"errors"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// waker waits for a file to have something to read, and can be called away from that.
type waker struct {
	out *os.File

	mu sync.Mutex
	in *os.File // nil once closed
}

func newWaker() (*waker, error) {
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &waker{out: out, in: in}, nil
}

// wait returns when fd has something to read, or up was called; ready tells them apart. A negative fd
// never has.
func (w *waker) wait(fd int) (ready bool, err error) {
	pipe := int(w.out.Fd())
	fds := []unix.PollFd{{Fd: int32(pipe), Events: unix.POLLIN}, {Fd: int32(fd), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(fds, -1); err == nil {
			break
		} else if !errors.Is(err, unix.EINTR) {
			return false, err
		}
	}
	if fds[0].Revents != 0 {
		var heard [64]byte
		_, err := unix.Read(pipe, heard[:])
		return false, err
	}
	return fds[1].Revents != 0, nil
}

// up has wait return.
func (w *waker) up() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.in != nil {
		w.in.Write([]byte{0})
	}
}

func (w *waker) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.in.Close()
	w.out.Close()
	w.in = nil
}
