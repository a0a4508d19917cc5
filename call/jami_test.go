// SPDX-License-Identifier: GPL-3.0-or-later

package call_test

import (
	"context"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwire/call"
	"bellwire/media/codec"
	"bellwire/media/path"
	"bellwire/media/rtp"
	"bellwire/media/sdp"
	"bellwire/media/srtp"
	"bellwire/sip"
)

// recorded returns a description that two official clients exchanged.
func recorded(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../media/sdp/testdata/jami/" + name + ".sdp")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// jamiTerms are those towards Jami. Its codec is Opus by name alone, so that no library is needed.
func jamiTerms() call.Terms {
	opus := codec.PCMU()
	opus.Name, opus.ClockRate, opus.Channels, opus.PayloadType = "opus", 48000, 2, 104
	return call.Terms{
		Profile: sdp.Jami(), Codecs: []codec.Codec{opus},
		Suites:    []srtp.Suite{srtp.AESCM128SHA1_80, srtp.AESCM128SHA1_32},
		PlainRTCP: true, FreshKeys: true, UnsaidHold: true, DigitsByInfo: true,
	}
}

// jami is the far end of one call, which follows a script, and what our end of it has.
type jami struct {
	t       *testing.T
	session *sip.Session
	leg     *call.Leg
	way     *way
	texts   []string

	sequence uint16
}

// calledByJami makes a call with a recorded offer and returns our answer to it.
func calledByJami(t *testing.T, offer []byte) (j *jami, answer string) {
	t.Helper()
	return called(t, jamiTerms(), offer, nil)
}

// called is calledByJami under other terms, and with a log.
func called(t *testing.T, terms call.Terms, offer []byte, log *slog.Logger) (j *jami, answer string) {
	t.Helper()
	near, far := net.Pipe()
	ours, theirs := newUA(t), newUA(t)
	if _, err := ours.Attach(near, nil); err != nil {
		t.Fatal(err)
	}
	flow, err := theirs.Attach(far, nil)
	if err != nil {
		t.Fatal(err)
	}
	j = &jami{t: t, way: newWay()}
	var legs sync.WaitGroup
	t.Cleanup(func() { ours.Close(); theirs.Close(); legs.Wait() })
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		session, err := ours.Accept(t.Context())
		if err != nil {
			t.Error(err)
			return
		}
		in, err := call.NewIncoming(session, call.Ground{
			Path: j.way, Terms: terms, Log: log, Spawn: func(work func()) bool { legs.Go(work); return true },
			Text: func(body string) bool { j.texts = append(j.texts, body); return len(j.texts) < 3 },
		})
		if err != nil {
			t.Error(err)
			return
		}
		if j.leg, err = in.Answer(t.Context(), call.Setup{}); err != nil {
			t.Error(err)
		}
	}()
	invite := sip.Invite(sip.Request{
		From: sip.Address{URI: sip.URI{User: "a", Host: "ring.dht"}}, To: sip.Address{URI: sip.URI{Scheme: "sips", User: "b", Host: "192.0.2.1"}},
	})
	invite.ContentType, invite.Body = "application/sdp", offer
	if j.session, err = flow.Invite(t.Context(), invite); err != nil {
		t.Fatal(err)
	}
	for r := range j.session.Responses() {
		if r.Code == 200 {
			answer = string(r.Body)
		}
	}
	<-answered
	if t.Failed() {
		t.FailNow()
	}
	return j, answer
}

func newUA(t *testing.T) *sip.UA {
	t.Helper()
	ua, err := sip.NewUA(sip.Config{SentBy: "192.0.2.1:5061"})
	if err != nil {
		t.Fatal(err)
	}
	return ua
}

// reoffer sends a re-INVITE and returns our answer.
func (j *jami) reoffer(offer []byte) string {
	j.t.Helper()
	answer, err := j.session.Reinvite(j.t.Context(), offer)
	if err != nil {
		j.t.Fatal(err)
	}
	return string(answer)
}

