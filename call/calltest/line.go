// SPDX-License-Identifier: GPL-3.0-or-later

package calltest

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"bellwire/call"
	"bellwire/media/codec"
	"bellwire/media/sdp"
	"bellwire/media/srtp"
	"bellwire/sip"
)

// Line is one end of a wire with two ends: whatever is dialled, the other end rings. It implements
// call.Line. Each call of the pair takes a new media path, so one call is up at a time.
type Line struct {
	Name  string
	Terms call.Terms
	Flow  *sip.Flow
	// Path is this end's media path of the present call. A test may put another pair in place of the one
	// in memory; the calls close it.
	Path call.MediaPath
	// Probe and Text are given to the legs.
	Probe func(ctx context.Context) error
	Text  func(body string) bool

	t    testing.TB
	ua   *sip.UA
	wire *wire
	far  *Line
	legs sync.WaitGroup
}

// NewLines returns both ends. They are closed when the test ends.
func NewLines(t testing.TB) (a, b *Line) {
	t.Helper()
	near, far := net.Pipe()
	a, b = newLine(t, "a", &wire{Conn: near}), newLine(t, "b", &wire{Conn: far})
	a.far, b.far = b, a
	inMemoryA, inMemoryB := NewPaths()
	a.Path, b.Path = inMemoryA, inMemoryB
	t.Cleanup(func() {
		a.ua.Close()
		b.ua.Close()
		a.legs.Wait()
		b.legs.Wait()
		for _, path := range []call.MediaPath{a.Path, b.Path, inMemoryA, inMemoryB} {
			path.Close()
		}
	})
	return a, b
}

// wire is an end of the connection that can go silent.
type wire struct {
	net.Conn
	silent atomic.Bool
}

func (w *wire) Write(b []byte) (int, error) {
	if w.silent.Load() {
		return len(b), nil
	}
	return w.Conn.Write(b)
}

// Silence loses all SIP that this end sends from now on.
func (l *Line) Silence() { l.wire.silent.Store(true) }

// Vanish loses everything that this end sends from now on, as if it had lost its network.
func (l *Line) Vanish() {
	l.Silence()
	if p, ok := l.Path.(*Path); ok {
		p.Silence(true)
	}
}

func newLine(t testing.TB, name string, conn *wire) *Line {
	t.Helper()
	ua, err := sip.NewUA(sip.Config{SentBy: "192.0.2.1:5061"})
	if err != nil {
		t.Fatal(err)
	}
	flow, err := ua.Attach(conn, name)
	if err != nil {
		t.Fatal(err)
	}
	pcmu, ok := codec.Find("PCMU", 8000)
	if !ok {
		t.Fatal("there is no PCMU")
	}
	return &Line{
		Name: name, t: t, ua: ua, wire: conn, Flow: flow,
		Terms: call.Terms{
			Profile: sdp.Bellwire(),
			Codecs:  []codec.Codec{pcmu},
			Suites:  []srtp.Suite{srtp.AEADAES128GCM, srtp.AESCM128SHA1_80},
		},
	}
}

// ID returns the name of the end.
func (l *Line) ID() string { return l.Name }

// Kind returns "test".
func (l *Line) Kind() string { return "test" }

// Ready returns at once.
func (l *Line) Ready(context.Context) error { return nil }

// Dial calls the other end.
func (l *Line) Dial(ctx context.Context, target string, setup call.Setup) (*call.Leg, error) {
	return call.Invite(ctx, call.Outgoing{
		Flow: l.Flow,
		Request: sip.Request{
			From: sip.Address{Name: l.Name, URI: sip.URI{User: l.Name, Host: "example.org"}},
			To:   sip.Address{URI: sip.URI{Scheme: "sips", User: target, Host: "192.0.2.2"}},
		},
		Ground: l.ground(),
	}, setup)
}

// Accept returns the next call of the other end.
func (l *Line) Accept(ctx context.Context) (*call.Incoming, error) {
	session, err := l.ua.Accept(ctx)
	if err != nil {
		return nil, err
	}
	return call.NewIncoming(session, l.ground())
}

func (l *Line) ground() call.Ground {
	return call.Ground{
		Peer: call.Party{ID: l.far.Name}, Path: l.Path, Terms: l.Terms, Probe: l.Probe, Text: l.Text,
		Spawn: func(work func()) bool {
			l.legs.Go(work)
			return true
		},
	}
}

// NextSession returns the next call as SIP sees it, with an answer to its offer, for a test that answers
// in ways a leg does not. Nothing is sent or heard.
func (l *Line) NextSession(ctx context.Context) (session *sip.Session, answer []byte) {
	l.t.Helper()
	session, err := l.ua.Accept(ctx)
	if err != nil {
		l.t.Error(err)
		return nil, nil
	}
	pcmu, suite := l.Terms.Codecs[0], l.Terms.Suites[0]
	local := sdp.Local{Media: []sdp.LocalMedia{{
		Kind: "audio", Port: 9, Direction: sdp.SendRecv,
		Codecs: []sdp.Codec{{PayloadType: pcmu.PayloadType, Name: pcmu.Name, Clock: pcmu.ClockRate}},
		Crypto: []sdp.Crypto{{Suite: suite.String(), Params: srtp.NewKey(suite).Inline()}},
	}}}
	if err := l.Path.Describe(ctx, &local, nil); err != nil {
		l.t.Error(err)
	}
	answer, _, err = sdp.NewNegotiator(l.Terms.Profile, 1).Answer(session.Offer(), local)
	if err != nil {
		l.t.Error(err)
	}
	return session, answer
}

// Next is Accept in a test that expects a call.
func (l *Line) Next(ctx context.Context) *call.Incoming {
	l.t.Helper()
	in, err := l.Accept(ctx)
	if err != nil {
		l.t.Error(err)
		return nil
	}
	return in
}
