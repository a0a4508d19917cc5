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

// A connection that was not chosen stays open until the chosen one is closed.
func TestLosersLast(t *testing.T) {
	leak.Check(t)
	cfg := loopback(t)
	a, b := gather(t, cfg, ice.Controlled), gather(t, cfg, ice.Controlling)
	loser := dialAgent(t, a)
	loser.send(framed(indication(t)))
	sa, sb := connect(t, a, b, knows(a, all), knows(b, all))
	talk(t, sa, sb)
	_ = loser.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := io.Copy(io.Discard, loser); !errors.Is(err, os.ErrDeadlineExceeded) { // checks come before
		t.Errorf("reading from the connection that was not chosen: %v", err)
	}
	_ = sa.Close()
	if !loser.closed(5 * time.Second) {
		t.Error("the connection that was not chosen outlives the one that was")
	}
}
