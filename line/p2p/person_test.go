// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/dht/value"
	"bellwire/identity"
	"bellwire/internal/netx"
	"bellwire/internal/testid"
	"bellwire/line/p2p/contacts"
	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/link/linktest"
	"bellwire/link/quic"
	"bellwire/media/codec"
	"bellwire/store"
)

// person is a phone that can be switched off and on again, with a book that is kept meanwhile.
type person struct {
	*Line
	w       *world
	t       *testing.T
	account *identity.Account
	device  *identity.Device
	host    netx.Net
	kept    store.Store
	refuse  bool // strangers
	jami    bool // its links carry no media
	links   *link.Endpoint
}

// person adds a phone to the LAN; on switches it on.
func (w *world) person(account, device string) *person {
	w.t.Helper()
	w.hosts++
	return &person{
		w: w, t: w.t, account: testid.Account(w.t, account), device: testid.Device(w.t, device),
		host: w.lan.Host(w.t, "10.0.0."+string(rune('0'+w.hosts))), kept: store.Memory(),
	}
}

// people starts a world with alice and bob in it.
func people(t *testing.T) (w *world, alice, bob *person) {
	w = newWorld(t)
	alice, bob = w.person("alice", "alice"), w.person("bob", "bob")
	w.up()
	return w, alice, bob
}

func (p *person) id() string { return p.account.ID().String() }

func (p *person) on() *person {
	p.t.Helper()
	book, err := contacts.Open(contacts.Config{Store: p.kept, Account: p.account.ID(), RefuseStrangers: p.refuse})
	if err != nil {
		p.t.Fatal(err)
	}
	var carrier link.Carrier
	if carrier, err = quic.New(ice.Config{Net: p.host}); err != nil {
		p.t.Fatal(err)
	}
	if p.jami {
		carrier = quiet{carrier}
	}
	p.links = linktest.Endpoint(p.t, link.Config{
		Device: p.device, Signaller: p.w.board.Join(p.device.Key.Public()), Carriers: []link.Carrier{carrier},
		Allow: func(_ context.Context, peer link.Peer) error { return book.Allow(peer.Account) },
	})
	p.Line, err = New(Config{
		Device: p.device, Announcement: p.announcement(), DHT: p.w.dht, Links: p.links, Contacts: book,
		Codecs: []codec.Codec{pcmu(p.t)}, Name: "name of " + p.id()[:4],
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { p.Line.Close() })
	synctest.Wait()
	return p
}

// announcements are those of all devices in these tests, as an account keeps its own: a signature takes
// long.
var announcements sync.Map

func (p *person) announcement() *value.Value {
	p.t.Helper()
	if v, made := announcements.Load(p.device.ID()); made {
		return v.(*value.Value)
	}
	v, err := Announce(p.account, p.device)
	if err != nil {
		p.t.Fatal(err)
	}
	announcements.Store(p.device.ID(), v)
	return v
}

// off switches the phone off politely.
func (p *person) off() {
	p.Line.Close()
	p.links.Close()
	synctest.Wait()
}

// crash ends the phone without a word to the DHT.
func (p *person) crash() {
	p.w.dht.cut(true)
	p.off()
	p.w.dht.cut(false)
}

// changes returns what ContactChanges says within two seconds, as "id state presence".
func (p *person) changes() (told []string) {
	deadline := time.After(2 * time.Second)
	for {
		select {
		case c := <-p.ContactChanges():
			told = append(told, c.ID[:4]+" "+c.State.String()+" "+c.Presence.String())
		case <-deadline:
			return told
		}
	}
}

// sees fails the test unless the last change of somebody within two seconds was to this.
func (p *person) sees(other *person, want string) {
	p.t.Helper()
	last := ""
	for _, c := range p.changes() {
		if rest, ok := strings.CutPrefix(c, other.id()[:4]+" "); ok {
			last = rest
		}
	}
	if last != want {
		p.t.Errorf("%s sees %s turn %q, want %q", p.id()[:4], other.id()[:4], last, want)
	}
	p.knows(other, want)
}

// knows fails the test unless the contacts are as wanted; empty means not in the book.
func (p *person) knows(other *person, want string) {
	p.t.Helper()
	is := ""
	for _, c := range p.Contacts() {
		if c.ID == other.id() {
			is = c.State.String() + " " + c.Presence.String()
		}
	}
	if want != "" && strings.HasPrefix(want, call.Stranger.String()) {
		want = ""
	}
	if is != want {
		p.t.Errorf("%s knows %s as %q, want %q", p.id()[:4], other.id()[:4], is, want)
	}
}

// add is AddContact.
func (p *person) add(other *person) {
	p.t.Helper()
	if err := p.AddContact(p.t.Context(), other.id(), ""); err != nil {
		p.t.Fatal(err)
	}
}

// befriend makes two who are on confirmed contacts.
func befriend(a, b *person) {
	a.t.Helper()
	a.add(b)
	b.changes()
	b.add(a)
	a.changes()
	b.changes()
	a.knows(b, "confirmed online")
	b.knows(a, "confirmed online")
}

// reads returns the next text that arrives within two seconds.
func (p *person) reads() call.Text {
	select {
	case text := <-p.Texts():
		return text
	case <-time.After(2 * time.Second):
		return call.Text{}
	}
}

// quiet is a carrier whose links carry no media, as those with Jami.
type quiet struct{ link.Carrier }

type quietAttempt struct{ link.Attempt }

type quietSession struct{ link.Session }

func (c quiet) Prepare(ctx context.Context, t link.Terms) (link.Attempt, error) {
	a, err := c.Carrier.Prepare(ctx, t)
	if err != nil {
		return nil, err
	}
	return quietAttempt{a}, nil
}

func (a quietAttempt) Connect(ctx context.Context, remote link.Remote) (link.Session, error) {
	s, err := a.Attempt.Connect(ctx, remote)
	if err != nil {
		return nil, err
	}
	return quietSession{s}, nil
}

func (quietSession) Media() (link.Media, bool) { return nil, false }
