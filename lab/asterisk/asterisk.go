// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package asterisk

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bellwire/internal/peer"
	"bellwire/lab/ca"
	"bellwire/lab/netns"
	"bellwire/lab/proc"
	"bellwire/lab/sound"
	"bellwire/lab/wait"
)

// EnvTree is the variable that names the tree, where it is not in the folder for caches.
const EnvTree = "BELLWIRE_ASTERISK"

// Ports of all addresses of the namespace.
const (
	Port    = 5060 // UDP and TCP
	PortTLS = 5061
)

const startLimit = 60 * time.Second

// Config says how to run Asterisk. In and Addr must be given.
type Config struct {
	In       *netns.Namespace
	Addr     netip.Addr // one of its addresses, at which phones find it; it listens on all
	Accounts []Account  // Phones()

	// Certificate has it listen for TLS.
	Certificate *ca.Pair
	// TLS is the version: tlsv1_2 (the default), tlsv1_3; default is Asterisk's own, which is TLS 1.0 alone.
	TLS string
	// Quiet writes no log and follows no events, for tests under load.
	Quiet bool
}

// PBX is a running Asterisk. Registrations and voicemail outlive Restart.
type PBX struct {
	*proc.Process
	cfg     Config
	tree    string
	dir     string // bound to /lab
	manager *manager
}

// Tree is where the tree of files is, or why there is none: it ends the test then.
func Tree(t testing.TB) string {
	t.Helper()
	peer.Enabled(t)
	dir := os.Getenv(EnvTree)
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(cache, "bellwire", "asterisk")
	}
	if _, err := os.Stat(filepath.Join(dir, "made")); err != nil {
		peer.Missing(t, "Asterisk is not in "+dir+" (scripts/setup makes it)")
	}
	return dir
}

// Start runs Asterisk until the test ends, or skips the test where there is no tree or no root. It
// returns when phones can register and call.
func Start(t testing.TB, cfg Config) *PBX {
	t.Helper()
	tree := Tree(t)
	peer.NeedRoot(t)
	p := &PBX{cfg: cfg, tree: tree, dir: t.TempDir()}
	p.makeSounds(t)
	p.run(t)
	return p
}

// mount is a shell script that makes the folder of the test, names and devices visible in the tree, for
// itself alone, and then becomes Asterisk: there is no process but it. Asterisk looks up its own name,
// once per family, and waits 10 s each time where nobody answers.
const mount = `set -e
mount --bind "$1" "$2/lab"
mount --bind "$1/etc/hosts" "$2/etc/hosts"
mount --bind "$1/etc/resolv.conf" "$2/etc/resolv.conf"
mount --rbind /dev "$2/dev"
mount --rbind /proc "$2/proc"
ulimit -n 16384
exec chroot "$2" /usr/sbin/asterisk -f -C /lab/etc/asterisk.conf
`

func (p *PBX) run(t testing.TB) {
	t.Helper()
	p.configure(t)
	log := filepath.Join(p.dir, "log", "full")
	p.Process = proc.Start(t, proc.Spec{
		Path: peer.Need(t, "unshare"),
		Args: []string{"-m", "sh", "-c", mount, "sh", p.dir, p.tree},
		Dir:  p.dir,
		Env:  []string{"TERM=dumb", "HOME=/lab"},
		In:   p.cfg.In,
	})
	process := p.Process
	t.Cleanup(func() {
		process.Kill() // nobody needs its goodbyes
		if t.Failed() {
			keep(t, log)
		}
	})
	p.connect(t)
}

// connect signs in to the manager interface as soon as it is there, and waits until the rest is.
func (p *PBX) connect(t testing.TB) {
	t.Helper()
	wait.For(t, startLimit, "the manager interface of Asterisk", func() bool {
		select {
		case <-p.Ended():
			log, _ := os.ReadFile(filepath.Join(p.dir, "log", "full")) // what there is of it
			t.Fatalf("Asterisk ended: %s\n%s", p.Output(), bytes.TrimSpace(log))
		default:
		}
		m, err := dialManager(p.cfg.In, !p.cfg.Quiet)
		p.manager = m
		return err == nil
	})
	t.Cleanup(p.manager.close)
	p.Console(t, "core waitfullybooted") // the manager interface is there before the other modules
}

// Change ends Asterisk at once and starts it with other settings. In and Addr stay.
func (p *PBX) Change(t testing.TB, change func(*Config)) {
	t.Helper()
	p.Kill()
	change(&p.cfg)
	p.Restart(t)
}

// Restart starts Asterisk again after its end.
func (p *PBX) Restart(t testing.TB) {
	t.Helper()
	<-p.Ended()
	p.run(t)
}

// Stop ends Asterisk in order, with BYE to all calls.
func (p *PBX) Stop(t testing.TB) {
	t.Helper()
	p.manager.do(Message{{"Action", "Command"}, {"Command", "core stop now"}}) // its answer may not come any more
	p.ExitCode(t, startLimit)
}

// Addr is where phones find it over UDP and TCP.
func (p *PBX) Addr() netip.AddrPort { return netip.AddrPortFrom(p.cfg.Addr, Port) }

// AddrTLS is where phones find it over TLS.
func (p *PBX) AddrTLS() netip.AddrPort { return netip.AddrPortFrom(p.cfg.Addr, PortTLS) }

// Recording is what the extension RecordAt(n) has recorded of its caller; it is complete when the call
// is over.
func (p *PBX) Recording(n int) sound.Recording {
	return sound.Recording(filepath.Join(p.dir, "recordings", RecordAt(n)+".wav16"))
}
