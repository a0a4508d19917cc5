// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package baresip

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Event is what baresip tells of itself.
type Event struct {
	Type  string `json:"type"`  // such as CALL_ESTABLISHED
	Param string `json:"param"` // a digit, a reason
	Peer  string `json:"peeruri"`
	ID    string `json:"id"` // of the call
}

// message is an event or the answer to a command.
type message struct {
	Event
	IsEvent  bool   `json:"event"`
	Response bool   `json:"response"`
	OK       bool   `json:"ok"`
	Data     string `json:"data"`
	Token    string `json:"token"`
}

// maxMessage bounds what is read at once, in bytes.
const maxMessage = 1 << 20

// control is a connection to the module ctrl_tcp: netstrings of JSON both ways.
type control struct {
	conn net.Conn
	done chan struct{} // closed when nothing more is read

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every message, and at the end
	list    []message
	closed  bool
	tokens  int
}

func newControl(conn net.Conn) *control {
	c := &control{conn: conn, done: make(chan struct{}), changed: make(chan struct{})}
	go c.follow()
	return c
}

func (c *control) close() {
	c.conn.Close()
	<-c.done
}

func (c *control) follow() {
	defer close(c.done)
	r := bufio.NewReader(c.conn)
	for {
		m, err := readNetstring(r)
		c.mu.Lock()
		if err != nil {
			c.closed = true
		} else {
			c.list = append(c.list, m)
		}
		close(c.changed)
		c.changed = make(chan struct{})
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// readNetstring reads LENGTH:JSON, with its comma.
func readNetstring(r *bufio.Reader) (m message, err error) {
	length, err := r.ReadString(':')
	if err != nil {
		return m, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
	if err != nil || n < 0 || n > maxMessage {
		return m, fmt.Errorf("%q is no length", length)
	}
	text := make([]byte, n+1)
	if _, err := io.ReadFull(r, text); err != nil {
		return m, err
	}
	return m, json.Unmarshal(text[:n], &m)
}

func (c *control) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.list)
}

// await returns the first message from number from on that match accepts.
func (c *control) await(from int, limit time.Duration, match func(message) bool) (message, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for at := from; ; {
		c.mu.Lock()
		list, changed, closed := c.list, c.changed, c.closed
		c.mu.Unlock()
		for ; at < len(list); at++ {
			if match(list[at]) {
				return list[at], nil
			}
		}
		if closed {
			return message{}, errors.New("baresip has ended")
		}
		select {
		case <-changed:
		case <-timer.C:
			var seen strings.Builder
			for _, m := range list[min(from, len(list)):] {
				fmt.Fprintf(&seen, "\n\t%+v", m)
			}
			return message{}, fmt.Errorf("baresip has not said that within %v, but:%s", limit, seen.String())
		}
	}
}

// do gives a command and waits for its answer.
func (c *control) do(command, params string, limit time.Duration) (message, error) {
	c.mu.Lock()
	c.tokens++
	token := strconv.Itoa(c.tokens)
	from := len(c.list)
	c.mu.Unlock()
	text, err := json.Marshal(map[string]string{"command": command, "params": params, "token": token})
	if err != nil {
		return message{}, err
	}
	c.conn.SetWriteDeadline(time.Now().Add(limit))
	if _, err := fmt.Fprintf(c.conn, "%d:%s,", len(text), text); err != nil {
		return message{}, err
	}
	m, err := c.await(from, limit, func(m message) bool { return m.Response && m.Token == token })
	if err == nil && !m.OK {
		err = fmt.Errorf("baresip refuses %s %s: %s", command, params, m.Data)
	}
	return m, err
}
