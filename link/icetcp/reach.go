// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"slices"
	"time"

	"bellwire/link/ice"
)

// Addresses of the far end are tried one after the other, but without waiting for the one before. One
// that does not answer is tried again, more and more seldom; but not a relay, which lets us in only once
// our half has reached the far end, which takes as long as a look into the DHT.
const (
	stagger    = 10 * time.Millisecond
	relayDelay = 100 * time.Millisecond
	firstAgain = 500 * time.Millisecond
	lastAgain  = 4 * time.Second
)

// reach connects to an address of the far end until a connection shows that it is there.
func (a *Agent) reach(c ice.Candidate, index int) {
	delay, last := time.Duration(index)*stagger, lastAgain
	if c.Type == ice.Relay {
		delay, last = delay+relayDelay, firstAgain
	}
	for again := firstAgain; a.pause(delay); again = min(2*again, last) {
		delay = again
		conn, err := dial(a.life, a.net, c.Addr.String())
		if err != nil {
			a.log.Debug("cannot connect to an address of the far end", "address", c.Addr, "error", err)
			continue
		}
		if a.filter && !slices.Contains(a.around.Hosts, addrPort(conn.LocalAddr()).Addr()) {
			_ = conn.Close()
			return // it is reached through an interface that is not to be used
		}
		tune(conn)
		p := &pair{conn: conn, remote: c.Addr, relayed: c.Type == ice.Relay, priority: priority(ice.Host, ice.Active, 0), peer: c.Priority}
		a.mu.Lock()
		admitted := a.admit(p)
		a.mu.Unlock()
		if !admitted {
			return
		}
		p.run()
		if p.isProven() {
			return
		}
	}
}
