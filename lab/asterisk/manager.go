// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package asterisk

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bellwire/lab/netns"
)

// managerAddr is where conf/manager.conf has it listen.
const managerAddr = "127.0.0.1:5038"

// answerLimit is how long one command may take.
const answerLimit = 15 * time.Second

// manager is a connection to the manager interface, which gives commands and follows all events.
type manager struct {
	conn net.Conn
	done chan struct{} // closed when nothing more is read

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every message, and at the end
	list    []Message     // all that was read, answers included
	closed  bool
	actions int
}

// dialManager connects and signs in; it fails while Asterisk starts. Events are asked for or not.
func dialManager(in *netns.Namespace, events bool) (*manager, error) {
	m := &manager{done: make(chan struct{}), changed: make(chan struct{})}
	err := in.Do(func() (err error) {
		m.conn, err = net.Dial("tcp", managerAddr)
		return err
	})
	if err != nil {
		return nil, err
	}
	r := bufio.NewReader(m.conn)
	m.conn.SetReadDeadline(time.Now().Add(answerLimit))
	if _, err := r.ReadString('\n'); err != nil { // the greeting
		m.conn.Close()
		return nil, err
	}
	m.conn.SetReadDeadline(time.Time{})
	go m.follow(r)
	mask := map[bool]string{true: "on", false: "off"}[events]
	if _, err := m.do(Message{{"Action", "Login"}, {"Username", "lab"}, {"Secret", "lab"}, {"Events", mask}}); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

func (m *manager) follow(r *bufio.Reader) {
	defer close(m.done)
	for {
		message, err := readMessage(r)
		m.mu.Lock()
		if err != nil {
			m.closed = true
		} else {
			m.list = append(m.list, message)
		}
		close(m.changed)
		m.changed = make(chan struct{})
		m.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (m *manager) close() {
	m.conn.Close()
	<-m.done
}

func (m *manager) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.list)
}

// since returns those from number from on.
func (m *manager) since(from int) []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.list[min(from, len(m.list)):])
}

var errManager = errors.New("the manager interface of Asterisk")

// await returns the first message from number from on that match accepts.
func (m *manager) await(from int, limit time.Duration, match func(Message) bool) (Message, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for at := from; ; {
		m.mu.Lock()
		list, changed, closed := m.list, m.changed, m.closed
		m.mu.Unlock()
		for ; at < len(list); at++ {
			if match(list[at]) {
				return list[at], nil
			}
		}
		if closed {
			return nil, fmt.Errorf("%w has closed the connection", errManager)
		}
		select {
		case <-changed:
		case <-timer.C:
			var seen strings.Builder
			for _, e := range list[min(from, len(list)):] {
				seen.WriteString("\n\t" + e.String())
			}
			return nil, fmt.Errorf("%w has not said that within %v, but:%s", errManager, limit, seen.String())
		}
	}
}

// do gives a command and returns its answer, which must not be an error.
func (m *manager) do(action Message) (Message, error) {
	answer, _, err := m.ask(action)
	return answer, err
}

func (m *manager) ask(action Message) (answer Message, id string, err error) {
	m.mu.Lock()
	m.actions++
	id = strconv.Itoa(m.actions)
	from := len(m.list)
	m.mu.Unlock()
	m.conn.SetWriteDeadline(time.Now().Add(answerLimit))
	if _, err := m.conn.Write(append(action[:len(action):len(action)], Field{"ActionID", id}).bytes()); err != nil {
		return nil, id, err
	}
	answer, err = m.await(from, answerLimit, func(a Message) bool {
		return a.Event() == "" && a.Get("ActionID") == id
	})
	if err == nil && answer.Get("Response") == "Error" {
		err = fmt.Errorf("%w refuses %s: %s", errManager, action.Get("Action"), answer.Get("Message"))
	}
	return answer, id, err
}

// table gives a command whose answer is a list of events.
func (m *manager) table(action Message) (rows []Message, err error) {
	from := m.count()
	_, id, err := m.ask(action)
	if err != nil {
		return nil, err
	}
	at := from
	_, err = m.await(from, answerLimit, func(e Message) bool {
		at++
		return e.Get("ActionID") == id && e.Get("EventList") == "Complete"
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.list[from:at] {
		if e.Event() != "" && e.Get("ActionID") == id && e.Get("EventList") == "" {
			rows = append(rows, e)
		}
	}
	return rows, err
}
