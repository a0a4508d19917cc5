// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"encoding/binary"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
	"bellwire/link/linktest"
)

// friends starts a world in which alice and bob are contacts and on.
func friends(t *testing.T) (w *world, alice, bob *person) {
	w, alice, bob = people(t)
	alice.on()
	bob.on()
	befriend(alice, bob)
	return w, alice, bob
}

func TestWhoLeavesPolitelyIsOfflineAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := friends(t)
		for range 3 {
			bob.off()
			alice.sees(bob, "confirmed offline")
			bob.on()
			alice.sees(bob, "confirmed online")
		}
		time.Sleep(time.Hour)
		if told := alice.changes(); len(told) != 0 {
			t.Errorf("alice is told %q though nothing changed", told)
		}
	})
}

func TestWhoCrashesIsOfflineWhenTheAnnouncementExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := friends(t)
		time.Sleep(time.Hour)
		bob.crash()
		time.Sleep(lifetime - 2*time.Second)
		alice.knows(bob, "confirmed online")
		time.Sleep(time.Second)
		alice.sees(bob, "confirmed offline")

		// The announcement of a life that ended in a crash does not outlive a polite end.
		bob.on()
		alice.sees(bob, "confirmed online")
		bob.crash()
		time.Sleep(time.Minute)
		bob.on()
		time.Sleep(time.Minute)
		alice.knows(bob, "confirmed online")
		bob.off()
		alice.sees(bob, "confirmed offline")
	})
}

// Who is switched on finds the values of those who left, in any order.
func TestWhoLeftBeforeIsOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := friends(t)
		alice.off()
		bob.off()
		time.Sleep(time.Minute)
		alice.on()
		alice.changes()
		alice.knows(bob, "confirmed offline")
		bob.on()
		alice.sees(bob, "confirmed online")
	})
}

func TestALinkConnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := friends(t)
		connection, err := alice.links.Dial(t.Context(), linktest.Target(bob.device))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := alice.flowTo(t.Context(), connection); err != nil {
			t.Fatal(err)
		}
		alice.sees(bob, "confirmed connected")
		bob.sees(alice, "confirmed connected")
		bob.off()
		alice.sees(bob, "confirmed offline")
		bob.on()
		alice.sees(bob, "confirmed online")
	})
}

// A device whose link broke is still announced. It is shown as online again when its announcement turns
// out to be kept alive, or when it announces itself anew.
func TestADeviceWhoseLinkEndedIsInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := friends(t)
		connect := func() {
			t.Helper()
			connection, err := alice.links.Dial(t.Context(), linktest.Target(bob.device))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := alice.flowTo(t.Context(), connection); err != nil {
				t.Fatal(err)
			}
			alice.sees(bob, "confirmed connected")
		}
		hangUp := func() {
			for _, connection := range bob.links.Links() {
				connection.Close()
			}
		}
		connect()
		hangUp()
		alice.sees(bob, "confirmed offline")
		connect()
		hangUp()
		alice.sees(bob, "confirmed offline")
		time.Sleep(doubtTime - 3*time.Second)
		alice.knows(bob, "confirmed offline")
		time.Sleep(tick)
		alice.sees(bob, "confirmed online")

		connect()
		hangUp()
		alice.sees(bob, "confirmed offline")
		w.dht.Put(t.Context(), wire.Hash(bob.account.ID()), bob.cfg.Announcement) // as when its network is back
		alice.sees(bob, "confirmed online")

		connect()
		bob.crash() // its link is closed, its announcement stays
		alice.sees(bob, "confirmed offline")
		time.Sleep(2 * doubtTime)
		alice.knows(bob, "confirmed offline")
		bob.on()
		alice.sees(bob, "confirmed online")
	})
}

func TestFollowing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := people(t)
		alice.on()
		stop, err := alice.Follow(bob.id())
		if err != nil {
			t.Fatal(err)
		}
		alice.sees(bob, "stranger offline")
		bob.on()
		alice.sees(bob, "stranger online")
		again, err := alice.Follow(bob.id())
		if err != nil {
			t.Fatal(err)
		}
		alice.changes()
		stop()
		stop()
		bob.off()
		alice.sees(bob, "stranger offline")
		again()
		bob.on()
		if told := alice.changes(); len(told) != 0 {
			t.Errorf("alice is told %q of somebody she does not follow", told)
		}
		if n := w.dht.count(inboxKey(bob.device.Key.Public())); n != 0 {
			t.Errorf("%d values were sent to somebody who is only followed", n)
		}
		for i := range maxFollowed {
			if _, err := alice.Follow(nobody(i)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := alice.Follow(bob.id()); err == nil {
			t.Error("more are followed than may be")
		}
	})
}

// nobody is the id of an account nobody has.
func nobody(i int) string {
	id := identity.AccountID{0xff}
	binary.BigEndian.PutUint32(id[16:], uint32(i))
	return id.String()
}

func TestWatchesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := people(t)
		alice.on()
		alice.add(bob) // the oldest
		for i := range maxWatched {
			time.Sleep(time.Millisecond)
			if err := alice.AddContact(t.Context(), nobody(i), ""); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if n := len(alice.presence.watched); n != maxWatched {
			t.Errorf("%d accounts are watched", n)
		}
		bob.on()
		alice.changes()
		alice.knows(bob, "requested offline")
		if err := alice.RemoveContact(t.Context(), nobody(1)); err != nil {
			t.Fatal(err)
		}
		alice.sees(bob, "requested online")
	})
}

// What others put under bob's id changes nothing.
func TestForgedPresence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := friends(t)
		key := wire.Hash(bob.account.ID())
		voided, err := gone(alice.device, 1<<63) // says that alice's device is gone
		if err != nil {
			t.Fatal(err)
		}
		forged := *voided
		forged.ID, forged.Owner = 2, bob.device.Key.Public()
		unsigned := value.Value{ID: 3, UserType: goneType, Data: voided.Data}
		for _, v := range []*value.Value{voided, &unsigned} {
			w.dht.Put(t.Context(), key, v)
		}
		if value.Verify(&forged) == nil {
			t.Error("a forged value has a good signature") // the DHT keeps those away
		}
		announced, err := Announce(alice.account, alice.device)
		if err != nil {
			t.Fatal(err)
		}
		w.dht.Put(t.Context(), key, announced)
		if told := alice.changes(); len(told) != 0 {
			t.Errorf("alice is told %q", told)
		}
		bob.off()
		alice.sees(bob, "confirmed offline")
	})
}

func TestAChangeWaitsOnce(t *testing.T) {
	f := newFeed()
	f.note(identity.AccountID{1}, identity.AccountID{2}, identity.AccountID{1})
	for _, want := range []byte{1, 2} {
		if id, ok := f.take(); !ok || id[0] != want {
			t.Errorf("took %v, want %d", id, want)
		}
	}
	if _, ok := f.take(); ok {
		t.Error("an account waits twice")
	}
	f.note(identity.AccountID{1})
	if id, ok := f.take(); !ok || id[0] != 1 {
		t.Errorf("took %v", id)
	}
}
