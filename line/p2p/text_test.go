// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/link"
	"bellwire/link/linktest"
	"bellwire/sip"
)

// stub is a device under a test's control: it is announced, and serves its links as it is told.
type stub struct {
	*person
	msgs  chan msg // what came over msg channels
	opens chan string
}

// stub switches a phone on that has no line. It answers streams by serve, which returns false for those
// it declines.
func (p *person) stub(serve func(link.Link, string) bool) *stub {
	p.on()
	p.Line.Close() // the endpoint stays
	p.w.dht.Publish(wire.Hash(p.account.ID()), p.announcement())
	s := &stub{person: p, msgs: make(chan msg, 16), opens: make(chan string, 16)}
	go func() {
		for {
			connection, err := p.links.Accept(p.t.Context())
			if err != nil {
				return
			}
			go s.serve(connection, serve)
		}
	}()
	return s
}

func (s *stub) serve(connection link.Link, wanted func(link.Link, string) bool) {
	for {
		request, err := connection.Accept(s.t.Context())
		if err != nil {
			return
		}
		s.opens <- request.Name
		if !wanted(connection, request.Name) {
			request.Decline()
			continue
		}
		conn, err := request.Accept()
		if err != nil {
			return
		}
		if strings.HasPrefix(request.Name, msgPrefix) {
			go readMsgs(conn, func(m msg) { s.msgs <- m })
		} else {
			go s.sip(connection, conn)
		}
	}
}

// sip answers every MESSAGE with a status of the text's own: its body.
func (s *stub) sip(connection link.Link, conn net.Conn) {
	ua, err := sip.NewUA(sip.Config{})
	if err != nil {
		s.t.Error(err)
		return
	}
	defer ua.Close()
	if _, err := ua.Attach(conn, tag{connection}); err != nil {
		return
	}
	for {
		select {
		case m := <-ua.Messages():
			switch string(m.Body) {
			case "403":
				m.Reject(403, "Forbidden")
			case "480":
				m.Reject(480, "Temporarily Unavailable")
			default:
				m.Reject(415, "Unsupported Media Type")
			}
		case <-connection.Done():
			return
		}
	}
}

func TestATextComesWithItsID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := people(t)
		alice.on()
		bob.on()
		text := call.Text{ID: 0x0004c196af37bbc7, Body: "hello"}
		for range 2 { // once more, since the answer was lost
			if err := alice.SendText(t.Context(), bob.id(), text); err != nil {
				t.Fatal(err)
			}
		}
		if got := bob.reads(); got.ID != text.ID || got.Body != text.Body || got.From.ID != alice.id() || got.From.Device != alice.device.ID().String() {
			t.Errorf("got %+v", got)
		}
		if got := bob.reads(); got.Body != "" {
			t.Errorf("the same text came again: %+v", got)
		}
		bob.off()
		bob.on()
		if err := alice.SendText(t.Context(), bob.id(), text); err != nil {
			t.Fatal(err)
		}
		if got := bob.reads(); got.Body != "" {
			t.Errorf("the same text came again after a restart: %+v", got)
		}
		for _, bad := range []call.Text{{ID: 1}, {Body: "x"}, {ID: 1, Body: strings.Repeat("x", maxText+1)}, {ID: 1, Body: "\xff"}} {
			if err := alice.SendText(t.Context(), bob.id(), bad); err == nil {
				t.Errorf("a text was sent: %.20q of %d bytes", bad.Body, len(bad.Body))
			}
		}
	})
}

func TestATextTakesTheOtherWay(t *testing.T) {
	for name, c := range map[string]struct {
		sip, msg bool // taken
		body     string
		want     call.Reason
		sent     bool
	}{
		"no SIP":                    {false, true, "hello", 0, true},
		"no MESSAGE":                {true, true, "hello", 0, true},
		"neither":                   {false, false, "hello", call.Declined, false},
		"no MESSAGE and no channel": {true, false, "hello", call.Failed, false},
		"the sender is refused":     {true, true, "403", call.Declined, false},
		"the moment is bad":         {true, true, "480", call.Busy, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, alice, bob := people(t)
				alice.on()
				far := bob.stub(func(_ link.Link, stream string) bool {
					return c.sip && stream == "sip" || c.msg && stream == msgPrefix+bob.device.LongID().String()
				})
				err := alice.SendText(t.Context(), bob.id(), call.Text{ID: 7, Body: c.body})
				if (err == nil) != c.sent || err != nil && call.ReasonOf(err) != c.want {
					t.Errorf("sending ended with %v", err)
				}
				synctest.Wait()
				if c.sent {
					if got, want := <-far.msgs, (msg{id: 7, kind: plainText, content: c.body}); got != want {
						t.Errorf("got %+v", got)
					}
				}
				if n := len(far.msgs); n != 0 {
					t.Errorf("%d messages too many came", n)
				}
			})
		})
	}
}

