// SPDX-License-Identifier: GPL-3.0-or-later

package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// leave is how long a program may take to end after its interrupt.
const leave = 4 * time.Second

// event is what the programs print with --json.
type event struct {
	Event    string    `json:"event"`
	Time     time.Time `json:"time"`
	Address  string    `json:"address"`
	State    string    `json:"state"`
	Peer     string    `json:"peer"`
	Reason   string    `json:"reason"`
	Detail   string    `json:"detail"`
	Codec    string    `json:"codec"`
	SRTP     string    `json:"srtp"`
	Sent     uint64    `json:"packets_sent"`
	Received uint64    `json:"packets_received"`
	Lost     uint64    `json:"lost"`
	JitterMS float64   `json:"jitter_ms"`
	RTTMS    float64   `json:"rtt_ms"`
}

// program is one running bellwire.
type program struct {
	name   string
	cmd    *exec.Cmd
	events chan event
	ended  chan struct{} // closed after the process was waited for
	err    error         // how it ended; valid once ended is closed

	mu     sync.Mutex
	errors strings.Builder // what it wrote on standard error
}

// start runs the program with arguments. It is ended politely when the context ends.
func start(ctx context.Context, name, path string, args ...string) (*program, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = leave
	p := &program{name: name, cmd: cmd, events: make(chan event, 256), ended: make(chan struct{})}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = p
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go p.follow(stdout)
	return p, nil
}

// follow reads events until the program ends.
func (p *program) follow(stdout io.Reader) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) == nil {
			p.events <- e
		}
	}
	close(p.events)
	p.err = p.cmd.Wait()
	close(p.ended)
}

// Write keeps what the program says on standard error.
func (p *program) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.errors.Write(b)
}

// await returns the first event that matches.
func (p *program) await(ctx context.Context, what string, match func(event) bool) (event, error) {
	for {
		select {
		case e, more := <-p.events:
			if !more {
				<-p.ended
				return event{}, fmt.Errorf("%s ended before it was %s: %s", p.name, what, p.complaint())
			}
			if match(e) {
				return e, nil
			}
		case <-ctx.Done():
			return event{}, fmt.Errorf("%s was not %s in time", p.name, what)
		}
	}
}

// finish waits for the end of the program, which must be a success.
func (p *program) finish(ctx context.Context) error {
	select {
	case <-p.ended:
	case <-ctx.Done():
		return fmt.Errorf("%s did not end in time", p.name)
	}
	if p.err != nil {
		return fmt.Errorf("%s failed: %s", p.name, p.complaint())
	}
	return nil
}

// stop ends the program politely and waits for it.
func (p *program) stop() {
	p.cmd.Process.Signal(syscall.SIGINT)
	for range p.events { // it may be waiting to be read
	}
	<-p.ended
}

// complaint is what the program said last, or how it ended.
func (p *program) complaint() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := strings.TrimSpace(p.errors.String())
	if text != "" {
		return text[strings.LastIndexByte(text, '\n')+1:]
	}
	if p.err != nil {
		return p.err.Error()
	}
	return "it said nothing"
}

// output runs the program to its end and returns what it printed.
func output(ctx context.Context, path string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, path, args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("bellwire %s: %s", strings.Join(args, " "), strings.TrimSpace(string(exit.Stderr)))
	}
	return strings.TrimSpace(string(out)), err
}
