// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package main

import (
	"bufio"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// town is a private network on this machine with two people in it.
type town struct {
	t        *testing.T
	flags    []string
	alice    string // homes
	bob      string
	aliceID  string
	bobID    string
	firstDHT *background
}

// newTown starts a node of a DHT.
func newTown(t *testing.T) *town {
	t.Helper()
	c := &town{t: t, flags: []string{"--set", "dht.mainline=false", "--set", "dht.discovery=false", "--set", "dht.network=8397", "--set", "dht.listen=127.0.0.1:0"}}
	c.alice = copyOfHome(t)
	_, c.aliceID = homeWithAccount(t)
	c.bob = t.TempDir()
	stdout, stderr, code := run(t, c.bob, "account", "new", "--name", "Bob")
	if code != 0 {
		t.Fatalf("account new: %s", stderr)
	}
	c.bobID = strings.TrimSpace(stdout)
	c.firstDHT = c.start(t.TempDir(), "--set", "dht.bootstrap=", "dht", "node", "--listen", "127.0.0.1:0")
	c.flags = append(c.flags, "--set", "dht.bootstrap="+c.firstDHT.says(`127\.0\.0\.1:\d+`))
	return c
}

// do runs a command and returns what it printed, errors behind the rest.
func (c *town) do(home string, want int, args ...string) string {
	c.t.Helper()
	stdout, stderr, code := run(c.t, home, append(append([]string{}, c.flags...), args...)...)
	if code != want {
		c.t.Errorf("%s: exit code %d, want %d: %s", strings.Join(args, " "), code, want, stderr)
	}
	return stdout + stderr
}

// background is a command that goes on.
type background struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan string
}

// start runs a command until the test ends.
func (c *town) start(home string, args ...string) *background {
	c.t.Helper()
	cmd := exec.Command(os.Args[0], append(append([]string{"--home", home}, c.flags...), args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	out, in, err := os.Pipe()
	if err != nil {
		c.t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	in.Close()
	b := &background{t: c.t, cmd: cmd, lines: make(chan string, 1000)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			b.lines <- lines.Text()
		}
	}()
	c.t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		<-read
		out.Close()
	})
	return b
}

// says waits for a line with this in it and returns the last group of the expression that is there.
func (b *background) says(expression string) string {
	b.t.Helper()
	pattern := regexp.MustCompile(expression)
	patience := time.After(30 * time.Second)
	var said []string
	for {
		select {
		case line := <-b.lines:
			said = append(said, line)
			if m := pattern.FindStringSubmatch(line); m != nil {
				return m[len(m)-1]
			}
		case <-patience:
			b.t.Fatalf("it does not say %q but\n%s", expression, strings.Join(said, "\n"))
		}
	}
}

