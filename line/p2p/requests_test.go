// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/dht/value"
	"bellwire/internal/testid"
)

func TestARequestIsAcceptedAndConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := people(t)
		alice.on()
		bob.on()
		alice.add(bob)
		alice.sees(bob, "requested online")
		bob.sees(alice, "asking offline") // who asks is not watched before the answer
		if name := bob.Contacts()[0].Name; name != "name of "+alice.id()[:4] {
			t.Errorf("alice is shown as %q", name)
		}
		if asked := alice.Contacts()[0].Asked; asked.IsZero() {
			t.Error("alice is not told that the request went out")
		}
		if err := bob.AcceptContact(t.Context(), alice.id()); err != nil {
			t.Fatal(err)
		}
		bob.sees(alice, "confirmed online")
		alice.sees(bob, "confirmed online")
	})
}

func TestTwoWhoAskOneAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := people(t)
		alice.on()
		bob.on()
		alice.add(bob)
		bob.add(alice)
		alice.sees(bob, "confirmed online")
		bob.sees(alice, "confirmed online")
	})
}

func TestAddingSomebodyWhoAskedAccepts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := people(t)
		alice.on()
		bob.on()
		befriend(alice, bob)
	})
}

// The one who is asked is off; meanwhile the one who asks is switched off and on again.
func TestARequestReachesWhoWasOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := people(t)
		alice.on()
		alice.add(bob)
		time.Sleep(time.Hour)
		alice.knows(bob, "requested offline")
		if asked := alice.Contacts()[0].Asked; !asked.IsZero() {
			t.Errorf("the request is said to have reached the network at %v", asked)
		}
		alice.off()
		time.Sleep(time.Hour)
		alice.on()
		time.Sleep(time.Hour)
		bob.on()
		bob.sees(alice, "asking offline")

		// The answer is given while the one who asked is off, and off again before that one comes back.
		alice.off()
		time.Sleep(time.Hour)
		bob.add(alice)
		time.Sleep(time.Minute)
		bob.knows(alice, "confirmed offline")
		bob.off()
		time.Sleep(time.Hour)
		bob.on()
		time.Sleep(time.Hour)
		alice.on()
		alice.sees(bob, "confirmed online")
		bob.sees(alice, "confirmed online")
	})
}

func TestARequestIsSentAgainUntilItIsConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := people(t)
		alice.on()
		bob.on()
		inbox := inboxKey(bob.device.Key.Public())
		alice.add(bob)
		time.Sleep(10 * time.Minute)
		if n := w.dht.count(inbox); n != 1 {
			t.Errorf("%d requests were sent in ten minutes", n)
		}
		time.Sleep(3 * time.Hour)
		if n := w.dht.count(inbox); n != 4 {
			t.Errorf("%d requests were sent in three hours", n)
		}
		before := w.dht.count(inbox)
		for range 8 { // bob is switched off and on every 25 seconds
			bob.off()
			time.Sleep(5 * time.Second)
			bob.on()
			time.Sleep(20 * time.Second)
		}
		if n := w.dht.count(inbox) - before; n < 2 || n > 4 {
			t.Errorf("%d requests were sent in 200 s", n)
		}
		bob.add(alice)
		alice.changes()
		before = w.dht.count(inbox)
		time.Sleep(3 * time.Hour)
		if n := w.dht.count(inbox) - before; n != 0 {
			t.Errorf("%d requests were sent after it was confirmed", n)
		}
	})
}

func TestARequestIsSentAgainWhenTheNetworkFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := people(t)
		alice.on()
		bob.on()
		w.dht.cut(true)
		alice.add(bob)
		time.Sleep(10 * time.Minute)
		if asked := alice.Contacts()[0].Asked; !asked.IsZero() {
			t.Error("the request is said to have reached the network")
		}
		w.dht.cut(false)
		time.Sleep(tick)
		bob.sees(alice, "asking offline")
	})
}

func TestADeclinedRequestIsNotAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := people(t)
		alice.on()
		bob.on()
		alice.add(bob)
		bob.sees(alice, "asking offline")
		if err := bob.DeclineContact(t.Context(), alice.id()); err != nil {
			t.Fatal(err)
		}
		bob.sees(alice, "stranger offline")
		for range 3 {
			bob.off()
			alice.off()
			time.Sleep(2 * time.Hour)
			bob.on()
			alice.on()
			time.Sleep(2 * time.Hour)
			if told := bob.changes(); len(told) != 0 {
				t.Errorf("bob is told %q", told)
			}
		}
		alice.knows(bob, "requested online")
		alice.add(bob) // once more, by hand
		bob.sees(alice, "asking offline")
	})
}

func TestEveryDeviceIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		first, second, bob := w.person("alice", "alice"), w.person("alice", "alice2"), w.person("bob", "bob")
		w.up()
		first.on()
		second.on()
		bob.on().add(first)
		first.sees(bob, "asking offline")
		second.sees(bob, "asking offline")
		first.add(bob)
		bob.sees(first, "confirmed online")
	})
}

func TestABlockedAccountAsksInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := people(t)
		alice.on()
		bob.on()
		if err := bob.BlockContact(t.Context(), alice.id()); err != nil {
			t.Fatal(err)
		}
		bob.sees(alice, "blocked offline")
		alice.add(bob)
		if told := bob.changes(); len(told) != 0 {
			t.Errorf("bob is told %q", told)
		}
		if err := bob.AddContact(t.Context(), alice.id(), ""); err == nil {
			t.Error("a blocked account was added")
		}
		if err := bob.RemoveContact(t.Context(), alice.id()); err != nil {
			t.Fatal(err)
		}
		bob.sees(alice, "stranger offline")
		alice.add(bob)
		bob.sees(alice, "asking offline")
	})
}

// TestWhatIsNoRequest puts values into bob's inbox that look like a request of alice.
func TestWhatIsNoRequest(t *testing.T) {
	request := value.TrustRequest{Service: value.TrustService}.Append(nil)
	carol := testid.Device(t, "carol") // is not published
	for name, c := range map[string]struct {
		of   string
		data []byte
		kind value.Type
		asks bool
	}{
		"a request":                 {"alice", request, value.TrustRequestType, true},
		"of another kind":           {"alice", request, value.UserData, false},
		"for another service":       {"alice", value.TrustRequest{Service: "x"}.Append(nil), value.TrustRequestType, false},
		"malformed":                 {"alice", request[:10], value.TrustRequestType, false},
		"a confirmation":            {"alice", value.TrustRequest{Service: value.TrustService, Confirm: true}.Append(nil), value.TrustRequestType, false},
		"of a device nobody proves": {"carol", request, value.TrustRequestType, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, alice, bob := people(t)
				alice.on()
				bob.on()
				// alice's certificate under carol's key proves nothing about carol
				for _, key := range value.CertificateKeys(carol.Key.Public()) {
					w.dht.Put(t.Context(), key, value.Certificate(alice.device.Chain))
				}
				v, err := value.Encrypt(&value.Value{ID: 1, Type: c.kind, Data: c.data}, testid.Device(t, c.of).Key, bob.device.Key.Public())
				if err != nil {
					t.Fatal(err)
				}
				w.dht.Put(t.Context(), inboxKey(bob.device.Key.Public()), v)
				if asks := len(bob.changes()) > 0; asks != c.asks {
					t.Errorf("somebody asks: %v", asks)
				}
			})
		})
	}
}

// Mallory's account certifies and announces alice's device: what alice signs must not pass as his.
func TestADeviceThatSeveralAccountsClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := people(t)
		alice.on()
		bob.on()
		mallory := testid.Issue(t, testid.Account(t, "carol"), alice.device.Key, testid.Valid())
		for _, key := range value.CertificateKeys(alice.device.Key.Public()) {
			w.dht.Put(t.Context(), key, value.Certificate(mallory.Chain))
		}
		data := value.TrustRequest{Service: value.TrustService}.Append(nil)
		v, err := value.Encrypt(&value.Value{ID: 1, Type: value.TrustRequestType, Data: data}, alice.device.Key, bob.device.Key.Public())
		if err != nil {
			t.Fatal(err)
		}
		w.dht.Put(t.Context(), inboxKey(bob.device.Key.Public()), v)
		if changes := bob.changes(); len(changes) > 0 {
			t.Errorf("somebody asks: %v", changes)
		}
	})
}

// The certificate of who asks comes later than the request.
func TestARequestBeforeItsCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := people(t)
		bob.on()
		put := func(id uint64) {
			t.Helper()
			data := value.TrustRequest{Service: value.TrustService}.Append(nil)
			v, err := value.Encrypt(&value.Value{ID: id, Type: value.TrustRequestType, Data: data}, alice.device.Key, bob.device.Key.Public())
			if err != nil {
				t.Fatal(err)
			}
			w.dht.Put(t.Context(), inboxKey(bob.device.Key.Public()), v)
		}
		put(1)
		if told := bob.changes(); len(told) != 0 {
			t.Errorf("bob is told %q", told)
		}
		w.dht.Put(t.Context(), value.CertificateKeys(alice.device.Key.Public())[0], value.Certificate(alice.device.Chain)) // Jami until 2026
		time.Sleep(strangerTime)
		put(2)
		bob.sees(alice, "asking offline")
	})
}

func TestDirectoryErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := people(t)
		alice.on()
		for name, c := range map[string]struct {
			do   func(target string) error
			to   string
			want call.Reason
		}{
			"no id":     {func(to string) error { return alice.AddContact(t.Context(), to, "") }, "xyz", call.NotFound},
			"oneself":   {func(to string) error { return alice.AddContact(t.Context(), to, "") }, alice.id(), call.Failed},
			"accept":    {func(to string) error { return alice.AcceptContact(t.Context(), to) }, bob.id(), call.NotFound},
			"decline":   {func(to string) error { return alice.DeclineContact(t.Context(), to) }, bob.id(), call.NotFound},
			"remove":    {func(to string) error { return alice.RemoveContact(t.Context(), to) }, bob.id(), call.NotFound},
			"block":     {func(to string) error { return alice.BlockContact(t.Context(), to) }, "xyz", call.NotFound},
			"following": {func(to string) error { _, err := alice.Follow(to); return err }, "xyz", call.NotFound},
		} {
			if err := c.do(c.to); err == nil || call.ReasonOf(err) != c.want {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
