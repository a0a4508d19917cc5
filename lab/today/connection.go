// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"bellwire/identity"
)

// beaconTime is how long an old connection has to answer a beacon when a call goes over it.
const beaconTime = 3 * time.Second

// connection is a socket with one device.
type connection struct {
	peer   *Peer
	chain  identity.Chain // of the far end
	socket *socket
	turn   turn // of who opens the SIP channel

	mu    sync.Mutex
	line  *line      // SIP, once there is a channel for it
	texts []*channel // open ones named msg:
}

// secure proves both ends to one another and runs the socket. first is a channel to ask for before all
// others; empty asks for none.
func (p *Peer) secure(ctx context.Context, raw net.Conn, far identity.Chain, requester bool, first string) (*connection, error) {
	cfg := &tls.Config{
		MinVersion:             tls.VersionTLS12,
		CurvePreferences:       []tls.CurveID{tls.CurveP384, tls.CurveP521, tls.X25519},
		Certificates:           []tls.Certificate{p.cfg.Device.TLSCertificate()},
		ClientAuth:             tls.RequireAnyClientCert,
		SessionTicketsDisabled: true,
		InsecureSkipVerify:     true,
		VerifyPeerCertificate: func(certs [][]byte, _ [][]*x509.Certificate) error {
			chain, err := identity.ParseChainDER(certs)
			if err != nil {
				return err
			}
			if !bytes.Equal(chain.DeviceKey().DER(), far.DeviceKey().DER()) {
				return errors.New("another key than that of the certificate in the DHT")
			}
			return chain.Verify(time.Now())
		},
	}
	var conn *tls.Conn
	if requester {
		conn = tls.Server(raw, cfg)
	} else {
		conn = tls.Client(raw, cfg)
	}
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	c := &connection{peer: p, chain: far, turn: newTurn(), socket: newSocket(conn, p.cfg.Generation.firstChannel(requester))}
	c.socket.takes = func(name string) bool { return p.cfg.Generation.takes(name, p.cfg.Device.LongID()) }
	c.socket.opened = c.opened
	c.socket.complain = p.complain
	if !p.register(c) {
		_ = conn.Close()
		return nil, errClosed
	}
	c.greet(first)
	return c, nil
}

// register keeps the connection and asks the older ones with the device for a sign of life.
func (p *Peer) register(c *connection) bool {
	device := c.chain.LongID()
	if !p.spawn(c.run) {
		return false
	}
	p.mu.Lock()
	older := slices.Clone(p.links[device])
	p.links[device] = append(p.links[device], c)
	p.mu.Unlock()
	for _, o := range older {
		p.spawn(func() { o.check(p.ctx) })
	}
	return true
}

func (c *connection) run() {
	c.socket.run()
	p, device := c.peer, c.chain.LongID()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.links[device] = slices.DeleteFunc(p.links[device], func(o *connection) bool { return o == c })
}

// check tears the connection down when no beacon is answered in time.
func (c *connection) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, beaconTime)
	defer cancel()
	err := c.socket.alive(ctx)
	if err != nil {
		c.close()
	}
	return err
}

// close says goodbye as far as TLS does.
func (c *connection) close() { _ = c.socket.conn.Close() }

// connections returns those that are up with a device, the newest last.
func (p *Peer) connections(device identity.LongID) []*connection {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.links[device])
}

// Disconnect closes all connections, as leaving the network does.
func (p *Peer) Disconnect() {
	p.mu.Lock()
	var all []*connection
	for _, l := range p.links {
		all = append(all, l...)
	}
	p.mu.Unlock()
	for _, c := range all {
		c.close()
		<-c.socket.done
	}
}

// Channels returns the names of the channels that are open with an account, by who asked for them.
func (p *Peer) Channels(account identity.AccountID) (ours, theirs []string) {
	p.mu.Lock()
	var all []*connection
	for _, l := range p.links {
		all = append(all, l...)
	}
	p.mu.Unlock()
	for _, c := range all {
		if c.chain.AccountID() != account {
			continue
		}
		c.socket.mu.Lock()
		for _, ch := range c.socket.channels {
			switch {
			case ch.theirs:
				theirs = append(theirs, ch.name)
			case ch.isOpen():
				ours = append(ours, ch.name)
			}
		}
		c.socket.mu.Unlock()
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	return ours, theirs
}

// reach returns a connection with a device, a new one if there is none. fresh tells which.
func (p *Peer) reach(ctx context.Context, chain identity.Chain, connType, first string) (c *connection, fresh bool, err error) {
	if up := p.connections(chain.LongID()); len(up) > 0 {
		return up[len(up)-1], false, nil
	}
	c, err = p.ask(ctx, chain, connType, first)
	return c, true, err
}

func (c *connection) local() netip.AddrPort  { return addrPort(c.socket.conn.LocalAddr()) }
func (c *connection) remote() netip.AddrPort { return addrPort(c.socket.conn.RemoteAddr()) }

func addrPort(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return netip.AddrPortFrom(tcp.AddrPort().Addr().Unmap(), tcp.AddrPort().Port())
	}
	return netip.AddrPort{}
}