// keyIn returns the first key of a description.
func keyIn(t *testing.T, description string) srtp.Key {
	t.Helper()
	_, rest, _ := strings.Cut(description, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 ")
	line, _, _ := strings.Cut(rest, "\r\n")
	key, err := srtp.ParseInline(srtp.AESCM128SHA1_80, line)
	if err != nil {
		t.Fatalf("%v in\n%s", err, description)
	}
	return key
}

// hears tells whether a far end that begins SRTP now, with this key, can open what we send, and from
// which source that is.
func (j *jami) hears(key srtp.Key) (ssrc uint32, all bool) {
	j.t.Helper()
	opener, err := srtp.NewOpener(srtp.AESCM128SHA1_80, key)
	if err != nil {
		j.t.Fatal(err)
	}
	j.way.drain()
	all = true
	for range 10 {
		plain, err := opener.OpenRTP(nil, <-j.way.sent)
		if err != nil {
			all = false
			continue
		}
		ssrc = rtp.SSRC(plain)
	}
	return ssrc, all
}

// speaks sends some packets and returns how many of them we took.
func (j *jami) speaks(key srtp.Key, ssrc uint32) uint64 {
	j.t.Helper()
	sealer, err := srtp.NewSealer(srtp.AESCM128SHA1_80, key)
	if err != nil {
		j.t.Fatal(err)
	}
	before := j.leg.Stats().Received
	for range 10 {
		j.sequence++
		h := rtp.Header{PayloadType: 104, Sequence: j.sequence, Timestamp: uint32(j.sequence) * 960, SSRC: ssrc}
		packet, err := sealer.SealRTP(nil, append(h.Append(nil), make([]byte, 160)...))
		if err != nil {
			j.t.Fatal(err)
		}
		(*j.way.rtp.Load())(packet)
		<-time.After(20 * time.Millisecond)
	}
	return j.leg.Stats().Received - before
}

// way is a path whose far end is the test. It describes ICE when it has to and connects when the test
// lets it.
type way struct {
	sent      chan []byte
	reports   chan []byte
	rtp, rtcp atomic.Pointer[func([]byte)]
	connect   chan struct{} // a restart takes an element
	closed    chan struct{}
	once      sync.Once
	restarts  int
}

func newWay() *way {
	w := &way{
		sent: make(chan []byte, 1000), reports: make(chan []byte, 1000),
		connect: make(chan struct{}, 10), closed: make(chan struct{}),
	}
	w.connect <- struct{}{}
	return w
}

func (w *way) SSRC() uint32 { return 0 }

func (w *way) Describe(_ context.Context, l *sdp.Local, offer *sdp.Agreement) error {
	if offer == nil && w.restarts == 0 || offer != nil && offer.Restart {
		w.restarts++
		l.ICE = sdp.ICE{Ufrag: "ufrag" + string(rune('0'+w.restarts)), Pwd: "passwordpasswordpassword"}
		l.Media[0].Candidates = []string{"H1 1 UDP 2130706431 192.0.2.1 4000 typ host", "H1 2 UDP 2130706430 192.0.2.1 4001 typ host"}
	}
	return nil
}

func (w *way) Connect(ctx context.Context, a *sdp.Agreement) error {
	if !a.Restart {
		return nil
	}
	select {
	case <-w.connect:
		return nil
	case <-w.closed:
		return path.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *way) WriteRTP(p []byte) error  { return w.write(w.sent, p) }
func (w *way) WriteRTCP(p []byte) error { return w.write(w.reports, p) }

func (w *way) write(to chan []byte, p []byte) error {
	select {
	case to <- append([]byte(nil), p...):
	default:
	}
	return nil
}

func (w *way) drain() {
	for len(w.sent) > 0 {
		<-w.sent
	}
}

func (w *way) Receive(rtp, rtcp func([]byte)) {
	w.rtp.Store(&rtp)
	w.rtcp.Store(&rtcp)
}

func (w *way) Close() error {
	w.once.Do(func() { close(w.closed) })
	return nil
}