// TestATextOverADeadConnection cuts the network for as long as it takes to notice.
func TestATextOverADeadConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := people(t)
		alice.on()
		bob.on()
		for id := range uint64(2) {
			begin := time.Now()
			if id == 1 {
				w.lan.Cut()
				time.AfterFunc(probeTime+time.Second/2, w.lan.Mend)
			}
			if err := alice.SendText(t.Context(), bob.id(), call.Text{ID: id + 1, Body: "hello"}); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begin); took > probeTime+3*time.Second {
				t.Errorf("text %d took %v", id+1, took)
			}
			if got := bob.reads(); got.ID != id+1 {
				t.Errorf("got %+v", got)
			}
		}
		if n := len(w.board.Offers()); n != 2 {
			t.Errorf("two texts took %d connection requests", n)
		}
	})
}

// TestOneTextByAllWays sends the same text by SIP, over a channel and into the inbox.
func TestOneTextByAllWays(t *testing.T) {
	ways := map[string]func(t *testing.T, w *world, alice, bob *person){
		"sip": func(t *testing.T, _ *world, alice, bob *person) {
			if err := alice.SendText(t.Context(), bob.id(), call.Text{ID: 9, Body: "hello"}); err != nil {
				t.Fatal(err)
			}
		},
		"channel": func(t *testing.T, _ *world, alice, bob *person) {
			connection, err := alice.links.Dial(t.Context(), linktest.Target(bob.device))
			if err != nil {
				t.Fatal(err)
			}
			if err := alice.sendMsg(t.Context(), connection, msg{9, plainText, "hello"}); err != nil {
				t.Fatal(err)
			}
		},
		"inbox": func(t *testing.T, w *world, alice, bob *person) { leave(t, w, alice, bob, 9, "hello") },
	}
	for first, send := range ways {
		for second, again := range ways {
			t.Run(first+" and "+second, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w, alice, bob := people(t)
					alice.on()
					bob.on()
					send(t, w, alice, bob)
					if got := bob.reads(); got.ID != 9 || got.Body != "hello" || got.From.ID != alice.id() || got.From.Device != alice.device.ID().String() {
						t.Errorf("got %+v", got)
					}
					again(t, w, alice, bob)
					if got := bob.reads(); got.Body != "" {
						t.Errorf("it came twice: %+v", got)
					}
				})
			})
		}
	}
}

// leave puts a text into an inbox as Jami did until 2024.
func leave(t *testing.T, w *world, from, to *person, id uint64, text string) {
	t.Helper()
	data := value.InstantMessage{ID: id, Text: text, DataType: plainText, Date: time.Now().Unix()}.Append(nil)
	v, err := value.Encrypt(&value.Value{ID: value.NewID(), Type: value.IMMessage, Data: data}, from.device.Key, to.device.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	w.dht.Put(t.Context(), inboxKey(to.device.Key.Public()), v)
}

func TestALeftTextIsConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := people(t)
		alice.on()
		bob.on()
		leave(t, w, alice, bob, 9, "hello")
		if got := bob.reads(); got.Body != "hello" {
			t.Errorf("got %+v", got)
		}
		synctest.Wait()
		var confirmed []value.InstantMessage
		for _, v := range w.dht.all(inboxKey(bob.device.Key.Public())) {
			if inner, err := value.Decrypt(v, alice.device.Key); err == nil && inner.Type == value.IMMessage {
				m, err := value.ParseInstantMessage(inner.Data)
				if err != nil {
					t.Fatal(err)
				}
				confirmed = append(confirmed, m)
			}
		}
		if len(confirmed) != 1 || confirmed[0].ID != 9 || confirmed[0].Text != "" || confirmed[0].DataType != "" {
			t.Errorf("alice finds %+v", confirmed)
		}
		bob.off()
		bob.on()
		if got := bob.reads(); got.Body != "" {
			t.Errorf("it came again after a restart: %+v", got)
		}
	})
}

