// SPDX-License-Identifier: GPL-3.0-or-later

package mux_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/internal/leak"
	"bellwire/link/jami/mux"
)

func TestStreamsByName(t *testing.T) {
	leak.Check(t)
	near, far := pair(t, mux.Config{})
	longest := strings.Repeat("n", 255)
	for _, m := range []*mux.Socket{near, far} {
		serve(m, map[string]func(net.Conn){"sip": echo, longest: echo})
	}
	for _, from := range []*mux.Socket{near, far} {
		for _, name := range []string{"sip", longest} {
			conn, err := from.Open(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			write(t, conn, "hello")
			want(t, conn, "hello")
			_ = conn.Close()
		}
		if _, err := from.Open(t.Context(), "svcdisc://query"); !errors.Is(err, mux.ErrDeclined) {
			t.Errorf("unknown name: error %v, want ErrDeclined", err)
		}
		for _, name := range []string{"", longest + "n", "\xff"} {
			if _, err := from.Open(t.Context(), name); !errors.Is(err, mux.ErrName) {
				t.Errorf("name of %d bytes: error %v, want ErrName", len(name), err)
			}
		}
	}
}

// What came before the end of a stream is read, then the end; nothing can be written any more.
func TestEndOfAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pair(t, mux.Config{})
		a, b := streams(t, near, far, "sip")
		write(t, a, "the last")
		_ = a.Close()
		if err := a.Close(); err != nil {
			t.Errorf("close again: %v", err)
		}
		synctest.Wait()
		if _, err := b.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("write to a closed stream: error %v", err)
		}
		want(t, b, "the last")
		if n, err := b.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("read %d bytes, error %v, want EOF", n, err)
		}
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("read from one's own closed stream: error %v", err)
		}
		if _, err := a.Write(nil); !errors.Is(err, net.ErrClosed) {
			t.Errorf("write to one's own closed stream: error %v", err)
		}
		_ = b.Close()
	})
}

func TestCloseWakesUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pair(t, mux.Config{Buffer: 10})
		a, _ := streams(t, near, far, "sip")
		var users sync.WaitGroup
		users.Go(func() {
			if _, err := a.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
				t.Errorf("read: error %v, want net.ErrClosed", err)
			}
		})
		for range 2 {
			users.Go(func() {
				if _, err := a.Write(make([]byte, 1<<20)); !errors.Is(err, net.ErrClosed) {
					t.Errorf("write: error %v, want net.ErrClosed", err)
				}
			})
		}
		synctest.Wait()
		_ = a.Close()
		users.Wait()
	})
}

func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pair(t, mux.Config{Buffer: 10})
		a, b := streams(t, near, far, "sip")
		begin := time.Now()
		_ = a.SetReadDeadline(begin.Add(time.Hour))
		_ = a.SetReadDeadline(begin.Add(3 * time.Second))
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != 3*time.Second {
			t.Errorf("read: %v after %v", err, time.Since(begin))
		}
		_ = a.SetDeadline(time.Now().Add(2 * time.Second))
		n, err := a.Write(make([]byte, 1<<20))
		if !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != 5*time.Second {
			t.Errorf("write: %v after %v", err, time.Since(begin))
		}
		if n == 0 || n == 1<<20 {
			t.Errorf("%d bytes were taken", n)
		}
		// The stream goes on where it was once there is time again.
		_ = a.SetDeadline(time.Time{})
		go func() { _, _ = a.Write([]byte("and on")) }()
		got := make([]byte, n+6)
		if _, err := io.ReadFull(b, got); err != nil || string(got[n:]) != "and on" {
			t.Errorf("read %q, %v", got[n:], err)
		}
		var over net.Error
		_ = a.SetReadDeadline(time.Now().Add(-time.Second))
		if _, err := a.Read(make([]byte, 1)); !errors.As(err, &over) || !over.Timeout() {
			t.Errorf("a deadline in the past: %v", err)
		}
	})
}

func TestOpenIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pair(t, mux.Config{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := near.Open(ctx, "sip"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the deadline", err)
		}
		synctest.Wait()
		r, err := far.Accept(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Accept(); !errors.Is(err, mux.ErrWithdrawn) {
			t.Errorf("error %v, want ErrWithdrawn", err)
		}
	})
}

func TestRequestsAreAnsweredOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pair(t, mux.Config{})
		a, _ := streams(t, near, far, "sip")
		go func() {
			r, err := far.Accept(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			r.Decline()
			r.Decline()
			if _, err := r.Accept(); !errors.Is(err, mux.ErrAnswered) {
				t.Errorf("accept after decline: %v", err)
			}
		}()
		if _, err := near.Open(t.Context(), "msg:x"); !errors.Is(err, mux.ErrDeclined) {
			t.Errorf("error %v, want ErrDeclined", err)
		}
		_ = a.Close()
	})
}

