// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

// Package baresip runs the real baresip, a SIP phone without a screen, for tests. The version tried is
// Debian 12's, 1.0.0, which has limits:
//
//   - its digest knows MD5 only, and ends where SHA-256 is asked for first;
//   - it does not verify the certificate of a TLS server at all;
//   - it offers DTLS with the profile UDP/TLS/RTP/SAVPF;
//   - it transfers blindly only, and has neither PRACK, UPDATE, session timers nor MESSAGE to send;
//   - it cannot use the loopback interface: give it a namespace with another;
//   - it answers only calls to its own user;
//   - of two answers to one INVITE it acknowledges the first alone.
//
// It follows redirections, asks for a password and waits where the account has none, and adds the
// transport of its account to whatever it calls.
package baresip

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"bellwire/internal/peer"
	"bellwire/lab/netns"
	"bellwire/lab/proc"
	"bellwire/lab/wait"
)

// Program is the name of the executable.
const Program = "baresip"

const limit = 15 * time.Second

// Codecs, as Config.Codec has them.
const (
	PCMU = "PCMU/8000/1"
	PCMA = "PCMA/8000/1"
	G722 = "G722/16000/1"
	Opus = "opus/48000/2"
)

// Config says how to run a phone. In, User and Server must be given.
type Config struct {
	In             *netns.Namespace
	User, Password string
	Server         netip.AddrPort // registrar and proxy
	Transport      string         // udp (the default), tcp, tls
	Expires        int            // of the registration in seconds; 120
	NoRegister     bool

	Codec    string // the only one; PCMU
	Security string // mediaenc: "", srtp, srtp-mand, dtls_srtp
	ICE      bool
	Mux      bool    // rtcp-mux
	Tone     float64 // what it says, in Hz; 0 is silence
	Say      []int16 // in place of Tone, at the rate of the codec
	Answer   bool    // answers calls by itself
	Port     uint16  // where it listens for SIP; 0 is any
	Account  string  // further parameters of the account line, each with its semicolon before it
}

// Phone is a running baresip.
type Phone struct {
	*proc.Process
	cfg     Config
	dir     string
	control *control
}

// Start runs a phone until the test ends, or skips the test where the program is not installed. It may
// have registered when this returns, or not: see AwaitRegistered.
func Start(t testing.TB, cfg Config) *Phone {
	t.Helper()
	program := peer.Need(t, Program)
	p := &Phone{cfg: cfg, dir: t.TempDir()}
	port := p.freePort(t)
	p.configure(t, port)
	p.Process = proc.Start(t, proc.Spec{Path: program, Args: []string{"-f", p.dir, "-s", "-v"}, Dir: p.dir, Env: []string{"HOME=" + p.dir}, In: cfg.In})
	process := p.Process
	t.Cleanup(func() {
		process.Kill()
		if t.Failed() {
			t.Logf("baresip of %s:\n%s", cfg.User, process.Output())
		}
	})
	wait.For(t, limit, "the control port of baresip", func() bool {
		select {
		case <-process.Ended():
			t.Fatalf("baresip ended:\n%s", process.Output())
		default:
		}
		return cfg.In.Do(func() error {
			conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err == nil {
				p.control = newControl(conn)
			}
			return err
		}) == nil
	})
	t.Cleanup(p.control.close)
	return p
}

// freePort finds a TCP port that nobody listens on.
func (p *Phone) freePort(t testing.TB) (port int) {
	t.Helper()
	err := p.cfg.In.Do(func() error {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		port = l.Addr().(*net.TCPAddr).Port
		return l.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	return port
}
