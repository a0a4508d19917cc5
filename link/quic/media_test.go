// SPDX-License-Identifier: GPL-3.0-or-later

package quic_test

import (
	"encoding/binary"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/link"
	"bellwire/link/linktest"
)

// rtp returns a packet of 172 bytes as 20 ms of G.711 make.
func rtp(ssrc uint32, payloadType byte) []byte {
	p := make([]byte, 172)
	p[0], p[1] = 0x80, payloadType
	binary.BigEndian.PutUint32(p[8:], ssrc)
	return p
}

// rtcp returns a sender report.
func rtcp(ssrc uint32) []byte {
	p := make([]byte, 28)
	p[0], p[1] = 0x80, 200
	binary.BigEndian.PutUint32(p[4:], ssrc)
	return p
}

func TestMediaIsRoutedBySource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, &linktest.LAN{Delay: time.Millisecond}, nil)
		near, far := p.Connect(t)
		out, _ := near.Media()
		in, ok := far.Media()
		if !ok {
			t.Fatal("the link carries no media")
		}
		got := map[uint32]int{}
		route := func(ssrc uint32) func() {
			remove, err := in.Route(ssrc, func(p []byte) { got[ssrc] += len(p) })
			if err != nil {
				t.Fatal(err)
			}
			return remove
		}
		removeOne := route(1)
		route(2)
		if _, err := in.Route(1, func([]byte) {}); !errors.Is(err, link.ErrRouteTaken) {
			t.Errorf("second route: error %v, want ErrRouteTaken", err)
		}
		send := func() {
			for _, p := range [][]byte{rtp(1, 0), rtp(2, 96), rtcp(2), rtp(3, 0)} {
				if err := out.Write(p); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
		}
		send()
		if got[1] != 172 || got[2] != 200 {
			t.Errorf("received %v, want 172 bytes for 1 and 200 for 2", got)
		}
		removeOne()
		send()
		if got[1] != 172 || got[2] != 400 {
			t.Errorf("received %v after a route was removed, want 172 and 400", got)
		}
		for _, bad := range [][]byte{nil, {1, 2, 3}, {0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, make([]byte, link.MaxPacket+1)} {
			if err := out.Write(bad); err == nil {
				t.Errorf("%d bytes that are no media packet were sent", len(bad))
			}
		}
		for _, short := range [][]byte{{0x80}, rtp(2, 0)[:11], rtcp(2)[:7]} {
			if err := out.Write(short); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		if got[2] != 400 || near.Err() != nil || far.Err() != nil {
			t.Error("packets too short for a header did something")
		}
	})
}
