// SPDX-License-Identifier: GPL-3.0-or-later

package mainline_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/dht/mainline"
)

const (
	target = "192.0.2.1:6881"
	twenty = "abcdefghij0123456789"
)

// hostile are datagrams that crash the library, or could.
var hostile = map[string]string{
	"an announcement without arguments":       "d1:q13:announce_peer1:t2:aa1:y1:qe",
	"a put without arguments":                 "d1:q3:put1:t2:aa1:y1:qe",
	"a get without arguments":                 "d1:q3:get1:t2:aa1:y1:qe",
	"a find_node without arguments":           "d1:q9:find_node1:t2:aa1:y1:qe",
	"a get_peers without arguments":           "d1:q9:get_peers1:t2:aa1:y1:qe",
	"an announcement with empty arguments":    "d1:ade1:q13:announce_peer1:t2:aa1:y1:qe",
	"an announcement without a port":          "d1:ad2:id20:" + twenty + "9:info_hash20:" + twenty + "5:token2:xxe1:q13:announce_peer1:t2:aa1:y1:qe",
	"a put of an item":                        "d1:ad2:id20:" + twenty + "3:seqi1e5:token0:1:v1:xe1:q3:put1:t2:aa1:y1:qe",
	"an address of one byte":                  "d2:ip1:x1:rd2:id20:" + twenty + "e1:t2:aa1:y1:re",
	"an empty address":                        "d2:ip0:1:rd2:id20:" + twenty + "e1:t2:aa1:y1:re",
	"a peer of one byte":                      "d1:rd2:id20:" + twenty + "6:valuesl1:xee1:t2:aa1:y1:re",
	"a key without a sequence number":         "d1:rd2:id20:" + twenty + "1:k32:" + strings.Repeat("k", 32) + "e1:t2:aa1:y1:re",
	"a node list that is cut":                 "d1:rd2:id20:" + twenty + "5:nodes25:" + strings.Repeat("n", 25) + "e1:t2:aa1:y1:re",
	"an answer without a body":                "d1:t2:aa1:y1:re",
	"an error without a body":                 "d1:t2:aa1:y1:ee",
	"an error of one element":                 "d1:eli201ee1:t2:aa1:y1:ee",
	"a message of no kind":                    "de",
	"a string of a terabyte":                  "d1:t1000000000000:aae",
	"a string of a negative length":           "d1:t-1:aae",
	"a number without an end":                 "d1:ti1",
	"lists in lists":                          "d1:a" + strings.Repeat("l", 700) + strings.Repeat("e", 700) + "1:q4:ping1:t2:aa1:y1:qe",
	"a list as the transaction":               "d1:ad2:id20:" + twenty + "e1:q4:ping1:tl1:ae1:y1:qe",
	"a very long transaction":                 "d1:ad2:id20:" + twenty + "e1:q4:ping1:t999:" + strings.Repeat("t", 999) + "1:y1:qe",
	"an id of one byte":                       "d1:ad2:id1:xe1:q4:ping1:t2:aa1:y1:qe",
	"an OpenDHT ping":                         "\x85\xa1a\x81\xa2id\xc4\x14" + twenty + "\xa1q\xa4ping\xa1t\x07\xa1y\xa1q",
	"a terminator where a value is due":       "d1:ae",
	"a request of a name nobody knows":        "d1:ad2:id20:" + twenty + "e1:q9:teleports1:t2:aa1:y1:qe",
	"a get_peers that wants unknown families": "d1:ad2:id20:" + twenty + "9:info_hash20:" + twenty + "4:wantl2:n92:n9ee1:q9:get_peers1:t2:aa1:y1:qe",
}

// client is a socket of a test.
type client struct {
	t *testing.T
	*conn
}

func (c client) send(text string) {
	c.t.Helper()
	if _, err := c.WriteTo([]byte(text), net.UDPAddrFromAddrPort(addrPort(target))); err != nil {
		c.t.Fatal(err)
	}
}

// receive returns the next datagram, empty when none comes.
func (c client) receive() string {
	synctest.Wait()
	select {
	case p := <-c.queue:
		return string(p.b)
	default:
		return ""
	}
}

func (c client) ping() bool {
	c.t.Helper()
	for c.receive() != "" {
	}
	c.send("d1:ad2:id20:" + twenty + "e1:q4:ping1:t2:pp1:y1:qe")
	for answer := c.receive(); answer != ""; answer = c.receive() {
		if strings.Contains(answer, "1:t2:pp1:y1:r") {
			return true
		}
	}
	return false
}

func TestHostileDatagramsDoNoHarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := newNetwork()
		start(t, mainline.Config{Conn: network.listen(target), Port: 4222})
		c := client{t, network.listen("192.0.2.66:1")}
		if !c.ping() {
			t.Fatal("a ping is not answered")
		}
		for name, text := range hostile {
			c.send(text)
			time.Sleep(5 * time.Second)
			if !c.ping() {
				t.Errorf("after %s a ping is not answered", name)
			}
		}
	})
}

func TestFloodsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := newNetwork()
		start(t, mainline.Config{Conn: network.listen(target), Port: 4222})
		c := client{t, network.listen("192.0.2.66:1")}
		answers := 0
		for i := range 2000 {
			c.send(fmt.Sprintf("d1:ad2:id20:%se1:q4:ping1:t4:%04d1:y1:qe", twenty, i))
			if i%100 == 99 {
				for c.receive() != "" {
					answers++
				}
			}
		}
		if answers == 0 || answers > 100 {
			t.Errorf("%d answers to a flood of 2000 pings in one second", answers)
		}
		time.Sleep(2 * time.Second)
		if !c.ping() {
			t.Error("after the flood a ping is not answered")
		}
	})
}

func TestPeersOfOthersAreStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := newNetwork()
		start(t, mainline.Config{Conn: network.listen(target), Port: 4222})
		c := client{t, network.listen("192.0.2.66:1")}
		ask := func() string {
			c.send("d1:ad2:id20:" + twenty + "9:info_hash20:" + twenty + "e1:q9:get_peers1:t2:gg1:y1:qe")
			for answer := c.receive(); answer != ""; answer = c.receive() {
				if strings.Contains(answer, "1:t2:gg") {
					return answer
				}
			}
			t.Fatal("no answer")
			return ""
		}
		_, rest, found := strings.Cut(ask(), "5:token20:")
		if !found {
			t.Fatal("no token is given")
		}
		token := rest[:20]
		announce := "d1:ad2:id20:" + twenty + "9:info_hash20:" + twenty + "4:porti4222e5:token20:" + token + "e1:q13:announce_peer1:t2:aa1:y1:qe"
		c.send(announce)
		c.receive()
		if answer := ask(); !strings.Contains(answer, "6:valuesl6:\xc0\x00\x02\x42\x10\x7ee") {
			t.Errorf("the announced peer is not given: %q", answer)
		}
		time.Sleep(time.Hour)
		if answer := ask(); strings.Contains(answer, "6:values") {
			t.Errorf("an hour later the peer is still given: %q", answer)
		}
	})
}
