// SPDX-License-Identifier: GPL-3.0-or-later

package mux_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/link/jami/mux"
)

// raw is a far end that speaks in bytes.
type raw struct {
	net.Conn
	mu  sync.Mutex
	got []byte // what the socket wrote
}

// rawPair returns a socket and its far end, which reads everything.
func rawPair(t testing.TB, cfg mux.Config) (*mux.Socket, *raw) {
	t.Helper()
	a, b := net.Pipe()
	m := mux.New(a, mux.FirstOfRequester, cfg)
	far := &raw{Conn: b}
	read := make(chan struct{})
	go func() {
		defer close(read)
		p := make([]byte, 100_000)
		for {
			n, err := b.Read(p)
			far.mu.Lock()
			far.got = append(far.got, p[:n]...)
			far.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = m.Close()
		_ = b.Close()
		<-read
	})
	synctest.Wait()
	far.take()
	return m, far
}

// say writes frames in hexadecimal digits; spaces do not count.
func (r *raw) say(t testing.TB, frames string) {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(frames, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Write(b); err != nil {
		t.Fatalf("say %s: %v", frames, err)
	}
	synctest.Wait()
}

// take returns what the socket has written since the last time, in hexadecimal digits.
func (r *raw) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.got
	r.got = nil
	return hex.EncodeToString(b)
}

func (r *raw) heard(t testing.TB, frames string) {
	t.Helper()
	if got := r.take(); got != strings.ReplaceAll(frames, " ", "") {
		t.Errorf("it said %s, want %s", got, frames)
	}
}

// open makes the far end open the stream "sip" with this number.
func (r *raw) open(t testing.TB, m *mux.Socket, number string) net.Conn {
	t.Helper()
	r.say(t, "92 00 c4 09 93 a3 736970 cd "+number+" 00")
	request, err := m.Accept(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := request.Accept()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	r.heard(t, "92 00 c4 09 93 a3 736970 cd "+number+" 01")
	return conn
}

func TestWords(t *testing.T) {
	for name, c := range map[string]struct{ say, hear string }{
		"beacon":                     {"92 cd ffff c4 04 81 a1 70 c3", "92 cd ffff c4 04 81 a1 70 c2"},
		"two beacons in one frame":   {"92 cd ffff c4 08 81a170c3 81a170c3", "92 cd ffff c4 04 81 a1 70 c2"},
		"version and beacon":         {"92 cd ffff c4 07 82 a176 01 a170 c3", "92 cd ffff c4 04 81 a1 70 c2"},
		"the longest forms":          {"92 ce 0000ffff c5 0004 81 a1 70 c3", "92 cd ffff c4 04 81 a1 70 c2"},
		"payload as str":             {"92 cd ffff a4 81 a1 70 c3", "92 cd ffff c4 04 81 a1 70 c2"},
		"elements behind":            {"95 cd ffff c4 04 81 a1 70 c3 c0 92 01 02 a1 78", "92 cd ffff c4 04 81 a1 70 c2"},
		"array of 16 bits":           {"dc 0002 cd ffff c4 04 81 a1 70 c3", "92 cd ffff c4 04 81 a1 70 c2"},
		"a stranger in the map":      {"92 cd ffff c4 0a 83 a178 91 c0 05 06 a170 c3", "92 cd ffff c4 04 81 a1 70 c2"},
		"sign of life unasked":       {"92 cd ffff c4 04 81 a1 70 c2", ""},
		"version that is no number":  {"92 cd ffff c4 05 81 a1 76 a1 78", ""},
		"beacon that is no boolean":  {"92 cd ffff c4 04 81 a1 70 01", ""},
		"protocol message of a list": {"92 cd ffff c4 03 92 01 02", ""},
		"empty protocol message":     {"92 cd ffff c4 00", ""},
		"empty control message":      {"92 00 c4 00", ""},
		"control message of a map":   {"92 00 c4 04 81 a1 70 c3", ""},
		"control message too short":  {"92 00 c4 03 92 01 02", ""},
		"unknown state":              {"92 00 c4 09 93 a3 736970 cd 0100 07", ""},
		"acceptance of nothing":      {"92 00 c4 09 93 a3 736970 cd 8000 01", ""},
		"refusal of nothing":         {"92 00 c4 09 93 a3 736970 cd 8000 02", ""},
		"data for nobody":            {"92 05 c4 03 010203", ""},
		"end of nothing":             {"92 05 c4 00", ""},
		"channel 0":                  {"92 00 c4 07 93 a3 736970 00 00", "92 00 c4 07 93 a3 736970 00 02"},
		"channel 65535":              {"92 00 c4 09 93 a3 736970 cd ffff 00", "92 00 c4 09 93 a3 736970 cd ffff 02"},
		"no name":                    {"92 00 c4 04 93 a0 05 00", "92 00 c4 04 93 a0 05 02"},
		"name that is not UTF-8":     {"92 00 c4 05 93 a1 ff 05 00", "92 00 c4 05 93 a1 ff 05 02"},
		"a fourth element":           {"92 00 c4 0a 94 a1 78 05 09 82 0102 0304", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, far := rawPair(t, mux.Config{})
				far.say(t, c.say)
				far.heard(t, c.hear)
				bytes := strings.ReplaceAll(c.say, " ", "")
				for i := 0; i < len(bytes); i += 2 {
					far.say(t, bytes[i:i+2])
				}
				far.heard(t, c.hear)
				if err := m.Err(); err != nil {
					t.Errorf("the socket ended: %v", err)
				}
			})
		})
	}
}

