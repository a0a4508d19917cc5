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
		placed, err := client.Place(t.Context(), web.Place{Target: "b"})
		if err != nil {
			t.Fatal(err)
		}
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
