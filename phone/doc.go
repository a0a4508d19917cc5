// SPDX-License-Identifier: GPL-3.0-or-later

// Package phone is what a person does with lines: call, answer, hold, send keys and texts, look at
// the history. It owns the calls that are up, the events that tell of them, and the history. It does
// not know which kind of line a call uses, nor what carries it.
package phone