func TestNonsenseEndsTheSocket(t *testing.T) {
	for name, say := range map[string]string{
		"not a list":                "c0",
		"HTTP":                      hex.EncodeToString([]byte("GET / HTTP/1.1\r\n")),
		"one element":               "91 05",
		"many elements":             "dd ffffffff",
		"negative channel":          "92 ff",
		"channel too large":         "92 ce 00010000",
		"payload of a number":       "92 05 05",
		"payload too long":          "92 05 c6 00010000",
		"payload of 4 GiB":          "92 05 c6 ffffffff",
		"control of no MessagePack": "92 00 c4 01 c1",
		"control cut short":         "92 00 c4 03 93 a3 73",
		"channel of 17 bits":        "92 00 c4 08 93 a1 78 ce 00010000 00",
		"protocol cut short":        "92 cd ffff c4 02 81 a1",
		"deep nesting behind":       "93 05 c4 00" + strings.Repeat("91", 100),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, far := rawPair(t, mux.Config{})
				far.say(t, say)
				if err := m.Err(); !errors.Is(err, mux.ErrProtocol) {
					t.Errorf("error %v, want ErrProtocol", err)
				}
			})
		})
	}
}

func TestNumberInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, far := rawPair(t, mux.Config{})
		conn := far.open(t, m, "0100")
		far.say(t, "92 00 c4 09 93 a3 736971 cd 0100 00")
		far.heard(t, "92 00 c4 09 93 a3 736971 cd 0100 02")
		far.say(t, "92 cd 0100 c4 02 6869")
		want(t, conn, "hi")
		// The number is free again once either end has closed the stream.
		_ = conn.Close()
		synctest.Wait()
		far.heard(t, "92 cd 0100 c4 00")
		far.say(t, "92 cd 0100 c4 02 6869")
		conn = far.open(t, m, "0100")
		far.say(t, "92 cd 0100 c4 00")
		far.open(t, m, "0100")
		// Closing what the far end has closed says nothing: the number has another user by now.
		_ = conn.Close()
		synctest.Wait()
		far.heard(t, "")
	})
}

// Both ends ask for one number: neither gets it, and this end asks again with another.
func TestCollision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, far := rawPair(t, mux.Config{})
		opened := make(chan net.Conn, 1)
		go func() {
			conn, err := m.Open(t.Context(), "sip")
			if err != nil {
				t.Error(err)
			}
			opened <- conn
		}()
		synctest.Wait()
		far.heard(t, "92 00 c4 09 93 a3 736970 cd 8000 00")
		far.say(t, "92 00 c4 09 93 a3 6d7367 cd 8000 00")
		far.heard(t, "92 00 c4 09 93 a3 6d7367 cd 8000 02")
		far.say(t, "92 00 c4 09 93 a3 736970 cd 8000 02")
		again := far.take()
		if !strings.HasPrefix(again, "9200c40993a3736970cd") || !strings.HasSuffix(again, "00") {
			t.Fatalf("it said %s", again)
		}
		number := again[20:24]
		// An answer under another name is none.
		far.say(t, "92 00 c4 09 93 a3 6d7367 cd "+number+" 02")
		far.say(t, "92 00 c4 09 93 a3 736970 cd "+number+" 01")
		conn := <-opened
		write(t, conn, "hi")
		synctest.Wait()
		far.heard(t, "92 cd "+number+" c4 02 6869")
	})
}

// Two ends that count alike still find numbers.
func TestSameHalf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		ends := []*mux.Socket{mux.New(a, mux.FirstOfRequester, mux.Config{}), mux.New(b, mux.FirstOfRequester, mux.Config{})}
		var both sync.WaitGroup
		for _, m := range ends {
			serve(m, map[string]func(net.Conn){"sip": echo})
			both.Go(func() {
				conn, err := m.Open(t.Context(), "sip")
				if err != nil {
					t.Error(err)
					return
				}
				write(t, conn, "hi")
				want(t, conn, "hi")
			})
		}
		both.Wait()
		_, _ = ends[0].Close(), ends[1].Close()
	})
}

