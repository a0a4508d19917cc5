// SPDX-License-Identifier: GPL-3.0-or-later

package linktest

import (
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// wireQueue is how many writes a wire holds in each direction, in place of TCP's buffers.
const wireQueue = 64

// Wire is a reliable connection in memory, as TCP makes them, with a delay each way. It works inside
// testing/synctest bubbles.
type Wire struct {
	Delay time.Duration

	// Writes and Bytes count what was written at both ends.
	Writes, Bytes atomic.Int64

	cut     atomic.Bool
	running sync.WaitGroup
}

// Ends connects the wire and returns both ends. What the wire runs ends when both are closed.
func (w *Wire) Ends() (a, b net.Conn) {
	a, nearA := net.Pipe()
	b, nearB := net.Pipe()
	w.running.Go(func() { w.carry(nearA, nearB) })
	w.running.Go(func() { w.carry(nearB, nearA) })
	return a, b
}

// Cut loses everything from now on without telling either end.
func (w *Wire) Cut() { w.cut.Store(true) }

// Wait returns when the wire has ended.
func (w *Wire) Wait() { w.running.Wait() }

type parcel struct {
	data []byte
	due  time.Time
}

// carry brings what is written at one end to the other, and its end behind.
func (w *Wire) carry(from, to net.Conn) {
	parcels := make(chan parcel, wireQueue)
	w.running.Go(func() {
		for p := range parcels {
			time.Sleep(time.Until(p.due))
			if w.cut.Load() {
				continue
			}
			if p.data == nil {
				_ = to.Close()
				continue
			}
			_, _ = to.Write(p.data)
		}
	})
	defer close(parcels)
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			w.Writes.Add(1)
			w.Bytes.Add(int64(n))
			parcels <- parcel{slices.Clone(b[:n]), time.Now().Add(w.Delay)}
		}
		if err != nil {
			parcels <- parcel{nil, time.Now().Add(w.Delay)}
			return
		}
	}
}