func TestWhoMayWrite(t *testing.T) {
	for name, c := range map[string]struct {
		before func(alice, bob *person)
		heard  bool
	}{
		"a stranger":         {func(_, bob *person) {}, true},
		"a refused stranger": {func(_, bob *person) { bob.refuse = true }, false},
		"a contact":          {func(alice, bob *person) { bob.refuse = true; bob.on().add(alice); bob.off() }, true},
		"somebody blocked":   {func(alice, bob *person) { bob.on().BlockContact(bob.t.Context(), alice.id()); bob.off() }, false},
		"somebody freed again": {func(alice, bob *person) {
			bob.on().BlockContact(bob.t.Context(), alice.id())
			bob.RemoveContact(bob.t.Context(), alice.id())
			bob.off()
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, alice, bob := people(t)
				alice.on()
				c.before(alice, bob)
				bob.on()
				leave(t, w, alice, bob, 1, "left")
				if got := bob.reads(); (got.Body != "") != c.heard {
					t.Errorf("bob reads %+v", got)
				}
				err := alice.SendText(t.Context(), bob.id(), call.Text{ID: 2, Body: "sent"})
				if (err == nil) != c.heard || err != nil && call.ReasonOf(err) != call.Declined {
					t.Errorf("sending ended with %v", err)
				}
				// Over a connection that bob made, nobody is asked whether alice may connect.
				connection, err := bob.links.Dial(t.Context(), linktest.Target(alice.device))
				if err != nil {
					t.Fatal(err)
				}
				bob.peerFlow(connection)
				time.Sleep(time.Second)
				err = alice.SendText(t.Context(), bob.id(), call.Text{ID: 3, Body: "sent"})
				if (err == nil) != c.heard || err != nil && call.ReasonOf(err) != call.Declined {
					t.Errorf("sending over the connection of the other ended with %v", err)
				}
			})
		})
	}
}

// TestWhatJamiSaysBesides sends what Jami sends in conversations: it is taken and not shown.
func TestWhatJamiSaysBesides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := people(t)
		alice.on()
		bob.on()
		connection, err := alice.links.Dial(t.Context(), linktest.Target(bob.device))
		if err != nil {
			t.Fatal(err)
		}
		flow, err := alice.flowTo(t.Context(), connection)
		if err != nil {
			t.Fatal(err)
		}
		for kind, want := range map[string]int{
			"application/im-gitmessage-id":    200,
			"application/im-iscomposing+xml":  200,
			"message/imdn+xml":                200,
			"application/invite+json;x":       200,
			"application/invite":              200,
			"application/x-something-else":    415,
			"TEXT/Plain; charset=utf-8":       200,
			"text/plain;of what;no parameter": 200,
		} {
			r := alice.request(connection.Peer(), connection.RemoteAddr(), "")
			r.ContentType, r.Body = kind, []byte("hello")
			status, err := flow.Message(t.Context(), r)
			if err != nil || status != want {
				t.Errorf("%s is answered %d, %v; want %d", kind, status, err, want)
			}
			shown := bob.reads().Body != ""
			if is := strings.HasPrefix(strings.ToLower(kind), "text/"); shown != is {
				t.Errorf("%s is shown: %v", kind, shown)
			}
			if err := alice.sendMsg(t.Context(), connection, msg{0, kind, "hello"}); err != nil {
				t.Fatal(err)
			}
			if again := bob.reads().Body != ""; again != shown {
				t.Errorf("%s over a channel is shown: %v", kind, again)
			}
		}
		for _, name := range []string{"git://x/y", "svcdisc://query", "sync://x", msgPrefix + alice.device.LongID().String(), "swarm://x"} {
			if _, err := connection.Open(t.Context(), name); !errors.Is(err, link.ErrDeclined) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Somebody bob does not know writes a lot.
func TestTextsOfStrangersAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := people(t)
		alice.on()
		bob.on()
		taken := 0
		for id := range uint64(strangerTexts + 10) {
			if alice.SendText(t.Context(), bob.id(), call.Text{ID: id + 1, Body: "hello"}) == nil {
				taken++
				bob.reads()
			}
		}
		if taken != strangerTexts {
			t.Errorf("%d texts were taken at once", taken)
		}
		time.Sleep(strangerEvery)
		if err := alice.SendText(t.Context(), bob.id(), call.Text{ID: 1000, Body: "hello"}); err != nil {
			t.Error(err)
		}
		if got := len(bodyOf(strings.Repeat("é", maxHeard))); got > maxHeard+3 {
			t.Errorf("%d bytes of a text are taken", got)
		}
	})
}

