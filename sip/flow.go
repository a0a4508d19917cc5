// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

const (
	queueLen     = 1024             // messages waiting to be written before the peer counts as not reading
	writeTimeout = 30 * time.Second // for one message
	flushTimeout = time.Second      // for all that is queued when we close
	maxBad       = 100              // unreadable messages in a row before the peer is given up
)

// discard silences sipgo, which would log what peers send; this package does its own logging.
var discard = slog.New(slog.DiscardHandler)

// Flow is SIP in both directions over one connection to one peer.
//
// Its reader goroutine handles what arrives in order and never waits for a user; sessions have a goroutine each.
// Lock order: mu is a leaf, nothing is called with it held.
type Flow struct {
	ua     *UA
	conn   net.Conn
	tag    any
	log    *slog.Logger
	sentBy string         // host:port of our Via
	remote netip.AddrPort // the peer's end; invalid when it is no IP address and port
	parser *sipmsg.Parser

	out   chan []byte
	done  chan struct{} // closed when the flow is over
	ended chan struct{} // closed when its goroutines are, too
	wg    sync.WaitGroup
	texts atomic.Int64 // messages waiting for their answer

	mu       sync.Mutex
	err      error // why it is over; set before done is closed
	clients  map[string]*sipmsg.ClientTx
	servers  map[serverKey]*serverTx
	sessions map[sessionKey]*Session
	invites  map[mergeKey]*Session // incoming ones, to find a request that reached us twice
}

// sessionKey finds the session of a request or response: its dialogs share the Call-ID and our tag.
type sessionKey struct{ callID, localTag string }

// mergeKey finds requests that took two ways to us (RFC 3261 section 8.2.2.2).
type mergeKey struct {
	callID, fromTag string
	cseq            uint32
}

func newFlow(u *UA, conn net.Conn, tag any) *Flow {
	remote := addrPort(conn.RemoteAddr())
	f := &Flow{
		ua: u, conn: conn, tag: tag, remote: remote,
		log:      u.log.With("peer", remote),
		sentBy:   u.cfg.SentBy,
		parser:   newParser(),
		out:      make(chan []byte, queueLen),
		done:     make(chan struct{}),
		ended:    make(chan struct{}),
		clients:  map[string]*sipmsg.ClientTx{},
		servers:  map[serverKey]*serverTx{},
		sessions: map[sessionKey]*Session{},
		invites:  map[mergeKey]*Session{},
	}
	if f.sentBy == "" {
		f.sentBy = "bellwire.invalid"
		if local := addrPort(conn.LocalAddr()); local.IsValid() {
			f.sentBy = local.String()
		}
	}
	return f
}

// addrPort returns an address as IP address and port, invalid when it is something else.
func addrPort(a net.Addr) netip.AddrPort {
	if a == nil {
		return netip.AddrPort{}
	}
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port())
}

// Tag returns what Attach was given: the proved peer.
func (f *Flow) Tag() any { return f.tag }

// Done is closed when the connection ended; its sessions end with it.
func (f *Flow) Done() <-chan struct{} { return f.done }

// Err returns nil before Done is closed, then why the flow ended.
func (f *Flow) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// Close writes out what is queued (at most one second), closes the connection and returns when its goroutines ended.
func (f *Flow) Close() error {
	f.fail(ErrClosed)
	<-f.ended
	return nil
}

// run is the goroutine of the flow: it reads until the end, then waits for everything it started.
func (f *Flow) run() {
	f.wg.Go(f.write)
	f.fail(f.read())
	f.wg.Wait()
	f.dropServers()
	f.ua.forget(f)
	close(f.ended)
}

// spawn runs fn in a goroutine that the flow waits for; false when the flow is over.
func (f *Flow) spawn(fn func()) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return false
	}
	f.wg.Go(fn)
	return true
}

// fail ends the flow. Only the first reason counts.
func (f *Flow) fail(err error) {
	f.mu.Lock()
	if f.err != nil {
		f.mu.Unlock()
		return
	}
	f.err = err
	f.mu.Unlock()
	left := time.Duration(0)
	if !errors.Is(err, ErrFlowEnded) {
		left = flushTimeout
	}
	if f.conn.SetWriteDeadline(time.Now().Add(left)) != nil {
		_ = f.conn.Close() // no deadlines: a write under way could hold us for ever
	}
	close(f.done)
	if !errors.Is(err, ErrClosed) && !errors.Is(err, ErrFlowEnded) {
		f.log.Warn("flow closed", "err", err)
	}
}

