// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"bellwire/link/ice"
)

// wire is a far end that a test plays itself, frame by frame.
type wire struct {
	net.Conn
	t  testing.TB
	in demux
}

func newWire(t testing.TB, conn net.Conn) *wire {
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	return &wire{Conn: conn, t: t, in: demux{buf: make([]byte, streamBuffer)}}
}

// dialAgent connects to the first candidate of an agent.
func dialAgent(t testing.TB, a *Agent) *wire {
	t.Helper()
	conn, err := net.Dial("tcp", a.Description().Candidates[0].Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	return newWire(t, conn)
}

// send writes all at once.
func (w *wire) send(frames ...[]byte) {
	w.t.Helper()
	var all []byte
	for _, f := range frames {
		all = append(all, f...)
	}
	if _, err := w.Write(all); err != nil {
		w.t.Fatal(err)
	}
}

// message returns the next STUN message.
func (w *wire) message() *stun.Message {
	w.t.Helper()
	for {
		kind, b := w.in.next()
		switch kind {
		case data:
			w.t.Fatalf("%d bytes of data instead of a message", len(b))
		case message:
			m, err := parse(b)
			if err != nil {
				w.t.Fatal(err)
			}
			return m
		case incomplete:
			if err := w.in.fill(w); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

// answerTo returns the next message that answers the request with this id.
func (w *wire) answerTo(id [stun.TransactionIDSize]byte) *stun.Message {
	w.t.Helper()
	for {
		if m := w.message(); m.TransactionID == id && m.Type.Class != stun.ClassRequest {
			return m
		}
	}
}

// closed reports whether the agent closes the connection within this time.
func (w *wire) closed(limit time.Duration) bool {
	_ = w.SetReadDeadline(time.Now().Add(limit))
	_, err := io.Copy(io.Discard, w)
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

func (a *Agent) count() (pairs int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.pairs)
}

// farEnd is what an agent is told about a far end the test plays.
func farEnd(s secret, candidates ...ice.Candidate) ice.Description {
	return ice.Description{Ufrag: s.ufrag, Pwd: s.pwd, Candidates: candidates}
}

// asking returns a request with a new id, as a frame.
func asking(t testing.TB, from, to secret, role ice.Role, nominate bool) (frame []byte, id [stun.TransactionIDSize]byte) {
	t.Helper()
	_, _ = rand.Read(id[:])
	return framed(ask(t, from, to, request{id: id, role: role, tie: 1, priority: priority(ice.PeerReflexive, ice.Active, 0), nominate: nominate})), id
}