// Data may overtake the acceptance of its stream, in either direction, but not without bound.
func TestEarlyData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, far := rawPair(t, mux.Config{Buffer: 8})
		go func() {
			if conn, err := m.Open(t.Context(), "sip"); err != nil {
				t.Error(err)
			} else {
				want(t, conn, "early")
			}
		}()
		synctest.Wait()
		far.say(t, "92 cd 8000 c4 05 6561726c79 92 00 c4 09 93 a3 736970 cd 8000 01")
		far.take()

		far.say(t, "92 00 c4 05 93 a1 78 05 00 92 05 c4 05 6561726c79")
		r, err := m.Accept(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		conn, err := r.Accept()
		if err != nil {
			t.Fatal(err)
		}
		want(t, conn, "early")
		synctest.Wait()
		far.take()

		far.say(t, "92 00 c4 05 93 a1 78 06 00 92 06 c4 09 010203040506070809")
		far.heard(t, "92 00 c4 05 93 a1 78 06 02")
		if r, err = m.Accept(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Accept(); !errors.Is(err, mux.ErrProtocol) {
			t.Errorf("error %v, want ErrProtocol", err)
		}
		if m.Err() != nil {
			t.Errorf("the socket ended: %v", m.Err())
		}
	})
}

// Pings share a beacon until it is answered, and the time it took is remembered.
func TestOneBeaconAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, far := rawPair(t, mux.Config{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := m.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the deadline", err)
		}
		m.Beacon()
		pinged := make(chan error)
		go func() { pinged <- m.Ping(t.Context()) }()
		time.Sleep(time.Second)
		far.heard(t, "92 cd ffff c4 04 81 a1 70 c3")
		far.say(t, "92 cd ffff c4 04 81 a1 70 c2")
		if err := <-pinged; err != nil {
			t.Error(err)
		}
		if rtt := m.RTT(); rtt != 2*time.Second {
			t.Errorf("round-trip time %v, want 2 s", rtt)
		}
		m.Beacon()
		time.Sleep(time.Millisecond)
		far.say(t, "92 cd ffff c4 04 81 a1 70 c2")
		if rtt := m.RTT(); rtt < 1750*time.Millisecond || rtt > 1751*time.Millisecond {
			t.Errorf("round-trip time %v, want 1.75 s", rtt)
		}
	})
}

// An end that asks and does not read is cut off before what it is owed takes much memory.
func TestFloodOfRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		m := mux.New(a, mux.FirstOfRequester, mux.Config{})
		asked := append([]byte{0x92, 0, 0xc5, 0x10, 0x06, 0x93, 0xda, 0x10, 0x00}, bytes.Repeat([]byte("x"), 4096)...)
		asked = append(asked, 5, 0)
		_ = b.SetWriteDeadline(time.Now().Add(time.Minute))
		n := 0
		for ; n < 1000; n++ {
			if _, err := b.Write(asked); err != nil {
				break
			}
		}
		<-m.Done()
		// 128 KiB may wait, and as much be on its way out.
		if !errors.Is(m.Err(), mux.ErrStalled) || n < 25 || n > 70 {
			t.Errorf("ended with %v after %d requests", m.Err(), n)
		}
		_ = b.Close()
		_ = m.Close()
	})
}

// What the far end said before it hung up is the reason, not that writing to it failed.
func TestReasonBehindABrokenPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reason := errors.New("bad certificate")
		conn := &broken{readable: make(chan struct{}), reason: reason}
		m := mux.New(conn, mux.FirstOfRequester, mux.Config{})
		time.Sleep(100 * time.Millisecond)
		close(conn.readable)
		<-m.Done()
		if !errors.Is(m.Err(), reason) {
			t.Errorf("error %v, want %v", m.Err(), reason)
		}
		_ = m.Close()

		conn = &broken{readable: make(chan struct{}), reason: io.EOF}
		m = mux.New(conn, mux.FirstOfRequester, mux.Config{})
		<-m.Done()
		if !errors.Is(m.Err(), io.ErrClosedPipe) {
			t.Errorf("error %v, want that of the write", m.Err())
		}
		close(conn.readable)
		_ = m.Close()
	})
}

// broken cannot be written to.
type broken struct {
	net.Conn
	readable chan struct{}
	reason   error
}

func (c *broken) Read([]byte) (int, error) {
	<-c.readable
	return 0, c.reason
}

func (c *broken) Write([]byte) (int, error)        { return 0, io.ErrClosedPipe }
func (c *broken) SetWriteDeadline(time.Time) error { return nil }
func (c *broken) Close() error                     { return nil }
