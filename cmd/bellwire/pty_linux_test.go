// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a person's terminal with a program that runs in it.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	master *os.File
	slave  *os.File
	ended  chan struct{}

	mu    sync.Mutex
	shown bytes.Buffer
}

// inTerminal runs bellwire with a terminal of its own until the test ends.
func inTerminal(t *testing.T, args ...string) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no terminals here: %v", err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, master: master, slave: slave, cmd: exec.Command(os.Args[0], args...), ended: make(chan struct{})}
	term.cmd.Env = append(os.Environ(), asProgram+"=1")
	term.cmd.Stdin, term.cmd.Stdout, term.cmd.Stderr = slave, slave, slave
	term.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := term.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			term.mu.Lock()
			term.shown.Write(buf[:n])
			term.mu.Unlock()
			if err != nil {
				return
			}
		}
	})
	go func() { term.cmd.Wait(); close(term.ended) }()
	t.Cleanup(func() {
		term.cmd.Process.Kill()
		<-term.ended
		slave.Close()
		master.Close()
		reading.Wait()
	})
	return term
}

// types presses keys.
func (term *terminal) types(keys string) {
	term.t.Helper()
	if _, err := term.master.WriteString(keys); err != nil {
		term.t.Fatal(err)
	}
}

// text is what was printed so far.
func (term *terminal) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.shown.String()
}

// shows waits until a text has been printed.
func (term *terminal) shows(text string) {
	term.t.Helper()
	term.until(fmt.Sprintf("it shows %q", text), func() bool { return strings.Contains(term.text(), text) })
}

// hidesKeys waits until the terminal shows what is typed and waits for whole lines, or does not.
func (term *terminal) hidesKeys(hidden bool) {
	term.t.Helper()
	term.until(fmt.Sprintf("keys are hidden: %v", hidden), func() bool {
		settings, err := unix.IoctlGetTermios(int(term.slave.Fd()), unix.TCGETS)
		const cooked = unix.ICANON | unix.ECHO
		return err == nil && (settings.Lflag&cooked == cooked) != hidden
	})
}

func (term *terminal) until(what string, condition func() bool) {
	term.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); {
		if time.Now().After(deadline) {
			term.t.Fatalf("not after 20 s: %s; the terminal shows\n%s", what, term.text())
		}
		<-time.After(10 * time.Millisecond)
	}
}

// exits waits for the end and returns the exit code.
func (term *terminal) exits() int {
	term.t.Helper()
	term.until("the program has ended", func() bool {
		select {
		case <-term.ended:
			return true
		default:
			return false
		}
	})
	return term.cmd.ProcessState.ExitCode()
}