// Nobody reads bob's texts for a while.
func TestTextsWaitForAReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := people(t)
		alice.on()
		bob.on()
		befriend(alice, bob)
		send := func(id uint64) error {
			return alice.SendText(t.Context(), bob.id(), call.Text{ID: id, Body: "hello"})
		}
		for id := range uint64(textBacklog) {
			if err := send(id + 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := send(1000); call.ReasonOf(err) != call.Busy {
			t.Errorf("a text beyond the backlog: %v", err)
		}
		connection := alice.linksTo(bob.account.ID())[0]
		if err := alice.sendMsg(t.Context(), connection, msg{1001, plainText, "hello"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		var got []uint64
		for range textBacklog + 1 {
			got = append(got, bob.reads().ID)
		}
		if last := got[len(got)-1]; last != 1001 {
			t.Errorf("the last text is %d", last)
		}
		if err := send(1000); err != nil {
			t.Error(err)
		}
		if got := bob.reads().ID; got != 1000 {
			t.Errorf("got %d", got)
		}
	})
}

// A contact that runs Jami is greeted with a channel for texts, a stranger is not.
func TestAJamiIsGreeted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := people(t)
		alice.jami, bob.jami = true, true
		alice.on()
		name := msgPrefix + bob.device.LongID().String()
		far := bob.stub(func(_ link.Link, stream string) bool { return stream == name || stream == "sip" })
		connection, err := alice.links.Dial(t.Context(), linktest.Target(bob.device))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := alice.flowTo(t.Context(), connection); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := <-far.opens; got != "sip" || len(far.opens) > 0 {
			t.Errorf("a stranger is asked for %q and %d more", got, len(far.opens))
		}
		alice.add(bob)
		changed, err := alice.book.Confirm(bob.account.ID())
		if err != nil {
			t.Fatal(err)
		}
		alice.changed(changed...)
		time.Sleep(time.Second)
		if n := len(far.opens); n != 1 || <-far.opens != name {
			t.Errorf("a contact is asked for %d streams, not for %q", n, name)
		}
		connection.Close()
		if connection, err = alice.links.Dial(t.Context(), linktest.Target(bob.device)); err != nil {
			t.Fatal(err)
		}
		alice.peerFlow(connection)
		time.Sleep(time.Second)
		if len(far.opens) != 1 || <-far.opens != name {
			t.Errorf("a contact that connects is not asked for %q", name)
		}
	})
}

func TestBlockingEndsWhatIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := friends(t)
		go bob.Accept(t.Context())
		if err := alice.SendText(t.Context(), bob.id(), call.Text{ID: 1, Body: "hello"}); err != nil {
			t.Fatal(err)
		}
		bob.reads()
		if err := bob.BlockContact(t.Context(), alice.id()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := len(bob.links.Links()); n != 0 {
			t.Errorf("%d links are up", n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := alice.Dial(ctx, bob.id(), call.Setup{}); call.ReasonOf(err) != call.Declined {
			t.Errorf("calling ended with %v", err)
		}
		// Over a connection that bob makes, alice cannot ring either.
		connection, err := bob.links.Dial(t.Context(), linktest.Target(alice.device))
		if err != nil {
			t.Fatal(err)
		}
		bob.peerFlow(connection)
		synctest.Wait()
		if connection.Err() == nil {
			t.Error("a link to a blocked account stays")
		}
	})
}
