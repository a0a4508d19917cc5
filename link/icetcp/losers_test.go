// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/link/ice"
)

// Connections that were not chosen stay open until the chosen one is closed, also those that come late.
func TestLosersLast(t *testing.T) {
	leak.Check(t)
	cfg := loopback(t)
	a, b := gather(t, cfg, ice.Controlled), gather(t, cfg, ice.Controlling)
	loser := dialAgent(t, a)
	loser.send(framed(indication(t)))
	sa, sb := connect(t, a, b, knows(a, all), knows(b, all))
	late := dialAgent(t, a)
	_, _ = a.Close(), b.Close() // the stream is in charge by now
	talk(t, sa, sb)
	for _, w := range []*wire{loser, late} {
		_ = w.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if _, err := io.Copy(io.Discard, w); !errors.Is(err, os.ErrDeadlineExceeded) { // checks come before
			t.Errorf("reading from a connection that was not chosen: %v", err)
		}
	}
	_ = sa.Close()
	for _, w := range []*wire{loser, late} {
		if !w.closed(5 * time.Second) {
			t.Error("a connection that was not chosen outlives the one that was")
		}
	}
}
