// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamicalls

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bellwire/internal/netx"
	"bellwire/lab/bell"
	"bellwire/web"
)

// Bellwire is a person whose engine runs.
type Bellwire struct {
	*bell.Home
	ID     string
	Engine *bell.Run
	Client *web.Client // to the engine
}

// NewBellwire gives a person a Bellwire on one of the machines, with an account, and starts it. The
// settings are lines of its configuration.
func (p *Place) NewBellwire(t testing.TB, machine int, settings ...string) *Bellwire {
	t.Helper()
	b := &Bellwire{Home: p.EmptyBell(t, machine, settings...)}
	b.ID = b.NewAccount(t)
	b.Up(t)
	return b
}

// Up starts the engine and returns when calls can come.
func (b *Bellwire) Up(t testing.TB) {
	t.Helper()
	b.Engine = b.Start(t, "up", "-v")
	engine := b.Engine
	t.Cleanup(func() { keepLog(t, engine) })
	if _, _, err := engine.Await(0, startLimit, func(e bell.Event) bool { return e.Event == "ready" }); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(b.Dir, "engine.sock")
	b.Client = web.NewClient(func(ctx context.Context) (net.Conn, error) { return netx.DialUnix(ctx, socket) })
	t.Cleanup(b.Client.Close)
}

// keepLog saves the log of the engine when the test failed.
func keepLog(t testing.TB, engine *bell.Run) {
	if !t.Failed() {
		return
	}
	file, err := os.CreateTemp(t.ArtifactDir(), "*-bellwire.log")
	if err != nil {
		t.Logf("keep the log of Bellwire: %v", err)
		return
	}
	defer file.Close()
	for _, l := range engine.Lines(0) {
		file.WriteString(l.At.Format("15:04:05.000 ") + l.Text + "\n")
	}
	t.Logf("see %s", file.Name())
}

// Now is the present moment in what the engine has told.
func (b *Bellwire) Now() int { return len(b.Engine.Lines(0)) }

// Incoming waits for a call to ring that came after the moment since, and returns its id.
func (b *Bellwire) Incoming(t testing.TB, since int) bell.Event {
	t.Helper()
	e, _, err := b.Engine.Await(since, callLimit, func(e bell.Event) bool { return e.Direction == "in" && e.State == "ringing" })
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Await waits for a call of the engine to be in a state, after the moment since.
func (b *Bellwire) Await(t testing.TB, since int, call, state string) bell.Event {
	t.Helper()
	e, _, err := b.Engine.Await(since, callLimit, func(e bell.Event) bool { return e.Call == call && e.State == state })
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Act does something with a call of the engine: answer, decline, hangup, hold, resume, mute, unmute, keys.
func (b *Bellwire) Act(t testing.TB, call, what string, body any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	if err := b.Client.Act(ctx, call, what, body); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// callLimit is how long anything about a call may take that has to come.
const callLimit = 30 * time.Second
