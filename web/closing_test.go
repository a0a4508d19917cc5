// SPDX-License-Identifier: GPL-3.0-or-later

package web_test

import (
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/call/calltest"
	"bellwire/internal/netx"
	"bellwire/phone"
	"bellwire/store"
	"bellwire/web"
)

// TestTheEndOfACallIsToldWhenTheEngineCloses closes phone and server during a call: whoever watches it
// still learns how it ended.
func TestTheEndOfACallIsToldWhenTheEngineCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := calltest.NewLines(t)
		p := phone.New(phone.Config{Lines: []call.Line{near}, Store: store.Memory()})
		server := web.NewServer(web.Config{Phone: p})
		listener := netx.NewMemory()
		served := make(chan error, 1)
		go func() { served <- server.Serve(listener) }()
		client := web.NewClient(listener.Dial)
		events, err := client.Events(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		go func() { far.Next(t.Context()).Answer(t.Context(), call.Setup{}) }()
		placed, detach, err := client.Place(t.Context(), web.Place{Target: "b", Attached: true})
		if err != nil {
			t.Fatal(err)
		}
		defer detach()
		<-time.After(time.Second)
		for range 30 { // more than is on the way to a client that does not read yet
			for _, what := range []string{"hold", "resume"} {
				if err := client.Act(t.Context(), placed.ID, what, nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		closed := make(chan error, 1)
		go func() {
			p.Close()
			closed <- server.Close()
		}()
		<-time.After(time.Second)
		var last string
		for e, err := range events {
			if err != nil {
				break
			}
			last = e.State
		}
		if last != call.Ended.String() {
			t.Errorf("the last that is told is %q", last)
		}
		client.Close()
		if err := <-closed; err != nil {
			t.Error(err)
		}
		<-served
	})
}

// TestACallEndsWithTheClientThatPlacedIt lets a client go away during its call.
func TestACallEndsWithTheClientThatPlacedIt(t *testing.T) {
	for _, attached := range []bool{true, false} {
		t.Run(map[bool]string{true: "attached", false: "not attached"}[attached], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, far := serve(t)
				legs := make(chan *call.Leg, 1)
				go func() {
					leg, err := far.Next(t.Context()).Answer(t.Context(), call.Setup{})
					if err != nil {
						t.Error(err)
					}
					legs <- leg
				}()
				_, detach, err := client.Place(t.Context(), web.Place{Target: "b", Attached: attached})
				if err != nil {
					t.Fatal(err)
				}
				leg := <-legs
				<-time.After(time.Second)
				detach()
				<-time.After(time.Second)
				select {
				case <-leg.Done():
					if !attached {
						t.Error("the call is over")
					}
				default:
					if attached {
						t.Error("the call goes on")
					}
				}
			})
		})
	}
}
