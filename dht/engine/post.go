// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"slices"
	"time"

	"bellwire/dht/search"
	"bellwire/dht/table"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

const (
	listenNodes = 4  // that are asked to tell of changes
	maxPosts    = 16 // per family, those on their way out included

	// A node keeps a registration for ten minutes; we renew it earlier, in case the node has forgotten.
	registered = 10 * time.Minute
	renewLast  = 2 * time.Minute // after the confirmation

	// More often something has to pass between the node and us, so that its news is let through and we soon
	// see when it is gone: a ping, which is shorter, once for all registrations at the node. Most
	// translators keep half a minute (RFC 9000, section 10.1.2). Firewalls keep a minute, and two where
	// they follow RFC 6092, section 3.2.3.
	hearTranslated = 28 * time.Second // after the node's last answer to whatever
	hearDirect     = 55 * time.Second
)

// hearEvery is how long a node at which we listen may be silent.
func (f *family) hearEvery() time.Duration {
	if f.translated() {
		return hearTranslated
	}
	return hearDirect
}

// watcher is the part of a watch in one family.
type watcher struct {
	op    *Watch
	t     *target
	posts []*post
	done  bool
}

// post is a registration at one node.
type post struct {
	source
	node  *table.Node
	sid   uint32
	asked bool      // a request is under way
	good  bool      // the node confirmed the last one
	renew time.Time // when to look after it next
	last  time.Time // confirmation
	lost  bool      // the node was given up
}

func (p *watcher) leave() {
	p.done = true
	for _, post := range p.posts {
		p.forget(post)
	}
	p.t.watchers = slices.DeleteFunc(p.t.watchers, func(o *watcher) bool { return o == p })
	p.t.rest()
}

func (p *watcher) forget(post *post) {
	delete(p.t.f.posts, requestKey{post.node.ID, post.sid})
}

// step registers at the leading nodes and renews registrations.
func (p *watcher) step() {
	now := p.t.f.e.now
	for _, m := range p.leading() {
		post := p.post(m.Node)
		if post == nil {
			post = p.add(m.Node)
		}
		switch {
		case post.asked || post.renew.After(now):
		case post.good && now.Sub(post.last) < renewLast:
			p.hear(post)
		default:
			p.listen(m, post)
		}
	}
	p.tidy()
}

// hear has a node that keeps a registration say something, unless it did so lately for whatever reason.
func (p *watcher) hear(post *post) {
	now, n, every := p.t.f.e.now, post.node, p.t.f.hearEvery()
	if n.Pending() == 0 && now.Sub(n.LastReply()) >= every {
		p.t.f.ping(n)
	}
	next := n.LastReply().Add(every)
	if n.Pending() > 0 {
		next = now.Add(every / 8) // its answer tells more
	}
	post.renew = earlier(next, post.last.Add(renewLast))
}

// leading returns the closest nodes that can be listened at: all but the last of those known so far
// while the walk is not over.
func (p *watcher) leading() []*search.Member {
	var lead []*search.Member
	for _, m := range p.t.set.Members() {
		if m.Node.Expired() || p.t.sync != nil && p.t.sync.Behind(m) {
			continue
		}
		if len(lead) == listenNodes || !m.Synced(p.t.f.e.now) {
			break
		}
		lead = append(lead, m)
	}
	if !p.t.synced() && len(lead) > 0 {
		lead = lead[:len(lead)-1]
	}
	return lead
}

func (p *watcher) post(n *table.Node) *post {
	for _, post := range p.posts {
		if post.node == n && !post.lost {
			return post
		}
	}
	return nil
}

func (p *watcher) add(n *table.Node) *post {
	post := &post{node: n, sid: n.NextTID(p.t.f.e.rand.Uint32)}
	p.posts = append(p.posts, post)
	p.t.f.posts[requestKey{n.ID, post.sid}] = listening{p, post}
	return post
}

// tidy forgets registrations that ended and have nothing left to tell.
func (p *watcher) tidy() {
	old := func(post *post) bool {
		return len(post.held) == 0 && !post.asked && (post.lost || !post.last.IsZero() && p.t.f.e.now.Sub(post.last) > registered)
	}
	crowd, lead := len(p.posts)-maxPosts, p.leading()
	needed := func(one *post) bool {
		return !one.lost && slices.ContainsFunc(lead, func(m *search.Member) bool { return m.Node == one.node })
	}
	p.posts = slices.DeleteFunc(p.posts, func(one *post) bool {
		drop := old(one) || crowd > 0 && !needed(one)
		if drop {
			crowd--
			p.forget(one)
			p.op.close(&one.source)
		}
		return drop
	})
}

func (p *watcher) listen(m *search.Member, post *post) {
	post.asked = true
	r := p.t.f.request(post.node, wire.Message{
		Kind: wire.Listen, Target: p.op.key, Token: m.Node.Token, SID: post.sid, Updates: true,
		HasQuery: !p.op.query.IsZero(), Query: p.op.query,
	})
	r.done = func(reply *wire.Message) {
		post.asked, post.good = false, reply != nil && reply.Kind == wire.Reply
		now := p.t.f.e.now
		switch {
		case reply == nil:
			post.renew = now
		case reply.Kind == wire.Reply:
			post.node.AuthErrors = 0
			post.last, post.renew = now, now.Add(p.t.f.hearEvery())
		default:
			post.renew = p.t.f.refused(post.node)
		}
		p.t.wakeUp()
	}
	r.start()
}

// wake is when the next registration is due.
func (p *watcher) wake() time.Time {
	var at time.Time
	for _, m := range p.leading() {
		if post := p.post(m.Node); post != nil && !post.asked {
			at = earlier(at, post.renew)
		}
	}
	return at
}

// expired notes that a node was given up. What it told us is forgotten at the end of its life only,
// for others may still have it.
func (p *watcher) expired(n *table.Node) {
	for _, post := range p.posts {
		if post.node == n && !post.lost {
			post.lost = true
			p.forget(post)
		}
	}
}

// listening finds the registration an update belongs to.
type listening struct {
	part *watcher
	post *post
}

// updated takes what a node tells of a watched key. It reports whether it was for us.
func (f *family) updated(n *table.Node, sid uint32, m *wire.Message) bool {
	if n == nil {
		return false
	}
	l, found := f.posts[requestKey{n.ID, sid}]
	if !found {
		return false
	}
	op, s := l.part.op, &l.post.source
	for _, packed := range m.Values {
		if v, err := value.Parse(slices.Clone(packed)); err == nil {
			op.consider(s, v)
		}
	}
	op.refreshed(s, m.Refreshed)
	op.dropID(s, m.Expired...)
	return true
}
