// SPDX-License-Identifier: GPL-3.0-or-later

package link

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
	"unicode/utf8"
)

// managed is a session in the endpoint's care: it counts what is in use, so that an idle link can be
// closed and a live one found again.
type managed struct {
	Session
	idle time.Duration

	mu       sync.Mutex
	users    int // streams and media routes
	lastUsed time.Time
	retired  bool // closed for idleness; must not be handed out any more
}

// adopt takes a session into the endpoint's care until it ends.
func (e *Endpoint) adopt(session Session, role Role) (*managed, error) {
	m := &managed{Session: session, idle: e.cfg.Timeouts.Idle, lastUsed: time.Now()}
	if err := e.register(m, role); err != nil {
		_ = session.Refuse()
		return nil, err
	}
	return m, nil
}

// register makes room for the link by closing the device's oldest one if need be: a device that
// restarts leaves links behind that take a while to be noticed as dead.
func (e *Endpoint) register(m *managed, role Role) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.roomLocked(role); err != nil {
		return err
	}
	log := e.cfg.Log.With("peer", m.Peer().Account, "device", m.Peer().Device)
	err := e.startLocked(func() {
		m.watch()
		e.forget(m)
		log.Info("a link has ended", "reason", m.Err())
	})
	if err != nil {
		return err
	}
	log.Info("a link is up", "by", role, "remote", m.RemoteAddr())
	device := m.Peer().LongID
	own := e.links[device]
	for len(own) >= e.cfg.Limits.LinksPerPeer {
		oldest := own[0]
		e.running.Go(func() { _ = oldest.Close() })
		own = own[1:]
	}
	e.links[device] = append(own, m)
	e.open++
	return nil
}

// roomLocked reports whether one more link may be open. Those being closed count until they are. A
// quarter of the room is for links that we start: others must not be able to keep us from calling.
func (e *Endpoint) roomLocked(role Role) error {
	room := e.cfg.Limits.Links
	if role == Requested {
		room -= room / 4
	}
	if e.open >= room {
		return fmt.Errorf("%w: %d links are open", ErrBusy, e.open)
	}
	return nil
}

func (e *Endpoint) forget(m *managed) {
	e.mu.Lock()
	defer e.mu.Unlock()
	device := m.Peer().LongID
	e.links[device] = slices.DeleteFunc(e.links[device], func(other *managed) bool { return other == m })
	if len(e.links[device]) == 0 {
		delete(e.links, device)
	}
	e.open--
}

// watch returns when the session has ended, and ends it when it has been idle for too long.
func (m *managed) watch() {
	timer := time.NewTimer(m.idle)
	defer timer.Stop()
	for {
		select {
		case <-m.Done():
			_ = m.Close() // waits for what the session still runs
			return
		case <-timer.C:
			left := m.untilIdle(time.Now())
			if left <= 0 {
				_ = m.Close()
				return
			}
			timer.Reset(left)
		}
	}
}

// untilIdle returns how long the link may stay open if nothing happens; once that is nothing, the
// link is retired.
func (m *managed) untilIdle(now time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.users > 0 {
		return m.idle
	}
	left := m.idle - now.Sub(m.lastUsed)
	m.retired = left <= 0
	return left
}

// use marks the link as wanted; false when it is too late for that.
func (m *managed) use() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lastUsed = time.Now()
	return !m.retired && m.Err() == nil
}

func (m *managed) acquire() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.users++
}

func (m *managed) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.users--
	m.lastUsed = time.Now()
}

// Open implements Link.
func (m *managed) Open(ctx context.Context, name string) (net.Conn, error) {
	if name == "" || len(name) > MaxName || !utf8.ValidString(name) {
		return nil, fmt.Errorf("%w: %d bytes, 1 to %d of UTF-8 are allowed", ErrName, len(name), MaxName)
	}
	return m.counted(m.Session.Open(ctx, name))
}

// Accept implements Link.
func (m *managed) Accept(ctx context.Context) (*Request, error) {
	r, err := m.Session.Accept(ctx)
	if err != nil {
		return nil, err
	}
	return &Request{Name: r.Name, Answer: func(accept bool) (net.Conn, error) {
		conn, err := r.Answer(accept)
		if conn == nil {
			return nil, err
		}
		return m.counted(conn, err)
	}}, nil
}

// counted makes a stream count as a use of the link until it is closed.
func (m *managed) counted(conn net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	m.acquire()
	return &countedConn{Conn: conn, release: sync.OnceFunc(m.release)}, nil
}

type countedConn struct {
	net.Conn
	release func()
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	c.release()
	return c.Conn.Close()
}

// Media implements Link.
func (m *managed) Media() (Media, bool) {
	media, ok := m.Session.Media()
	if !ok {
		return nil, false
	}
	return countedMedia{media, m}, true
}

type countedMedia struct {
	Media
	link *managed
}

// Route implements Media.
func (c countedMedia) Route(ssrc uint32, h func(p []byte)) (func(), error) {
	remove, err := c.Media.Route(ssrc, h)
	if err != nil {
		return nil, err
	}
	c.link.acquire()
	return sync.OnceFunc(func() {
		remove()
		c.link.release()
	}), nil
}
