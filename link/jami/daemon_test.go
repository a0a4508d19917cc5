// SPDX-License-Identifier: GPL-3.0-or-later

package jami_test

import (
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tinylib/msgp/msgp"

	"bellwire/link"
)

// Frames as today's daemon was recorded to send them.
const (
	saysVersion   = "92cdffffc40481a17601"
	asksBeacon    = "92cdffffc40481a170c3"
	answersBeacon = "92cdffffc40481a170c2"

	asksMsg1      = "9200c44993d9446d73673a386665376262346562333338373563383839353937333034643335336533643737393564393964336531646362323931376165326164633861643030326433350100"
	asksQuery2    = "9200c41393af737663646973633a2f2f71756572790200"
	asksSIP32768  = "9200c40993a3736970cd800000"
	asksMsg32769  = "9200c44b93d9446d73673a66663032333134356161306266616161623130356364666130363133623731653036303939316636613666396433386536666266653166653466393635333162cd800100"
	asksQuery3277 = "9200c41593af737663646973633a2f2f7175657279cd800200"

	text = "84a26964cf0013b44ab979dda4a174aa746578742f706c61696ea163ad68656c6c6f2066726f6d206e61a3726571c0"
)

// accepts and declines make the answer to a recorded request.
func accepts(request string) string  { return strings.TrimSuffix(request, "00") + "01" }
func declines(request string) string { return strings.TrimSuffix(request, "00") + "02" }

// daemon is a far end that speaks in recorded frames.
type daemon struct {
	*tls.Conn
	heard chan string // frames, in hexadecimal digits
}

// daemonPair returns a session of ours in this role, and the daemon at the other end.
func daemonPair(t *testing.T, role link.Role) (link.Session, *daemon) {
	t.Helper()
	e := newEnds(t, 10*time.Millisecond)
	a, b := e.wire.Ends()
	own, begin := e.bob, tls.Client
	if role == link.Requested {
		own, begin = e.alice, tls.Server
	}
	d := &daemon{heard: make(chan string, 100), Conn: begin(b, &tls.Config{
		InsecureSkipVerify: true,
		ClientAuth:         tls.RequireAnyClientCert,
		Certificates:       []tls.Certificate{own.TLSCertificate()},
	})}
	shaken := make(chan error, 1)
	go func() { shaken <- d.Handshake() }()
	s, err := e.attempt(t, role, a).Connect(t.Context(), half)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-shaken; err != nil {
		t.Fatal(err)
	}
	if p := d.ConnectionState(); p.Version != tls.VersionTLS13 || p.NegotiatedProtocol != "" || p.ServerName != "" || len(p.PeerCertificates) != 3 {
		t.Errorf("TLS %x with protocol %q, server name %q and %d certificates", p.Version, p.NegotiatedProtocol, p.ServerName, len(p.PeerCertificates))
	}
	go d.listen(t)
	t.Cleanup(func() {
		_ = s.Close()
		_ = d.Close()
	})
	return s, d
}

func (d *daemon) listen(t *testing.T) {
	defer close(d.heard)
	r := msgp.NewReader(d.Conn)
	for {
		if _, err := r.ReadArrayHeader(); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("the daemon reads: %v", err)
			}
			return
		}
		channel, _ := r.ReadUint16()
		payload, err := r.ReadBytes(nil)
		if err != nil {
			t.Errorf("the daemon reads: %v", err)
		}
		frame := msgp.AppendBytes(msgp.AppendUint64(msgp.AppendArrayHeader(nil, 2), uint64(channel)), payload)
		d.heard <- hex.EncodeToString(frame)
	}
}

func (d *daemon) say(t *testing.T, frames ...string) {
	t.Helper()
	for _, frame := range frames {
		b, err := hex.DecodeString(frame)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Write(b); err != nil {
			t.Fatalf("the daemon says %s: %v", frame, err)
		}
	}
}

// hears waits for frames, in this order.
func (d *daemon) hears(t *testing.T, frames ...string) {
	t.Helper()
	for _, want := range frames {
		if got := <-d.heard; got != want {
			t.Errorf("the daemon hears %s, want %s", got, want)
		}
	}
}

// answer accepts msg: and sip and declines the rest.
func answer(t *testing.T, s link.Session) (accepted net.Conn) {
	t.Helper()
	r, err := s.Accept(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Name != "sip" && !strings.HasPrefix(r.Name, "msg:") {
		r.Decline()
		return nil
	}
	conn, err := r.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func read(t *testing.T, conn net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want)/2)
	if _, err := io.ReadFull(conn, got); err != nil || hex.EncodeToString(got) != want {
		t.Errorf("read %x, %v; want %s", got, err, want)
	}
}