// TestCommandsUseTheEngineThatRuns plays what a person with `up` in one terminal does in another.
func TestCommandsUseTheEngineThatRuns(t *testing.T) {
	t.Parallel()
	c := newTown(t)
	calls := func(want int, args ...string) string {
		t.Helper()
		_, stderr, code := run(t, c.bob, append([]string{"calls"}, args...)...)
		if code != want {
			t.Errorf("calls %s: exit code %d, want %d: %s", strings.Join(args, " "), code, want, stderr)
		}
		return stderr
	}
	listed := func(want string) {
		t.Helper()
		stdout, _, _ := run(t, c.bob, "calls")
		if !regexp.MustCompile(want).MatchString(stdout) || want == "^$" && stdout != "" {
			t.Errorf("the calls are %q, want %q", stdout, want)
		}
	}

	// A text is kept before bob is there, and comes with the next, in order.
	if said := c.do(c.alice, exitUnreachable, "message", c.bobID, "first"); !strings.Contains(said, "kept, and sent when "+c.bobID) {
		t.Errorf("message says %q", said)
	}
	if said := c.do(c.alice, exitDone, "history"); !strings.Contains(said, "first (waiting)") {
		t.Errorf("history says %q", said)
	}
	up := c.start(c.bob, "up")
	up.says("ready: ")
	if said := c.do(c.alice, exitDone, "message", c.bobID, "second"); !strings.Contains(said, "delivered") {
		t.Errorf("message says %q", said)
	}
	up.says(c.aliceID + ".*: first$")
	up.says(c.aliceID + ".*: second$")
	if said := c.do(c.alice, exitDone, "history"); !strings.Contains(said, "first (delivered)") || !strings.Contains(said, "second (delivered)") {
		t.Errorf("history says %q", said)
	}

	// Strangers become contacts.
	if said := c.do(c.alice, exitDone, "contact", "add", c.bobID, "--name", "Bobby\x1b[2J"); !strings.Contains(said, "the request was sent") {
		t.Errorf("contact add says %q", said)
	}
	up.says(c.aliceID + ".* wants to be a contact; accept with: .* contact accept " + c.aliceID)
	if said := c.do(c.alice, exitDone, "contact", "list"); !regexp.MustCompile("requested +- +"+c.bobID+"  Bobby").MatchString(said) || strings.Contains(said, "\x1b") {
		t.Errorf("contact list says %q", said)
	}
	if said := c.do(c.bob, exitDone, "contact", "accept", c.aliceID); !strings.Contains(said, "is a contact now") {
		t.Errorf("contact accept says %q", said)
	}
	up.says("is a contact now")
	watching := c.start(c.alice, "contact", "list", "--watch")
	watching.says("confirmed +(online|connected) +" + c.bobID)
	watching.cmd.Process.Signal(os.Interrupt)
	watching.cmd.Wait()
	if said := c.do(c.alice, exitDone, "contact", "add", c.bobID); !strings.Contains(said, "is a contact already") {
		t.Errorf("contact add says %q", said)
	}
	if said := c.do(c.bob, exitNotFound, "contact", "accept", strings.Repeat("ab", 20)); !strings.Contains(said, "has not asked") {
		t.Errorf("contact accept says %q", said)
	}

	// A call is taken, used and ended by commands.
	listed("^$")
	if said := calls(exitNotFound, "accept"); !strings.Contains(said, "no call rings") {
		t.Errorf("accept says %q", said)
	}
	calling := c.start(c.alice, "call", c.bobID, "--tone", "440")
	id := up.says("take it with: .*calls accept ([0-9a-f]+)")
	listed(id + "  ← +ringing .*" + c.aliceID)
	calls(exitNotFound, "hold")
	calls(exitDone, "accept", "--echo")
	calling.says("in a call with " + c.bobID)
	calls(exitNotFound, "resume")
	calls(exitDone, "hold")
	listed("held")
	calls(exitDone, "resume", id[:4])
	calls(exitDone, "mute")
	listed("established, muted")
	calls(exitNotFound, "mute")
	calls(exitDone, "unmute")
	calls(exitDone, "keys", "5")
	calling.says("key 5")
	calls(exitDone, "keys", id, "6#")
	calling.says("key #")
	calls(exitUsage, "keys", "x")
	calls(exitDone, "hangup")
	calling.says("call ended: hung up")
	up.says("call ended: hung up")

	// A call of a command that dies ends, and one that is refused is refused.
	answering := c.start(c.alice, "answer")
	answering.says("answering calls to")
	dying := c.start(c.bob, "call", c.aliceID)
	dying.says("in a call with " + c.aliceID)
	answering.says("in a call with " + c.bobID)
	dying.cmd.Process.Kill()
	answering.says("call ended: hung up")
	answering.cmd.Process.Signal(os.Interrupt)
	answering.cmd.Wait()
	listed("^$")
	declined := c.start(c.alice, "call", c.bobID)
	up.says("take it with")
	calls(exitDone, "decline")
	declined.says("declined")

	// Who is blocked neither rings nor writes.
	c.do(c.bob, exitDone, "contact", "block", c.aliceID)
	c.do(c.alice, exitDeclined, "call", c.bobID)
	if said := c.do(c.alice, exitDeclined, "message", c.bobID, "let me in"); !strings.Contains(said, "was not sent: declined") {
		t.Errorf("message says %q", said)
	}
	if said := c.do(c.alice, exitDone, "history"); !strings.Contains(said, "let me in (failed: declined)") {
		t.Errorf("history says %q", said)
	}
}

// TestACallIsLedByKeys sits at a terminal during a call.
func TestACallIsLedByKeys(t *testing.T) {
	t.Parallel()
	c := newTown(t)
	answering := c.start(c.bob, "answer", "--tone", "440")
	answering.says("answering calls to")
	command := append(append([]string{"--home", c.alice}, c.flags...), "call", c.bobID)

	term := inTerminal(t, command...)
	term.shows("q hang up")
	term.hidesKeys(true)
	term.types("5#")
	answering.says("key 5")
	answering.says("key #")
	term.shows("key # sent")
	term.types("\x1b[15~") // F5
	term.types("h")
	term.shows("on hold")
	term.types("h")
	term.shows("no longer on hold")
	term.types("m")
	term.shows("muted: ")
	term.types("m")
	term.shows("no longer muted")
	term.types("\x1a") // Ctrl-Z
	term.hidesKeys(false)
	term.cmd.Process.Signal(unix.SIGCONT)
	term.hidesKeys(true)
	term.types("9")
	if key := answering.says("key (.)"); key != "9" {
		t.Errorf("the key %s arrived", key)
	}
	term.types("q")
	if code := term.exits(); code != exitDone {
		t.Errorf("exit code %d: %s", code, term.text())
	}
	term.hidesKeys(false)
	answering.says("call ended: hung up")

	term = inTerminal(t, command...)
	term.shows("q hang up")
	term.hidesKeys(true)
	term.types("\x03") // Ctrl-C
	if code := term.exits(); code != exitDone {
		t.Errorf("exit code %d: %s", code, term.text())
	}
	term.hidesKeys(false)

	// bob's device is announced and answers no more, as one does that hears its contacts alone.
	answering.cmd.Process.Kill()
	term = inTerminal(t, command...)
	term.shows("Send a contact request to " + c.bobID + "? [y/N] ")
	term.types("y\n")
	term.shows("the request was sent")
	if code := term.exits(); code != exitUnreachable {
		t.Errorf("exit code %d: %s", code, term.text())
	}
}
