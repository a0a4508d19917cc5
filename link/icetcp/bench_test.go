// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"io"
	"net"
	"sync"
	"testing"
)

func BenchmarkStream(b *testing.B) {
	sa, sb := streams(b)
	const size = 16 << 10
	b.SetBytes(size)
	b.ReportAllocs()
	var reading sync.WaitGroup
	reading.Go(func() {
		_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{sb}, make([]byte, 32<<10))
	})
	block := make([]byte, size)
	for b.Loop() {
		if _, err := sa.Write(block); err != nil {
			b.Fatal(err)
		}
	}
	_ = sa.Close()
	reading.Wait()
}

// BenchmarkTCP is the same without frames, to compare with.
func BenchmarkTCP(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	sa, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	sb, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	defer sb.Close()
	const size = 16 << 10
	b.SetBytes(size)
	var reading sync.WaitGroup
	reading.Go(func() {
		_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{sb}, make([]byte, 32<<10))
	})
	block := make([]byte, size)
	for b.Loop() {
		if _, err := sa.Write(block); err != nil {
			b.Fatal(err)
		}
	}
	_ = sa.Close()
	reading.Wait()
}