func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, _ := pair(t, mux.Config{Streams: 8, Backlog: 3})
		results := make(chan error, 10)
		ctx, cancel := context.WithCancel(t.Context())
		for range 10 {
			go func() {
				_, err := near.Open(ctx, "sip")
				results <- err
			}()
		}
		synctest.Wait()
		cancel()
		var many, refused, waited int
		for range 10 {
			switch err := <-results; {
			case errors.Is(err, mux.ErrTooMany):
				many++
			case errors.Is(err, mux.ErrDeclined):
				refused++
			case errors.Is(err, context.Canceled):
				waited++
			}
		}
		if waited != 3 || many+refused != 7 {
			t.Errorf("%d too many, %d declined, %d waited; want 3 to wait", many, refused, waited)
		}
	})
}

func TestPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pair(t, mux.Config{})
		<-near.Greeted()
		if near.Version() != 1 {
			t.Errorf("version %d", near.Version())
		}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if err := near.Ping(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		time.Sleep(time.Minute)
		if q := far.Quiet(); q != time.Minute {
			t.Errorf("quiet for %v, want a minute", q)
		}
		if err := far.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if q := far.Quiet(); q != 0 {
			t.Errorf("quiet for %v after an answer", q)
		}
	})
}

func TestEnd(t *testing.T) {
	reason := errors.New("reason")
	for name, c := range map[string]struct {
		end       func(*mux.Socket)
		near, far error
	}{
		"close":  {func(m *mux.Socket) { _ = m.Close() }, mux.ErrClosed, mux.ErrEnded},
		"refuse": {func(m *mux.Socket) { _ = m.Refuse() }, mux.ErrClosed, mux.ErrRefused},
		"abort":  {func(m *mux.Socket) { m.Abort(reason) }, reason, mux.ErrEnded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := pair(t, mux.Config{})
				a, b := streams(t, near, far, "sip")
				write(t, a, "bye")
				synctest.Wait()
				begin := time.Now()
				c.end(near)
				<-near.Done()
				<-far.Done()
				if took := time.Since(begin); took > time.Second {
					t.Errorf("it took %v", took)
				}
				if !errors.Is(near.Err(), c.near) || !errors.Is(far.Err(), c.far) {
					t.Errorf("errors %v and %v, want %v and %v", near.Err(), far.Err(), c.near, c.far)
				}
				want(t, b, "bye")
				if _, err := b.Read(make([]byte, 1)); err == nil {
					t.Error("a stream outlives its socket")
				}
				for end, m := range map[string]*mux.Socket{"near": near, "far": far} {
					if _, err := m.Open(t.Context(), "sip"); !errors.Is(err, m.Err()) {
						t.Errorf("%s: open: %v", end, err)
					}
					if _, err := m.Accept(t.Context()); !errors.Is(err, m.Err()) {
						t.Errorf("%s: accept: %v", end, err)
					}
					if err := m.Ping(t.Context()); !errors.Is(err, m.Err()) {
						t.Errorf("%s: ping: %v", end, err)
					}
				}
			})
		})
	}
}

// An end whose far end has stopped to read gives up, and closing it does not take long.
func TestFarEndThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		defer b.Close()
		m := mux.New(a, mux.FirstOfRequester, mux.Config{Write: 20 * time.Second})
		begin := time.Now()
		<-m.Done()
		if took := time.Since(begin); took != 20*time.Second || !errors.Is(m.Err(), mux.ErrStalled) {
			t.Errorf("%v after %v", m.Err(), took)
		}
		c, d := net.Pipe()
		defer d.Close()
		m = mux.New(c, mux.FirstOfRequester, mux.Config{})
		begin = time.Now()
		_ = m.Close()
		if took := time.Since(begin); took > time.Second {
			t.Errorf("closed after %v", took)
		}
	})
}

// A stream nobody reads holds up the others, but not what this end has to say, and nobody takes
// the silence of an end that is not read for death.
func TestStreamNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pair(t, mux.Config{Buffer: 1000, Write: time.Hour})
		lazy, unread := streams(t, near, far, "lazy")
		a, b := streams(t, near, far, "sip")
		go func() { _, _ = lazy.Write(make([]byte, 100_000)) }()
		synctest.Wait()
		write(t, b, "from the end that waits")
		want(t, a, "from the end that waits")
		time.Sleep(time.Minute)
		if q := far.Quiet(); q != 0 {
			t.Errorf("quiet for %v", q)
		}
		go func() { _, _ = a.Write([]byte("behind")) }()
		_ = unread.Close()
		want(t, b, "behind")
	})
}
