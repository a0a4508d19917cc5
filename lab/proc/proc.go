// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

// Package proc runs real programs for tests: it follows their output line by line, writes to their
// standard input, measures their memory, and ends exactly what it started. A program never outlives
// the test process, even one that is killed.
package proc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bellwire/lab/netns"
)

// politeness is how long a program may take to end after its interrupt at the end of a test.
const politeness = 5 * time.Second

// Spec says what to run.
type Spec struct {
	Path string
	Args []string
	Dir  string
	Env  []string         // added to the test's own
	In   *netns.Namespace // nil is the test's own
}

// Process is a running program. Its methods may be used by several goroutines.
type Process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	ended chan struct{} // closed when the program has ended and its output was read

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every line, and at the end
	lines   []Line
	closed  bool
}

// Line is one line of output.
type Line struct {
	Text  string
	Error bool // from standard error
	At    time.Time
}

// Start runs a program until it ends or the test does.
func Start(t testing.TB, spec Spec) *Process {
	t.Helper()
	p, err := start(spec)
	if err != nil {
		t.Fatalf("start %s: %v", spec.Path, err)
	}
	t.Cleanup(p.end)
	return p
}

func start(spec Spec) (*Process, error) {
	cmd := exec.Command(spec.Path, spec.Args...)
	cmd.Dir = spec.Dir
	cmd.Env = append(os.Environ(), spec.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, stdin: stdin, ended: make(chan struct{}), changed: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		defer close(p.ended)
		// The thread that starts the program stays until the program ended: the kernel takes the
		// end of that thread for the death of the parent.
		err := spec.In.Do(func() error {
			if err := cmd.Start(); err != nil {
				return err
			}
			started <- nil
			p.follow(stdout, stderr)
			return nil
		})
		if err != nil {
			started <- err
		}
	}()
	return p, <-started
}

// follow reads the output to its end, then collects the exit status.
func (p *Process) follow(stdout, stderr io.Reader) {
	var readers sync.WaitGroup
	readers.Go(func() { p.read(stdout, false) })
	readers.Go(func() { p.read(stderr, true) })
	readers.Wait()
	p.cmd.Wait() // the status is asked for by ExitCode
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.wakeLocked()
}

func (p *Process) read(r io.Reader, isError bool) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.mu.Lock()
		p.lines = append(p.lines, Line{Text: lines.Text(), Error: isError, At: time.Now()})
		p.wakeLocked()
		p.mu.Unlock()
	}
}

func (p *Process) wakeLocked() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// end stops the program politely, then by force.
func (p *Process) end() {
	p.stdin.Close()
	p.Signal(os.Interrupt)
	select {
	case <-p.ended:
	case <-time.After(politeness):
		p.Kill()
	}
}

// Signal sends a signal, unless the program has ended.
func (p *Process) Signal(s os.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(fmt.Sprintf("signal a child: %v", err)) // our own child: this cannot be refused
	}
}

// Kill ends the program at once and waits for its end.
func (p *Process) Kill() {
	p.Signal(os.Kill)
	<-p.ended
}

// Ended is closed when the program has ended and all its output is there.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// ExitCode waits for the end of the program. It is -1 after a signal.
func (p *Process) ExitCode(t testing.TB, limit time.Duration) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(limit):
		t.Fatalf("%s has not ended after %v; its output:\n%s", p.cmd.Path, limit, p.Output())
		return -1
	}
}

// PID is the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Send writes one line to the standard input.
func (p *Process) Send(line string) error {
	if _, err := io.WriteString(p.stdin, line+"\n"); err != nil {
		return fmt.Errorf("write to the input of %s: %w", p.cmd.Path, err)
	}
	return nil
}

// Lines returns the output so far, from the given line on.
func (p *Process) Lines(from int) []Line {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.lines[min(from, len(p.lines)):])
}

// Output returns all lines so far as one text, for failure messages.
func (p *Process) Output() string {
	var b strings.Builder
	for _, l := range p.Lines(0) {
		b.WriteString(l.Text + "\n")
	}
	return b.String()
}

// Await waits until match reports true for a line, from line number from on, and returns that line
// and its number.
func (p *Process) Await(from int, limit time.Duration, match func(Line) bool) (Line, int, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		p.mu.Lock()
		lines, changed, closed := p.lines, p.changed, p.closed
		p.mu.Unlock()
		for ; from < len(lines); from++ {
			if match(lines[from]) {
				return lines[from], from, nil
			}
		}
		if closed {
			return Line{}, from, fmt.Errorf("%s ended before the awaited line; its output:\n%s", p.cmd.Path, p.Output())
		}
		select {
		case <-changed:
		case <-timer.C:
			return Line{}, from, fmt.Errorf("no such line from %s within %v; its output:\n%s", p.cmd.Path, limit, p.Output())
		}
	}
}
