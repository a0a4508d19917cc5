// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"reflect"
	"testing"
	"time"
)

// FuzzSocket lets a socket read arbitrary bytes. It must end for one of the known reasons, and what it
// says must be frames.
func FuzzSocket(f *testing.F) {
	for _, frames := range recorded(f) {
		var all []byte
		for _, frame := range frames {
			if !frame.cut && len(all) < 4096 {
				all = append(all, frame.bytes...)
			}
		}
		f.Add(all)
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		conn := &script{in: bytes.NewReader(said)}
		m := New(conn, FirstOfRequester, Config{Buffer: 256, Streams: 4, Backlog: 4})
		for {
			r, err := m.Accept(context.Background())
			if err != nil {
				break
			}
			if stream, err := r.Accept(); err == nil {
				go func() { _, _ = io.Copy(io.Discard, stream) }()
			}
		}
		err := m.Err()
		if !errors.Is(err, ErrEnded) && !errors.Is(err, ErrProtocol) && !errors.Is(err, ErrRefused) {
			t.Errorf("ended with %v", err)
		}
		_ = m.Close()
		checkFrames(t, conn.out)
	})
}

// checkFrames reads what a socket has written.
func checkFrames(t *testing.T, b []byte) {
	m := New(&script{in: bytes.NewReader(b)}, FirstOfRequested, Config{})
	<-m.Done()
	if !errors.Is(m.Err(), ErrEnded) {
		t.Errorf("% x is read as: %v", b, m.Err())
	}
	_ = m.Close()
}

// script is a connection on which the far end says what is written down, and hears everything.
type script struct {
	net.Conn
	in  *bytes.Reader
	out []byte // written by the socket's one writer
}

func (c *script) Read(p []byte) (int, error) { return c.in.Read(p) }

func (c *script) Write(p []byte) (int, error) {
	c.out = append(c.out, p...)
	return len(p), nil
}

func (c *script) SetWriteDeadline(time.Time) error { return nil }
func (c *script) Close() error                     { return nil }

// FuzzMessages reads the payloads of the two channels with a meaning of their own. What is understood is
// written and read again as the same.
func FuzzMessages(f *testing.F) {
	for _, frames := range recorded(f) {
		for _, frame := range frames {
			if len(frame.bytes) < 200 && !frame.cut {
				f.Add(frame.bytes[4:])
			}
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var all []control
		readControl(payload, func(c control) { all = append(all, c) })
		for _, c := range all {
			var again []control
			ok := readControl(c.message(), func(c control) { again = append(again, c) })
			if !ok || !reflect.DeepEqual(again, []control{c}) {
				t.Errorf("%v becomes %v", c, again)
			}
		}
		readProtocol(payload)
	})
}
