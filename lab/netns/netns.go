// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

// Package netns makes network namespaces for tests: machines with interfaces of their own on one
// kernel. They have no name and no file, only a descriptor held by the test process and the
// processes started inside, so the kernel removes them, and all their interfaces, even when a test
// is killed.
package netns

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"testing"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"bellwire/internal/peer"
)

// Namespace is one such machine. Its loopback interface is up.
type Namespace struct {
	fd     *os.File
	handle *netlink.Handle
}

// New makes a namespace that ends with the test. It skips the test unless it runs as root.
func New(t testing.TB) *Namespace {
	t.Helper()
	peer.NeedRoot(t)
	ns, err := open()
	if err != nil {
		t.Fatalf("make a network namespace: %v", err)
	}
	t.Cleanup(ns.close)
	return ns
}

func open() (*Namespace, error) {
	var fd *os.File
	err := onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return os.NewSyscallError("unshare", err)
		}
		var err error
		fd, err = os.Open("/proc/thread-self/ns/net")
		return err
	})
	if err != nil {
		return nil, err
	}
	handle, err := netlink.NewHandleAt(netns.NsHandle(fd.Fd()))
	if err != nil {
		fd.Close()
		return nil, fmt.Errorf("open a netlink socket inside: %w", err)
	}
	ns := &Namespace{fd: fd, handle: handle}
	if err := ns.up("lo"); err != nil {
		ns.close()
		return nil, err
	}
	return ns, nil
}

func (ns *Namespace) close() {
	ns.handle.Close()
	ns.fd.Close()
}

func (ns *Namespace) up(name string) error {
	l, err := ns.handle.LinkByName(name)
	if err != nil {
		return fmt.Errorf("find the interface %s: %w", name, err)
	}
	if err := ns.handle.LinkSetUp(l); err != nil {
		return fmt.Errorf("bring up the interface %s: %w", name, err)
	}
	return nil
}

// Do runs f on a thread of its own that is inside the namespace: sockets and processes that f makes
// belong to it for good, goroutines that f starts do not. A nil namespace is the test's own. The
// thread ends with f, so a child that is to be killed at its parent's death must be waited for in f.
func (ns *Namespace) Do(f func() error) error {
	if ns == nil {
		return onThread(f)
	}
	return onThread(func() error {
		if err := unix.Setns(int(ns.fd.Fd()), unix.CLONE_NEWNET); err != nil {
			return os.NewSyscallError("setns", err)
		}
		return f()
	})
}

// ListenPacket opens a UDP socket inside the namespace.
func (ns *Namespace) ListenPacket(network, address string) (conn net.PacketConn, err error) {
	err = ns.Do(func() error {
		conn, err = net.ListenPacket(network, address)
		return err
	})
	return conn, err
}

// Connect puts a wire between two namespaces, with an address at each end. The interface is called
// name in both.
func Connect(t testing.TB, name string, a *Namespace, aAddr netip.Prefix, b *Namespace, bAddr netip.Prefix) {
	t.Helper()
	Wire(t, name, a, b)
	a.Address(t, name, aAddr)
	b.Address(t, name, bAddr)
}

// Wire puts a wire without addresses between two namespaces; it works once both ends have some.
func Wire(t testing.TB, name string, a, b *Namespace) {
	t.Helper()
	wire := &netlink.Veth{
		LinkAttrs:     netlink.LinkAttrs{Name: name},
		PeerName:      name,
		PeerNamespace: netlink.NsFd(b.fd.Fd()),
	}
	if err := a.handle.LinkAdd(wire); err != nil {
		t.Fatalf("add a veth pair: %v", err)
	}
}

func (ns *Namespace) address(name string, prefix netip.Prefix) error {
	l, err := ns.handle.LinkByName(name)
	if err != nil {
		return fmt.Errorf("find the interface %s: %w", name, err)
	}
	addr := &netlink.Addr{IPNet: &net.IPNet{
		IP:   prefix.Addr().AsSlice(),
		Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen()),
	}}
	if prefix.Addr().Is6() {
		addr.Flags = unix.IFA_F_NODAD // usable at once
	}
	if err := ns.handle.AddrAdd(l, addr); err != nil {
		return fmt.Errorf("give %s the address %s: %w", name, prefix, err)
	}
	return ns.up(name)
}

// onThread runs f on a thread of its own, which ends afterwards: a thread whose namespace was changed
// is never given back to the scheduler.
func onThread(f func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		result <- f()
	}()
	return <-result
}
