// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"testing"
	"testing/synctest"
)

func TestCallAndHangUp(t *testing.T) {
	for _, who := range []string{"caller", "callee"} {
		t.Run(who, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPair(t)
				out, in := p.invite(t, "offer")
				if string(in.Offer()) != "offer" || in.Remote() != p.alice || in.Flow().Tag() != "alice" {
					t.Errorf("the callee sees %q from %v over %v", in.Offer(), in.Remote(), in.Flow().Tag())
				}
				if err := in.Ring(); err != nil {
					t.Fatal(err)
				}
				if err := in.Progress([]byte("early")); err != nil {
					t.Fatal(err)
				}
				if _, err := in.Answer(soon(t), []byte("answer")); err != nil {
					t.Fatal(err)
				}
				var codes []int
				for r := range out.Responses() {
					codes = append(codes, r.Code)
				}
				if len(codes) != 4 || codes[0] != 100 || codes[1] != 180 || codes[2] != 183 || codes[3] != 200 {
					t.Errorf("responses %v, want 100 180 183 200", codes)
				}
				ends, other := out, in
				if who == "callee" {
					ends, other = in, out
				}
				if err := ends.Bye(soon(t), Reason{Cause: 16, Protocol: "Q.850", Text: "bye"}); err != nil {
					t.Fatal(err)
				}
				if e := next[Ended](t, ends); !e.Local || e.Code != 200 || e.Err != nil {
					t.Errorf("who hung up sees %+v", e)
				}
				if e := next[Ended](t, other); e.Local || e.Code != 200 || e.Reason != (Reason{"Q.850", 16, "bye"}) {
					t.Errorf("the other sees %+v", e)
				}
				p.a.Close()
				p.b.Close()
			})
		})
	}
}
