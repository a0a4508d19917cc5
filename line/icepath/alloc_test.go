// SPDX-License-Identifier: GPL-3.0-or-later

package icepath

import (
	"testing"
	"time"

	"bellwire/link/ice"
	"bellwire/media/sdp"
)

// Packets over the sockets of this machine, there and back, allocate nothing.
func TestPacketsAllocateNothing(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	a, b := newEnd(t, ice.Config{}, sdp.Jami(), 1), newEnd(t, ice.Config{}, sdp.Jami(), 2)
	exchange(t, a, b)
	arrived := make(chan struct{}, 1)
	a.Receive(func([]byte) { arrived <- struct{}{} }, nil)
	b.Receive(func(p []byte) { b.WriteRTP(p) }, nil)
	late := time.After(20 * time.Second)
	packet := make([]byte, 172)
	packet[0] = 0x80
	for { // the first packets go out before the ends have settled on a pair
		n := testing.AllocsPerRun(500, func() {
			if err := a.WriteRTP(packet); err != nil {
				t.Error(err)
			}
			select {
			case <-arrived:
			case <-late:
				t.Fatal("a packet was lost, or packets allocate for ever")
			}
		})
		if n < 1 {
			return
		}
	}
}
