// SPDX-License-Identifier: GPL-3.0-or-later

// Package storage owns what a node keeps for others: values under keys, until they expire, and who wants
// to be told about changes. It decides what is accepted, what an address may take, and what is to be
// pushed to whom. It is pure code: every method is told the time, nothing is sent, and the same calls
// give the same results.
//
// Storing takes two steps, because checking a signature is slow and is done elsewhere:
//
//	switch verdict := s.Admit(now, put); verdict {
//	case storage.NeedsVerification:   // have value.Verify called, then Commit
//	case storage.Acceptable:          // Commit now
//	default:                          // not stored; the peer gets its usual confirmation
//	}
package storage
