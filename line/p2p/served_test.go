// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/link/linktest"
)

// Nothing but OPTIONS is sent over a new flow to a Jami until it answers, or has had its time.
func TestNothingOvertakesTheFirstAnswerOfAJami(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := people(t)
		alice.jami, bob.jami = true, true
		alice.on()
		bob.on()
		bob.Line.Close() // the endpoint stays
		heard := make(chan string, 1)
		go func() {
			connection, err := bob.links.Accept(t.Context())
			if err != nil {
				return
			}
			request, err := connection.Accept(t.Context())
			if err != nil {
				return
			}
			conn, err := request.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 1000)
			n, _ := conn.Read(buf)
			heard <- string(buf[:n])
		}()
		connection, err := alice.links.Dial(t.Context(), linktest.Target(bob.device))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := alice.flowTo(t.Context(), connection); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < servedTime {
			t.Errorf("the flow to a silent Jami is used after %v", took)
		}
		if first := <-heard; !strings.HasPrefix(first, "OPTIONS ") {
			t.Errorf("the first that a Jami hears is %q", first)
		}
		began = time.Now()
		if _, err := alice.flowTo(t.Context(), connection); err != nil || time.Since(began) > 0 {
			t.Errorf("the flow is used again after %v, %v", time.Since(began), err)
		}
	})
}

func TestAJamiThatAnswersIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := people(t)
		alice.jami, bob.jami = true, true
		alice.on()
		bob.on()
		connection, err := alice.links.Dial(t.Context(), linktest.Target(bob.device))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := alice.flowTo(t.Context(), connection); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > servedTime/5 {
			t.Errorf("the flow is used after %v", took)
		}
	})
}
