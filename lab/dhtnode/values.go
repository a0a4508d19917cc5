// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package dhtnode

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"bellwire/lab/proc"
)

// ErrFailed means that the node reported the failure of a put.
var ErrFailed = errors.New("the real node reports failure")

// Value is a value as the console shows it.
type Value struct {
	ID        uint64
	Signed    bool
	Decrypted bool
	Text      string // for text only
}

var valueLine = regexp.MustCompile(`^\tValue\[id:([0-9a-f]+)(.*?)(?: data\(([^)]*)\):"(.*)")?\]$`)

func parseValue(line string) (Value, bool) {
	m := valueLine.FindStringSubmatch(line)
	if m == nil {
		return Value{}, false
	}
	id, err := strconv.ParseUint(m[1], 16, 64)
	if err != nil {
		return Value{}, false
	}
	return Value{
		ID:        id,
		Signed:    strings.Contains(m[2], " signed"),
		Decrypted: strings.Contains(m[2], " decrypted"),
		Text:      m[4],
	}, true
}

// The console writes "took 1.27 ms" and, in one place, "(took 13.3 mss)".
var durationText = regexp.MustCompile(`(?:took|after) ([0-9.e+]+) (us|ms|s|min)`)

func parseDuration(line string) (time.Duration, error) {
	m := durationText.FindStringSubmatch(line)
	if m == nil {
		return 0, fmt.Errorf("no duration in %q", line)
	}
	number, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, fmt.Errorf("no duration in %q: %w", line, err)
	}
	unit := map[string]time.Duration{"us": time.Microsecond, "ms": time.Millisecond, "s": time.Second, "min": time.Minute}[m[2]]
	return time.Duration(number * float64(unit)), nil
}

// Put stores one word of text and returns how long the node says it took.
func (n *Node) Put(key, text string) (time.Duration, error) {
	return n.put(fmt.Sprintf("p %s %s", key, text), "Put: ")
}

// PutSigned stores one word, signed by the node's identity.
func (n *Node) PutSigned(key, text string) (time.Duration, error) {
	return n.put(fmt.Sprintf("s %s %s", key, text), "Put signed: ")
}

// PutEncrypted stores one word, signed and encrypted for the owner of a key id, whose certificate
// the node looks up first.
func (n *Node) PutEncrypted(key, to, text string) (time.Duration, error) {
	return n.put(fmt.Sprintf("e %s %s %s", key, to, text), "Put encrypted: ")
}

func (n *Node) put(command, result string) (time.Duration, error) {
	out, err := n.run(command, func(line string) bool { return strings.Contains(line, result) })
	if err != nil {
		return 0, err
	}
	last := out[len(out)-1]
	if !strings.Contains(last, "success") {
		return 0, fmt.Errorf("%s: %w", last, ErrFailed)
	}
	return parseDuration(last)
}

// Found is the outcome of a get.
type Found struct {
	Values          []Value
	First, Complete time.Duration // as the node measured; First is 0 when nothing was found
}

// Get looks a key up.
func (n *Node) Get(key string) (Found, error) {
	out, err := n.run("g "+key, func(line string) bool {
		return strings.Contains(line, "Get: completed") || strings.Contains(line, "Get: failure")
	})
	if err != nil {
		return Found{}, err
	}
	var found Found
	for _, line := range out {
		if v, ok := parseValue(line); ok {
			found.Values = append(found.Values, v)
		}
		if strings.Contains(line, "Get: found") && found.First == 0 {
			if found.First, err = parseDuration(line); err != nil {
				return Found{}, err
			}
		}
	}
	last := out[len(out)-1]
	if strings.Contains(last, "failure") {
		return found, fmt.Errorf("%s: %w", last, ErrFailed)
	}
	found.Complete, err = parseDuration(last)
	return found, err
}

// Listener follows one key of a node. Commands given to the same node meanwhile may garble what it
// reads: listen on a node of its own.
type Listener struct {
	node *Node
	from int
}

var listenLine = regexp.MustCompile(`^Listen: found \d+ values( expired)? \(total`)

// Listen starts to watch a key.
func (n *Node) Listen(key string) (*Listener, error) {
	from := len(n.Lines(0))
	_, err := n.run("l "+key, func(line string) bool { return strings.HasPrefix(line, "Listening, token:") })
	return &Listener{node: n, from: from}, err
}

// Await returns when the listener was told of a value that match accepts, and when that was.
func (l *Listener) Await(limit time.Duration, match func(v Value, expired bool) bool) (time.Time, error) {
	expired := false
	line, _, err := l.node.Await(l.from, limit, func(line proc.Line) bool {
		text := unprompted(line.Text)
		if m := listenLine.FindStringSubmatch(text); m != nil {
			expired = m[1] != ""
		}
		v, ok := parseValue(text)
		return ok && match(v, expired)
	})
	return line.At, err
}
