// SPDX-License-Identifier: GPL-3.0-or-later

package store

import "runtime/debug"

// recovered runs call and returns its error, or the error that onPanic makes of a panic. Reading a
// mapped file beyond its end faults; in this goroutine that is a panic as well.
func recovered(call func() error, onPanic func(cause any) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			err = onPanic(cause)
		}
	}()
	return call()
}
