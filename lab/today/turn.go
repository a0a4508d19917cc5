// SPDX-License-Identifier: GPL-3.0-or-later

package today

import "context"

// turn is a lock that is held while the far end is waited for.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turn) give() { <-t }
