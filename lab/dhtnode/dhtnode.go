// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

// Package dhtnode drives the real OpenDHT program of that name, version 2.4, through its console: it
// starts nodes, gives them commands one at a time and reads what they print.
package dhtnode

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwire/internal/peer"
	"bellwire/lab/netns"
	"bellwire/lab/proc"
)

// Program is the name of the executable.
const Program = "dhtnode"

const (
	startLimit   = 30 * time.Second // a key of 4096 bits is made first where an identity is asked for
	commandLimit = 30 * time.Second
)

// Config says how to start a node.
type Config struct {
	In        *netns.Namespace // nil is the test's own
	Network   uint32
	Port      uint16 // 0 lets the system choose
	Bootstrap netip.AddrPort
	Identity  bool // make a key, so that the node can sign, encrypt and decrypt
}

// Node is a running dhtnode.
type Node struct {
	*proc.Process
	ID    string // node id, 40 hex digits
	KeyID string // key id, 40 hex digits, with an identity
	Addr  netip.AddrPort

	mu sync.Mutex // held during a command: the console mixes the output of two
}

var (
	runningLine = regexp.MustCompile(`^OpenDHT node ([0-9a-f]{40}) running on port (\d+)$`)
	keyLine     = regexp.MustCompile(`^Public key ID ([0-9a-f]{40})$`)
)

// Start runs a node until the test ends, or skips the test where the program is not installed.
func Start(t testing.TB, cfg Config) *Node {
	t.Helper()
	spec := proc.Spec{
		Path: peer.Need(t, Program),
		Args: []string{"-p", strconv.Itoa(int(cfg.Port)), "-n", strconv.FormatUint(uint64(cfg.Network), 10)},
		Dir:  t.TempDir(),
		In:   cfg.In,
	}
	if cfg.Bootstrap.IsValid() {
		spec.Args = append(spec.Args, "-b", cfg.Bootstrap.String())
	}
	if cfg.Identity {
		spec.Args = append(spec.Args, "-i")
	}
	n := &Node{Process: proc.Start(t, spec)}
	if err := n.readGreeting(); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *Node) readGreeting() error {
	_, _, err := n.Await(0, startLimit, func(l proc.Line) bool {
		if m := runningLine.FindStringSubmatch(l.Text); m != nil {
			port, err := strconv.ParseUint(m[2], 10, 16)
			if err != nil {
				return false
			}
			n.ID = m[1]
			n.Addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port))
		}
		if m := keyLine.FindStringSubmatch(l.Text); m != nil {
			n.KeyID = m[1]
		}
		return strings.HasPrefix(l.Text, " (type 'h'")
	})
	if err == nil && n.ID == "" {
		err = fmt.Errorf("the node gave no id; its output:\n%s", n.Output())
	}
	return err
}

// run sends one command and returns what the node printed up to the line that done accepts. Prompts
// are taken off.
func (n *Node) run(command string, done func(line string) bool) ([]string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	from := len(n.Lines(0))
	if err := n.Send(command); err != nil {
		return nil, err
	}
	_, last, err := n.Await(from, commandLimit, func(l proc.Line) bool { return done(unprompted(l.Text)) })
	if err != nil {
		return nil, fmt.Errorf("dhtnode command %q: %w", command, err)
	}
	var out []string
	for _, l := range n.Lines(from)[:last-from+1] {
		out = append(out, unprompted(l.Text))
	}
	return out, nil
}

// prompts are printed by another thread, in pieces and anywhere.
var prompts = strings.NewReplacer(">> ", "", "> ", "", ">", "")

// unprompted takes the prompts off a line.
func unprompted(line string) string { return prompts.Replace(line) }

// Bootstrap makes the node contact another.
func (n *Node) Bootstrap(addr netip.AddrPort) error {
	_, err := n.query("b " + addr.String())
	return err
}

// query runs a command that prints its whole answer at once. The end of the answer is the complaint
// about a second command that it does not know.
func (n *Node) query(command string) ([]string, error) {
	return n.run(command+"\nsync", func(line string) bool {
		return strings.HasSuffix(line, "Unknown command: sync")
	})
}
