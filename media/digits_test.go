// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"bellwire/media/codec"
	"bellwire/media/path/pathtest"
	"bellwire/media/rtp"
	"bellwire/media/srtp"
)

// TestDigitsThroughLoss sends all keys, one by one and in a row, over a bad path both ways.
func TestDigitsThroughLoss(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const all = "0123456789*#ABCD1100"
		e := talk(t, setup{path: pathtest.Config{Delay: 30 * time.Millisecond, Jitter: 30 * time.Millisecond, Loss: 0.1, Seed: 1}})
		time.Sleep(time.Second)
		begun := time.Now()
		both := make(chan error, 2)
		go func() { both <- e.a.SendDigits(t.Context(), all) }()
		go func() { both <- e.b.SendDigits(t.Context(), "12#") }()
		for range 2 {
			if err := <-both; err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begun); took < 4*time.Second || took > 4100*time.Millisecond {
			t.Errorf("%d keys took %v", len(all), took)
		}
		time.Sleep(time.Second)
		if got := keys(e.b); got != all {
			t.Errorf("received %q", got)
		}
		if got := keys(e.a); got != "12#" {
			t.Errorf("received %q", got)
		}
		time.Sleep(time.Second)
		e.heardB.hears(t, 6200*time.Millisecond, 7*time.Second, toneA)
	})
}

// keys reads what waits.
func keys(s *Session) (text string) {
	for {
		select {
		case d := <-s.Digits():
			text += string(d.Key)
		default:
			return text
		}
	}
}

func TestDigitsOnTheWire(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{codec: codec.G722(), suite: srtp.Plain})
		time.Sleep(300 * time.Millisecond)
		var events []rtp.Header
		var payloads [][]byte
		var at []time.Duration
		begun := time.Now()
		e.pathA.Tap(func(rtcp bool, p []byte) {
			if h, payload, err := rtp.Parse(p); !rtcp && err == nil && h.PayloadType == 101 {
				events = append(events, h)
				payloads = append(payloads, bytes.Clone(payload))
				at = append(at, time.Since(begun))
			}
		})
		if err := e.a.SendDigits(t.Context(), "5#"); err != nil {
			t.Fatal(err)
		}
		if len(events) != 14 {
			t.Fatalf("%d packets", len(events))
		}
		for i, h := range events {
			n := i % 7
			if h.Marker != (n == 0) || h.Timestamp != events[i-n].Timestamp || (payloads[i][1]&0x80 != 0) != (n >= 4) {
				t.Errorf("packet %d of a key: %+v %x", n, h, payloads[i])
			}
			if want := 160 * min(n+1, 5); int(payloads[i][2])<<8|int(payloads[i][3]) != want {
				t.Errorf("packet %d of a key has duration %x, want %d", n, payloads[i][2:], want)
			}
			if n > 0 && at[i]-at[i-1] != codec.Frame {
				t.Errorf("packet %d of a key comes %v after the one before", n, at[i]-at[i-1])
			}
		}
		if d := events[7].Timestamp - events[0].Timestamp; d != 1600 {
			t.Errorf("the second key comes %d units after the first", d)
		}
	})
}

func TestSendDigitsErrors(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{edit: func(a, b *Config) { b.Stream.DigitsSendPT = 0 }})
		if err := e.a.SendDigits(t.Context(), "12x"); err == nil || !strings.Contains(err.Error(), `'x' is not a key`) {
			t.Error(err)
		}
		if err := e.b.SendDigits(t.Context(), "1"); !errors.Is(err, ErrNoDigits) {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		if err := e.a.SendDigits(ctx, "123456"); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if got := keys(e.b); got != "123" {
			t.Errorf("%q was sent of what was given up after 500 ms", got)
		}
		held := e.streamA
		held.Send = false
		if err := e.a.Update(held); err != nil {
			t.Fatal(err)
		}
		if err := e.a.SendDigits(t.Context(), "1"); !errors.Is(err, ErrHeld) {
			t.Error(err)
		}
		result := make(chan error)
		if err := e.a.Update(e.streamA); err != nil {
			t.Fatal(err)
		}
		go func() { result <- e.a.SendDigits(t.Context(), "123456") }()
		time.Sleep(300 * time.Millisecond)
		e.a.Close()
		if err := <-result; !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		if err := e.a.SendDigits(t.Context(), "1"); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
}

// TestUnreadDigits makes sure that a reader who does not read stops nothing and costs no memory.
func TestUnreadDigits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{})
		if err := e.a.SendDigits(t.Context(), strings.Repeat("1", 50)+strings.Repeat("2", maxDigits)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := keys(e.b); got != strings.Repeat("2", maxDigits) {
			t.Errorf("%q was kept", got)
		}
	})
}