// read handles message after message and returns why there are no more.
func (f *Flow) read() error {
	s := stream{r: f.conn}
	bad := 0
	for {
		b, headLen, err := s.next()
		if errors.Is(err, errLength) {
			f.refuseRaw(b, headLen)
		}
		switch {
		case errors.Is(err, errHeadTooLong), errors.Is(err, errTooLong), errors.Is(err, errLength), errors.Is(err, errJunk):
			return fmt.Errorf("%w: %w", ErrFlooded, err)
		case errors.Is(err, io.EOF):
			return ErrFlowEnded
		case err != nil:
			return fmt.Errorf("%w: %w", ErrFlowEnded, err)
		}
		bad++
		if ok, err := f.handle(b, headLen); err != nil {
			return err
		} else if ok {
			bad = 0
		}
		if bad > maxBad {
			return fmt.Errorf("%w: %d unreadable messages in a row", ErrFlooded, bad)
		}
	}
}

// handle takes one message where it belongs; false when it could not be read. Should anything it sets in motion panic,
// here or in sipgo's state machines, then this flow ends and not the process.
func (f *Flow) handle(b []byte, headLen int) (ok bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			f.log.Error("handling a message failed", "panic", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: a message could not be handled", ErrFlooded)
		}
	}()
	in, refused, err := parseInbound(f.parser, b, headLen)
	switch {
	case refused != nil:
		f.refuse(in, refused)
		return false, nil
	case err != nil:
		f.log.Debug("message dropped", "err", err)
		return false, nil
	case in.req != nil:
		f.onRequest(in)
	default:
		f.onResponse(in)
	}
	return true, nil
}

// write owns the sending side of the connection, and closes it.
func (f *Flow) write() {
	defer f.conn.Close()
	for {
		select {
		case b := <-f.out:
			_ = f.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
			if f.Err() != nil { // looked at after the deadline is set, which fail would have shortened
				f.flush(b)
				return
			}
			if _, err := f.conn.Write(b); err != nil {
				f.fail(fmt.Errorf("%w: %w", ErrFlowEnded, err))
				return
			}
		case <-f.done:
			f.flush(nil)
			return
		}
	}
}

// flush writes b and what is queued behind it, unless the connection is gone.
func (f *Flow) flush(b []byte) {
	if errors.Is(f.Err(), ErrFlowEnded) {
		return
	}
	_ = f.conn.SetWriteDeadline(time.Now().Add(flushTimeout))
	for {
		if len(b) > 0 {
			if _, err := f.conn.Write(b); err != nil {
				return
			}
		}
		select {
		case b = <-f.out:
		default:
			return
		}
	}
}

// send queues a message. It never waits: a peer that lets the queue fill up has stopped reading.
func (f *Flow) send(m sipmsg.Message) error {
	b := make(buffer, 0, 1024)
	m.StringWrite(&b)
	if len(b) > f.ua.cfg.MaxMessage {
		return fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, len(b), f.ua.cfg.MaxMessage)
	}
	return f.sendBytes(b)
}

// fits tells in advance whether a message may be sent.
func (f *Flow) fits(m sipmsg.Message) error {
	var n counter
	m.StringWrite(&n)
	if int(n) > f.ua.cfg.MaxMessage {
		return fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, n, f.ua.cfg.MaxMessage)
	}
	return nil
}

func (f *Flow) sendBytes(b []byte) error {
	select {
	case <-f.done:
		return f.Err()
	default:
	}
	select {
	case f.out <- b:
		return nil
	default:
		f.fail(fmt.Errorf("%w: %d messages are waiting to be written", ErrFlooded, queueLen))
		return ErrFlooded
	}
}

// buffer collects a message for StringWrite.
type buffer []byte

func (b *buffer) WriteString(s string) (int, error) {
	*b = append(*b, s...)
	return len(s), nil
}

// counter counts its bytes instead.
type counter int

func (n *counter) WriteString(s string) (int, error) {
	*n += counter(len(s))
	return len(s), nil
}

// wire is what sipgo's transactions see of a flow.
type wire struct{ f *Flow }

func (w wire) LocalAddr() net.Addr             { return w.f.conn.LocalAddr() }
func (w wire) WriteMsg(m sipmsg.Message) error { return w.f.send(m) }
func (w wire) Ref(int) int                     { return 1 }
func (w wire) TryClose() (int, error)          { return 1, nil }
func (w wire) Close() error                    { return nil }
