// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import (
	"testing"
	"time"

	"bellwire/store"
)

// TestTheHistoryStaysBounded lets strangers call more often than the history is long.
func TestTheHistoryStaysBounded(t *testing.T) {
	kept := store.Memory()
	p := New(Config{Store: kept})
	defer p.Close()
	for i := range historyLength + 2*historySlack {
		p.record(Entry{Time: time.Unix(int64(i), 0), Direction: In})
	}
	n := 0
	err := kept.View(func(tx store.Tx) error {
		return tx.ForEachDown(historyBucket, "", func(string, []byte) error { n++; return nil })
	})
	if err != nil || n > historyLength+historySlack || n < historyLength {
		t.Errorf("%d entries, %v", n, err)
	}
	last, err := p.History()
	if err != nil || len(last) != historyShown || last[0].Time.Unix() != historyLength+2*historySlack-1 {
		t.Errorf("%d shown, %v", len(last), err)
	}
}
