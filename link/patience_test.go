// SPDX-License-Identifier: GPL-3.0-or-later

package link_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/internal/testid"
	"bellwire/link"
	"bellwire/link/linktest"
)

func TestPatience(t *testing.T) {
	for _, c := range []struct{ patience, want time.Duration }{
		{0, 30 * time.Second},
		{12 * time.Second, 12 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := linktest.NewPair(t, lan(), nil)
			to := linktest.Target(testid.Device(t, "carol")) // who runs nothing
			to.Patience = c.patience
			begin := time.Now()
			_, err := p.From.Dial(t.Context(), to)
			if !errors.Is(err, link.ErrNoAnswer) || !errors.Is(err, link.ErrUnreachable) {
				t.Errorf("error %v, want ErrNoAnswer", err)
			}
			if took := time.Since(begin); took.Round(time.Second) != c.want {
				t.Errorf("it took %v, want %v", took, c.want)
			}
		})
	}
}
