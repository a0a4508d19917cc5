// SPDX-License-Identifier: GPL-3.0-or-later

package wire

import (
	"net/netip"
	"time"
)

// AssemblerLimits bounds what unfinished messages may take. Zero fields mean the defaults.
type AssemblerLimits struct {
	// Series is the number of unfinished messages (4096), of which one address may have a quarter.
	Series int
	// Bytes is the memory they may take together (16 MiB), of which one address may have a quarter.
	Bytes int
}

// Assembler puts messages together whose values came in pieces. Series are told apart by source address
// and transaction id; pieces may come in any order and before their header. It has no clock: every
// method is told the time. It is not safe for concurrent use.
type Assembler struct {
}

// NewAssembler returns an empty Assembler.
func NewAssembler(limits AssemblerLimits) *Assembler { return &Assembler{} }

// Header begins a series with a message that has Sizes. It is to be called only for messages that are
// welcome: requests with a right token, replies that are waited for. It returns the completed message,
// which shares no memory with m, or nil while pieces are missing. The header of a series that is
// already being collected is ignored.
func (a *Assembler) Header(now time.Time, from netip.AddrPort, m *Message) *Message { return nil }

// Parts takes a message of kind ValueData and returns the message it completes, or nil.
func (a *Assembler) Parts(now time.Time, from netip.AddrPort, m *Message) *Message { return nil }

// Forget drops the series, for a request that was given up.
func (a *Assembler) Forget(from netip.AddrPort, tid uint32) {}

// Tick drops series that made no progress for 3 s or are older than 10 s, and returns when it wants to
// be called next; the zero time when nothing is being collected.
func (a *Assembler) Tick(now time.Time) time.Time { return time.Time{} }
