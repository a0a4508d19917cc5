// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"bellwire/internal/netx"
	"bellwire/link/ice"
)

// loopback uses the loopback interface alone, so that nothing leaves the machine.
func loopback(t testing.TB) ice.Config {
	t.Helper()
	n, err := netx.Host()
	if err != nil {
		t.Fatal(err)
	}
	interfaces, err := n.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, ifi := range interfaces {
		if ifi.Flags&net.FlagLoopback != 0 {
			return ice.Config{Interface: func(name string) bool { return name == ifi.Name }}
		}
	}
	t.Skip("there is no loopback interface")
	return ice.Config{}
}

func gather(t testing.TB, cfg ice.Config, role ice.Role) *Agent {
	t.Helper()
	ufrag, pwd := ice.Credentials()
	a, err := Gather(t.Context(), cfg, role, ufrag, pwd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

type remote = func(context.Context) (ice.Description, error)

// knows returns what Connect asks for the far end's half; only candidates that match are in it.
func knows(far *Agent, match func(ice.Candidate) bool) remote {
	d := far.Description()
	var some []ice.Candidate
	for _, c := range d.Candidates {
		if match(c) {
			some = append(some, c)
		}
	}
	d.Candidates = some
	return func(context.Context) (ice.Description, error) { return d, nil }
}

func all(ice.Candidate) bool  { return true }
func none(ice.Candidate) bool { return false }

// waits never learns the far end's half.
func waits(ctx context.Context) (ice.Description, error) {
	<-ctx.Done()
	return ice.Description{}, ctx.Err()
}

// connect connects two ends and returns their streams.
func connect(t testing.TB, a, b *Agent, toA, toB remote) (sa, sb net.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var errB error
	done := make(chan struct{})
	go func() {
		defer close(done)
		sb, errB = b.Connect(ctx, toA)
	}()
	sa, errA := a.Connect(ctx, toB)
	<-done
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	t.Cleanup(func() { _ = sa.Close(); _ = sb.Close() })
	return sa, sb
}

func say(t testing.TB, from, to net.Conn, text string) {
	t.Helper()
	if _, err := from.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	hear(t, to, text)
}

func hear(t testing.TB, at net.Conn, text string) {
	t.Helper()
	_ = at.SetReadDeadline(time.Now().Add(10 * time.Second))
	got := make([]byte, len(text))
	if _, err := io.ReadFull(at, got); err != nil || string(got) != text {
		t.Fatalf("%q arrived as %q, %v", text, got, err)
	}
}

func talk(t testing.TB, sa, sb net.Conn) {
	t.Helper()
	say(t, sa, sb, "hello")
	say(t, sb, sa, "and back")
	if sa.LocalAddr().String() != sb.RemoteAddr().String() || sb.LocalAddr().String() != sa.RemoteAddr().String() {
		t.Errorf("%v to %v here, %v to %v there", sa.LocalAddr(), sa.RemoteAddr(), sb.LocalAddr(), sb.RemoteAddr())
	}
}