// We request: the daemon, asked, opens msg: and svcdisc: unasked, with numbers from 1, and answers ours
// from 32768.
func TestTodaysDaemonIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := daemonPair(t, link.Requester)
		d.say(t, asksMsg1, asksQuery2, saysVersion)
		d.hears(t, saysVersion, asksBeacon)
		msg := answer(t, s)
		d.hears(t, accepts(asksMsg1))
		if answer(t, s) != nil {
			t.Error("svcdisc: was accepted")
		}
		d.hears(t, declines(asksQuery2))
		d.say(t, answersBeacon)
		opened := make(chan net.Conn)
		go func() {
			conn, err := s.Open(t.Context(), "sip")
			if err != nil {
				t.Error(err)
			}
			opened <- conn
		}()
		d.hears(t, asksSIP32768)
		// Today's daemon sends a beacon and a message in one breath.
		d.say(t, accepts(asksSIP32768), asksBeacon, "9201c42f"+text, "92cd8000c4024f4b")
		sip := <-opened
		read(t, sip, "4f4b")
		read(t, msg, text)
		if _, err := sip.Write([]byte("INVITE")); err != nil {
			t.Fatal(err)
		}
		wantAmong(t, d, asksBeacon, answersBeacon, "92cd8000c406494e56495445")
		// Leaving in order: first the streams, then TLS.
		_ = s.Close()
		wantAmong(t, d, "9201c400", "92cd8000c400")
		if frame, more := <-d.heard; more {
			t.Errorf("the daemon hears %s behind the end", frame)
		}
	})
}

// wantAmong waits for frames in any order.
func wantAmong(t *testing.T, d *daemon, frames ...string) {
	t.Helper()
	missing := map[string]bool{}
	for _, frame := range frames {
		missing[frame] = true
	}
	for range frames {
		got := <-d.heard
		if !missing[got] {
			t.Errorf("the daemon hears %s", got)
		}
		delete(missing, got)
	}
	if len(missing) > 0 {
		t.Errorf("the daemon does not hear %v", missing)
	}
}

// We are asked: the daemon opens sip, msg: and svcdisc: from 32768; ours begin with 1.
func TestTodaysDaemonAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := daemonPair(t, link.Requested)
		d.say(t, asksSIP32768, saysVersion, asksMsg32769, asksQuery3277)
		d.hears(t, saysVersion, asksBeacon)
		d.say(t, answersBeacon)
		sip, msg := answer(t, s), answer(t, s)
		if answer(t, s) != nil {
			t.Error("svcdisc: was accepted")
		}
		d.hears(t, accepts(asksSIP32768), accepts(asksMsg32769), declines(asksQuery3277))
		d.say(t, "92cd8001c42f"+text, "92cd8000c406494e56495445")
		read(t, msg, text)
		read(t, sip, "494e56495445")
		opened := make(chan error)
		go func() {
			_, err := s.Open(t.Context(), "msg:x")
			opened <- err
		}()
		ask := fmt.Sprintf("9200c40993a5%x0100", "msg:x")
		wantAmong(t, d, ask, asksBeacon)
		d.say(t, declines(ask), answersBeacon)
		if err := <-opened; !errors.Is(err, link.ErrDeclined) {
			t.Errorf("open: %v, want ErrDeclined", err)
		}
		// The daemon leaves.
		_ = d.Close()
		<-s.Done()
		if !errors.Is(s.Err(), link.ErrClosed) {
			t.Errorf("error %v, want ErrClosed", s.Err())
		}
		if _, err := sip.Read(make([]byte, 1)); !errors.Is(err, link.ErrClosed) {
			t.Errorf("stream: error %v, want ErrClosed", err)
		}
	})
}

// A daemon that tells no version is not asked for signs of life, and is not taken for dead.
func TestDaemonOfVersionZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := daemonPair(t, link.Requester)
		d.hears(t, saysVersion)
		time.Sleep(10 * time.Minute)
		asksProbe := fmt.Sprintf("9200c40b93a5%xcd800100", "probe")
		go func() {
			d.hears(t, asksSIP32768)
			time.Sleep(5 * time.Second)
			d.say(t, accepts(asksSIP32768))
			d.hears(t, asksProbe)
			d.say(t, declines(asksProbe))
		}()
		if _, err := s.Open(t.Context(), "sip"); err != nil {
			t.Error(err)
		}
		if err := s.Probe(t.Context()); err != nil {
			t.Errorf("probe: %v", err)
		}
		if s.Err() != nil {
			t.Errorf("the link ended: %v", s.Err())
		}
	})
}
