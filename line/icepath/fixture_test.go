// SPDX-License-Identifier: GPL-3.0-or-later

package icepath

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/internal/leak"
	"bellwire/link/ice"
	"bellwire/link/linktest"
	"bellwire/media/sdp"
)

// end is one side of a call as far as descriptions and packets go.
type end struct {
	*Path
	negotiator *sdp.Negotiator
	rtp, rtcp  chan string
}

func newEnd(t *testing.T, cfg ice.Config, profile sdp.Profile, id uint64) *end {
	e := &end{
		Path: New(cfg), negotiator: sdp.NewNegotiator(profile, id),
		rtp: make(chan string, 100), rtcp: make(chan string, 100),
	}
	e.Receive(func(p []byte) { e.rtp <- string(p) }, func(p []byte) { e.rtcp <- string(p) })
	t.Cleanup(func() { e.Close() })
	return e
}

// local is what the end says without its path.
func local() sdp.Local {
	return sdp.Local{Media: []sdp.LocalMedia{{
		Kind: "audio", Port: 9, Direction: sdp.SendRecv,
		Codecs: []sdp.Codec{{PayloadType: 104, Name: "opus", Clock: 48000, Channels: 2}},
		Crypto: []sdp.Crypto{{Suite: "AES_CM_128_HMAC_SHA1_80", Params: "inline:x"}},
	}}}
}

func (e *end) offer(ctx context.Context) ([]byte, error) {
	l := local()
	if err := e.Describe(ctx, &l, nil); err != nil {
		return nil, err
	}
	return e.negotiator.Offer(l)
}

func (e *end) answer(ctx context.Context, offer []byte) ([]byte, *sdp.Agreement, error) {
	l := local()
	offered, err := e.negotiator.Offered(offer, l)
	if err != nil {
		return nil, nil, err
	}
	if err := e.Describe(ctx, &l, offered); err != nil {
		return nil, nil, err
	}
	return e.negotiator.Answer(offer, l)
}

// exchange makes an offer of from's and to's answer and connects both.
func exchange(t *testing.T, from, to *end) (offer, answer []byte) {
	t.Helper()
	ctx := t.Context()
	offer, err := from.offer(ctx)
	if err != nil {
		t.Fatal(err)
	}
	answer, answered, err := to.answer(ctx, offer)
	if err != nil {
		t.Fatal(err)
	}
	agreed, err := from.negotiator.Answered(answer)
	if err != nil {
		t.Fatal(err)
	}
	connected := make(chan error, 1)
	go func() { connected <- to.Connect(ctx, answered) }()
	if err := errors.Join(from.Connect(ctx, agreed), <-connected); err != nil {
		t.Fatal(err)
	}
	return offer, answer
}

// carries sends a packet of each protocol both ways.
func carries(t *testing.T, a, b *end) {
	t.Helper()
	for _, way := range [][2]*end{{a, b}, {b, a}} {
		if err := errors.Join(way[0].WriteRTP([]byte("\x80\x68rtp")), way[0].WriteRTCP([]byte("\x80\xc8\x00\x01rtcp"))); err != nil {
			t.Fatal(err)
		}
		for want, heard := range map[string]chan string{"\x80\x68rtp": way[1].rtp, "\x80\xc8\x00\x01rtcp": way[1].rtcp} {
			select {
			case got := <-heard:
				if got != want {
					t.Errorf("%q arrived, want %q", got, want)
				}
			case <-time.After(time.Second):
				t.Errorf("%q did not arrive", want)
			}
		}
	}
}

// onLAN runs a test in fake time with two ends 20 ms apart.
func onLAN(t *testing.T, profile sdp.Profile, test func(t *testing.T, lan *linktest.LAN, a, b *end)) {
	t.Helper()
	leak.Check(t)
	synctest.Test(t, func(t *testing.T) {
		lan := &linktest.LAN{Delay: 20 * time.Millisecond}
		lan.Start(t)
		near, far := ice.Config{Net: lan.Host(t, "10.0.0.1")}, ice.Config{Net: lan.Host(t, "10.0.0.2")}
		lan.Up(t)
		test(t, lan, newEnd(t, near, profile, 1), newEnd(t, far, profile, 2))
	})
}
