// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

// Package kamailio runs the real Kamailio as registrar and proxy for tests: it asks for passwords (401 to
// REGISTER, 407 to the rest), puts itself into the route of calls, and forks them to all phones of a user.
// Tried is Debian 12's version, 5.6.
package kamailio

import (
	"cmp"
	_ "embed"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"bellwire/internal/peer"
	"bellwire/lab/ca"
	"bellwire/lab/netns"
	"bellwire/lab/proc"
	"bellwire/lab/wait"
)

// Program is the name of the executable.
const Program = "kamailio"

// Ports of the address.
const (
	Port    = 5060 // UDP and TCP
	PortTLS = 5061
)

const startLimit = 30 * time.Second

//go:embed kamailio.cfg
var configuration string

// Config says how to run a proxy. In and Addr must be given.
type Config struct {
	In   *netns.Namespace
	Addr netip.Addr // where it listens; also its realm

	Open         bool     // asks for no password
	Algorithm    string   // of the digest: MD5 (the default), SHA-256
	NonceSeconds int      // how long a nonce is good; 300
	ServiceRoute bool     // sends the header of RFC 3608
	Certificate  *ca.Pair // has it listen for TLS
}

// Proxy is a running Kamailio. Any user may register, and forgets it with the process.
type Proxy struct {
	*proc.Process
	cfg Config
	dir string
}

// PasswordOf is the password of a user.
func PasswordOf(user string) string { return "secret-" + user }

// Start runs a proxy until the test ends, or skips the test where the program is not installed.
func Start(t testing.TB, cfg Config) *Proxy {
	t.Helper()
	peer.Need(t, Program)
	p := &Proxy{cfg: cfg, dir: t.TempDir()}
	p.Restart(t)
	return p
}

// Restart starts the proxy again after its end; those who were registered no longer are.
func (p *Proxy) Restart(t testing.TB) {
	t.Helper()
	if p.Process != nil {
		<-p.Ended()
	}
	file := filepath.Join(p.dir, "kamailio.cfg")
	if err := os.WriteFile(file, []byte(p.text(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	peer.NeedRoot(t)
	p.Process = proc.Start(t, proc.Spec{
		// Its workers would outlive it: in a namespace of process ids they end with its first process, and
		// that with unshare.
		Path: peer.Need(t, "unshare"),
		Args: []string{
			"--pid", "--fork", "--kill-child", peer.Need(t, Program),
			"-DD", "-E", // in the foreground, its log to us
			"-f", file, "-Y", p.dir, "-w", p.dir,
			"-m", "32", "-M", "4", // MB, shared and of each worker
		},
		Dir: p.dir,
		In:  p.cfg.In,
	})
	process := p.Process
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("kamailio:\n%s", process.Output())
		}
	})
	wait.For(t, startLimit, "an answer of kamailio", func() bool {
		select {
		case <-process.Ended():
			t.Fatalf("kamailio ended:\n%s", process.Output())
		default:
		}
		return p.answers()
	})
}

// PID is the process id of Kamailio's first process, 0 when it has ended.
func (p *Proxy) PID() (pid int) {
	parent := p.Process.PID()
	children, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", parent))
	if err == nil {
		fmt.Sscan(string(children), &pid)
	}
	return pid
}

// Kill ends Kamailio at once, with its workers, and waits for the end. If unshare were killed nobody would
// collect what it started.
func (p *Proxy) Kill() {
	if pid := p.PID(); pid != 0 {
		syscall.Kill(pid, syscall.SIGKILL) // it may have ended by itself
		<-p.Ended()
	}
	p.Process.Kill()
}

// answers asks over TCP, which the workers listen to last.
func (p *Proxy) answers() bool {
	return p.cfg.In.Do(func() error {
		conn, err := net.DialTimeout("tcp", p.Addr().String(), time.Second)
		if err != nil {
			return err
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(time.Second))
		local := conn.LocalAddr()
		fmt.Fprintf(conn, "OPTIONS sip:%[1]s SIP/2.0\r\nVia: SIP/2.0/TCP %[2]s;branch=z9hG4bK1\r\nFrom: <sip:%[2]s>;tag=1\r\nTo: <sip:%[1]s>\r\nCall-ID: ready\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", p.Addr(), local)
		_, err = conn.Read(make([]byte, 1))
		return err
	}) == nil
}

// text is the configuration.
func (p *Proxy) text(t testing.TB) string {
	t.Helper()
	address := p.Addr().String()
	listen := fmt.Sprintf("listen=udp:%[1]s\nlisten=tcp:%[1]s\n", address)
	tls := ""
	if c := p.cfg.Certificate; c != nil {
		listen += fmt.Sprintf("listen=tls:%s\nenable_tls=yes\n", p.AddrTLS())
		settings := filepath.Join(p.dir, "tls.cfg")
		text := fmt.Sprintf("[server:default]\nmethod = TLSv1.2+\nverify_certificate = no\nrequire_certificate = no\ncertificate = %s\nprivate_key = %s\n", c.CertificateFile, c.KeyFile)
		if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		tls = fmt.Sprintf("loadmodule \"tls.so\"\nmodparam(\"tls\", \"config\", %q)\n", settings)
	}
	var flags string
	if !p.cfg.Open {
		flags += "#!define WITH_AUTH\n"
	}
	if p.cfg.ServiceRoute {
		flags += "#!define WITH_SERVICE_ROUTE\n"
	}
	algorithm := p.cfg.Algorithm
	if algorithm == "MD5" {
		algorithm = "" // its name for it
	}
	body := strings.NewReplacer(
		"LISTEN\n", listen,
		"\nTLS\n", "\n"+tls,
		"ALGORITHM", algorithm,
		"NONCE", fmt.Sprint(cmp.Or(p.cfg.NonceSeconds, 300)),
		"ADDRESS", p.cfg.Addr.String(),
	).Replace(configuration)
	first, rest, _ := strings.Cut(body, "\n")
	return first + "\n" + flags + rest
}

// Addr is where phones find it over UDP and TCP.
func (p *Proxy) Addr() netip.AddrPort { return netip.AddrPortFrom(p.cfg.Addr, Port) }

// AddrTLS is where phones find it over TLS.
func (p *Proxy) AddrTLS() netip.AddrPort { return netip.AddrPortFrom(p.cfg.Addr, PortTLS) }
