// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

// Package jamid runs the real Jami daemon, version 13.7, for tests: each on a machine of its own, with
// its own message bus to be commanded over, and a sound server on which a tone is its microphone and
// what it plays can be recorded. Nothing of it outlives the test.
package jamid

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"bellwire/internal/peer"
	"bellwire/lab/netns"
	"bellwire/lab/proc"
	"bellwire/lab/wait"
)

// Program is where Debian puts the daemon.
const Program = "/usr/libexec/jamid"

const (
	startLimit  = 30 * time.Second
	answerLimit = 30 * time.Second // of one command
)

// Config says how to run a daemon.
type Config struct {
	In    *netns.Namespace // nil is the test's own
	Tone  float64          // of the microphone in Hz; 0 is silence
	Quiet bool             // write no log, as the daemon of a person would
}

// Daemon is a running jamid. Accounts live in its home and come back with Restart.
type Daemon struct {
	*proc.Process
	cfg    Config
	dir    string
	sound  *soundServer
	shim   string
	bus    string // address
	conn   *dbus.Conn
	events *events
}

// Start runs a daemon without accounts until the test ends, or skips the test where a program it needs
// is not installed.
func Start(t testing.TB, cfg Config) *Daemon {
	t.Helper()
	peer.Need(t, Program)
	// The name is short: those of Unix sockets may have 107 bytes.
	dir, err := os.MkdirTemp("", "jamid")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	d := &Daemon{cfg: cfg, dir: dir, shim: buildShim(t, dir)}
	d.bus = startBus(t, dir)
	d.sound = startSound(t, dir, cfg.Tone)
	d.run(t)
	return d
}

// Restart starts the daemon again after its end, until t ends.
func (d *Daemon) Restart(t testing.TB) {
	t.Helper()
	<-d.Ended()
	d.run(t)
}

func (d *Daemon) run(t testing.TB) {
	t.Helper()
	home := d.home()
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	args := []string{"-p"} // stay although no client has signed in
	if !d.cfg.Quiet {
		args = append(args, "-d", "-c")
	}
	d.Process = proc.Start(t, proc.Spec{
		Path: Program,
		Args: args,
		Dir:  home,
		In:   d.cfg.In,
		Env: append([]string{
			"HOME=" + home,
			"XDG_RUNTIME_DIR=" + home,
			"XDG_CONFIG_HOME=" + filepath.Join(home, "config"),
			"XDG_DATA_HOME=" + filepath.Join(home, "data"),
			"XDG_CACHE_HOME=" + filepath.Join(home, "cache"),
			"DBUS_SESSION_BUS_ADDRESS=" + d.bus,
			"LD_PRELOAD=" + d.shim,
		}, d.sound.env...),
	})
	process := d.Process
	t.Cleanup(func() {
		process.Kill() // it takes seconds to say goodbye
		keepLog(t, process)
	})
	d.connect(t)
	d.setSound(t)
}

func (d *Daemon) home() string { return filepath.Join(d.dir, "home") }

// connect follows the daemon's signals and waits until it takes commands.
func (d *Daemon) connect(t testing.TB) {
	t.Helper()
	conn, err := dbus.Connect(d.bus, dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()))
	if err != nil {
		t.Fatalf("connect to the message bus: %v", err)
	}
	d.conn, d.events = conn, &events{changed: make(chan struct{})}
	signals, followed := make(chan *dbus.Signal, 64), make(chan struct{})
	conn.Signal(signals)
	log := d.events
	go func() {
		defer close(followed)
		log.follow(signals)
	}()
	t.Cleanup(func() {
		conn.Close() // closes the channel too
		<-followed
	})
	if err := conn.AddMatchSignal(dbus.WithMatchSender(service)); err != nil {
		t.Fatalf("ask for the signals of jamid: %v", err)
	}
	wait.For(t, startLimit, "jamid on its message bus", func() bool {
		select {
		case <-d.Ended():
			t.Fatalf("jamid ended:\n%s", d.Output())
		default:
		}
		var there bool
		err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, service).Store(&there)
		return err == nil && there
	})
}

// setSound takes off what makes the sound nicer for people and would disturb a tone.
func (d *Daemon) setSound(t testing.TB) {
	t.Helper()
	d.do(t, configuration, "setAudioManager", "pulseaudio")
	d.do(t, configuration, "setAgcState", false)
	d.do(t, configuration, "setNoiseSuppressState", "off")
}

const (
	service       = "cx.ring.Ring"
	configuration = "ConfigurationManager"
	calling       = "CallManager"
	presence      = "PresenceManager"
)

// invoke gives a command and returns its answer. Nobody but this package starts a jamid on the bus.
func (d *Daemon) invoke(manager, method string, args ...any) *dbus.Call {
	ctx, cancel := context.WithTimeout(context.Background(), answerLimit)
	defer cancel()
	object := d.conn.Object(service, dbus.ObjectPath("/cx/ring/Ring/"+manager))
	return object.CallWithContext(ctx, service+"."+manager+"."+method, dbus.FlagNoAutoStart, args...)
}

// errRefused is the answer false.
var errRefused = errors.New("jamid refused")

// try gives a command; those that answer false have failed.
func (d *Daemon) try(manager, method string, args ...any) error {
	call := d.invoke(manager, method, args...)
	if call.Err != nil {
		return call.Err
	}
	if len(call.Body) == 1 {
		if done, is := call.Body[0].(bool); is && !done {
			return errRefused
		}
	}
	return nil
}

// do gives a command that has to succeed.
func (d *Daemon) do(t testing.TB, manager, method string, args ...any) {
	t.Helper()
	if err := d.try(manager, method, args...); err != nil {
		t.Fatalf("%s of jamid: %v", method, err)
	}
}

// ask gives a command and keeps its answer.
func (d *Daemon) ask(t testing.TB, answer any, manager, method string, args ...any) {
	t.Helper()
	if err := d.invoke(manager, method, args...).Store(answer); err != nil {
		t.Fatalf("%s of jamid: %v", method, err)
	}
}
