// SPDX-License-Identifier: GPL-3.0-or-later

package relay

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/pion/stun/v4"
)

const (
	// permitRenewal leaves a minute of the five a permission lives (RFC 8656, section 9).
	permitRenewal = 4 * time.Minute
	// maxPermits bounds the addresses let in: as many as one end may name.
	maxPermits = 32
	// The allocation is renewed when half of its lifetime is over, within these limits.
	minRenewal = 10 * time.Second
	maxRenewal = 30 * time.Minute
	// writeLimit bounds sending to a server that does not receive.
	writeLimit = 5 * time.Second
	// maxStale bounds how often in a row the server may find a nonce stale.
	maxStale = 3
)

// task is something the server has to be asked again and again: for a permission, or, without a
// peer, to renew the allocation.
type task struct {
	peer  netip.Addr
	every time.Duration
	due   time.Time
	asked id // the last request
	stale int
}

// extend reads how long the allocation lives from now on.
func (t *task) extend(m *stun.Message) error {
	life, err := lifetime(m)
	if err != nil {
		return err
	}
	if life == 0 {
		return errors.New("the TURN server ended the allocation")
	}
	t.every = min(max(life/2, minRenewal), maxRenewal)
	t.due = time.Now().Add(t.every)
	return nil
}

func (t *task) request(l login) ([]byte, error) {
	method, attributes := stun.MethodRefresh, []stun.Setter(nil)
	if t.peer.IsValid() {
		method, attributes = stun.MethodCreatePermission, []stun.Setter{peerAddress(t.peer)}
	}
	b, asked, err := l.request(method, attributes...)
	t.asked = asked
	return b, err
}

// ask sends the requests that are due and sets the time when the next one is.
func (a *Allocation) ask() error {
	a.mu.Lock()
	now := time.Now()
	var out []byte
	var wake time.Time
	for _, t := range a.tasks {
		if !now.Before(t.due) {
			b, err := t.request(a.login)
			if err != nil {
				a.mu.Unlock()
				return err
			}
			out = append(out, b...)
			t.due = now.Add(t.every)
		}
		if wake.IsZero() || t.due.Before(wake) {
			wake = t.due
		}
	}
	err := a.conn.SetReadDeadline(wake)
	a.mu.Unlock()
	if len(out) > 0 && err == nil {
		_ = a.conn.SetWriteDeadline(now.Add(writeLimit))
		_, err = a.conn.Write(out)
	}
	return err
}

// handle takes what the server sent. It fails when the allocation is lost.
func (a *Allocation) handle(m *stun.Message) error {
	if m.Type == stun.NewType(stun.MethodConnectionAttempt, stun.ClassIndication) {
		a.attempt(m)
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.IndexFunc(a.tasks, func(t *task) bool { return t.asked == m.TransactionID })
	if i < 0 || m.Type.Class != stun.ClassSuccessResponse && m.Type.Class != stun.ClassErrorResponse {
		return nil
	}
	t := a.tasks[i]
	switch failed := code(m); {
	case failed == stun.CodeStaleNonce && t.stale < maxStale:
		t.stale++
		t.due = time.Time{}
		return a.login.challenge(m, a.cfg.Server)
	case failed != 0 && !t.peer.IsValid():
		return fmt.Errorf("the TURN server does not renew the allocation: error %d", failed)
	case failed != 0:
		a.cfg.Log.Debug("a TURN server permits no connections from an address", "address", t.peer, "code", int(failed))
		a.tasks = slices.Delete(a.tasks, i, i+1)
	case !a.login.signed(m):
	case t.peer.IsValid():
		t.stale = 0
	default:
		t.stale = 0
		return t.extend(m)
	}
	return nil
}
