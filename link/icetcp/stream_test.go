// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"bellwire/internal/leak"
	"bellwire/link/ice"
)

// streams connects two agents.
func streams(t testing.TB) (sa, sb net.Conn) {
	cfg := loopback(t)
	a, b := gather(t, cfg, ice.Controlled), gather(t, cfg, ice.Controlling)
	return connect(t, a, b, knows(a, all), knows(b, all))
}

// nominated returns a stream whose far end the test plays.
func nominated(t testing.TB) (net.Conn, *wire, *Agent) {
	t.Helper()
	a := gather(t, loopback(t), ice.Controlled)
	w := dialAgent(t, a)
	frame, id := asking(t, alice, a.own, ice.Controlling, true)
	w.send(frame)
	w.answerTo(id)
	conn, err := a.Connect(t.Context(), waits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn, w, a
}

// Bulk data in both directions at once arrives as it was sent, with checks in between that nobody
// sees.
func TestBulk(t *testing.T) {
	leak.Check(t)
	sa, sb := streams(t)
	const size = 50 << 20
	begin := time.Now()
	var work sync.WaitGroup
	for seed, ends := range map[uint64][2]net.Conn{1: {sa, sb}, 2: {sb, sa}} {
		from, to := ends[0], ends[1]
		sent, got := sha256.New(), sha256.New()
		var sending sync.WaitGroup
		sending.Go(func() {
			send(t, from, size, seed, sent)
		})
		work.Go(func() {
			n, err := io.CopyBuffer(struct{ io.Writer }{got}, io.LimitReader(to, size), make([]byte, 1000+int(seed)*40_000))
			sending.Wait()
			if n != size || err != nil || !bytes.Equal(sent.Sum(nil), got.Sum(nil)) {
				t.Errorf("%d bytes arrived of %d, %v", n, size, err)
			}
		})
	}
	work.Wait()
	t.Logf("%d MB each way in %v", size>>20, time.Since(begin))
}

// send writes pieces of all sizes and a check now and then.
func send(t testing.TB, to net.Conn, size int, seed uint64, sent hash.Hash) {
	random := rand.New(rand.NewPCG(seed, 0))
	block := make([]byte, 200_000)
	for i := range block {
		block[i] = byte(random.Uint32())
	}
	for left := size; left > 0; {
		n := min(left, 1+random.IntN(1<<(1+random.IntN(17))))
		at := random.IntN(len(block) - n)
		sent.Write(block[at : at+n])
		if _, err := to.Write(block[at : at+n]); err != nil {
			t.Error(err)
			return
		}
		if random.IntN(100) == 0 {
			frame, _ := asking(t, alice, bob, ice.Controlling, false)
			to.(*stream).out.answer(frame)
		}
		left -= n
	}
}

// Checks are answered and hidden; data between them is not disturbed.
func TestStreamAnswersChecks(t *testing.T) {
	leak.Check(t)
	conn, w, a := nominated(t)
	good, goodID := asking(t, alice, a.own, ice.Controlling, true)
	bad, badID := asking(t, alice, secret{a.own.ufrag, "notItsPassword01234567"}, ice.Controlling, true)
	w.send(framed([]byte("a")), good, framed(nil), framed(indication(t)), bad, framed([]byte("b")))
	hear(t, conn, "ab")
	// Between two reads nothing is answered; a check that arrives is when the reader comes to it.
	answers := map[[12]byte]stun.MessageType{}
	m := w.message()
	answers[m.TransactionID] = m.Type
	m = w.message()
	answers[m.TransactionID] = m.Type
	if answers[goodID] != stun.BindingSuccess || answers[badID] != stun.BindingError {
		t.Errorf("answers %v", answers)
	}
	// What only resembles a check is data.
	resembling := bytes.Clone(good)
	resembling[len(resembling)-1]++
	w.send(resembling)
	hear(t, conn, string(resembling[frameHeader:]))
}

// One write is one frame and one segment, up to the size of a TLS record.
func TestWriteIsOneFrame(t *testing.T) {
	leak.Check(t)
	conn, w, _ := nominated(t)
	for _, size := range []int{1, 1000, maxWritten} {
		if n, err := conn.Write(make([]byte, size)); n != size || err != nil {
			t.Fatal(n, err)
		}
		b := make([]byte, frameHeader+size)
		if _, err := io.ReadFull(w, b); err != nil || int(b[0])<<8|int(b[1]) != size {
			t.Errorf("%d bytes start with %x, %v", size, b[:2], err)
		}
	}
	if n, err := conn.Write(make([]byte, 2*maxWritten+1)); n != 2*maxWritten+1 || err != nil {
		t.Fatal(n, err)
	}
	if _, stream := drain(t, io.LimitReader(w, 2*maxWritten+1+3*frameHeader)); len(stream) != 2*maxWritten+1 {
		t.Errorf("%d bytes arrive", len(stream))
	}
	if n, err := conn.Write(nil); n != 0 || err != nil {
		t.Error(n, err)
	}
}

func TestDeadlines(t *testing.T) {
	leak.Check(t)
	sa, sb := streams(t)
	_ = sa.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
	if _, err := sa.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v, want that the time is over", err)
	}
	_ = sa.SetDeadline(time.Time{})
	say(t, sb, sa, "still there")

	// A write that ends at its deadline says how far it came; what follows joins on.
	text := make([]byte, 1<<20)
	for i := range text {
		text[i] = byte(i * 7 >> 3)
	}
	var written []byte
	for range 3 {
		_ = sa.SetWriteDeadline(time.Now().Add(20 * time.Millisecond))
		for {
			n, err := sa.Write(text)
			written = append(written, text[:n]...)
			if err != nil {
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatal(err)
				}
				break
			}
		}
		got := make([]byte, 300_001)
		if _, err := io.ReadFull(sb, got); err != nil || !bytes.Equal(got, written[:len(got)]) {
			t.Fatalf("what arrives is not what was written, %v", err)
		}
		written = written[len(got):]
	}
	_ = sa.SetDeadline(time.Time{})
	var writing sync.WaitGroup
	writing.Go(func() { _, _ = sa.Write([]byte("end")) })
	hear(t, sb, string(written)+"end")
	writing.Wait()
}

// A reader that has to answer checks goes on reading although the far end does not.
func TestAnsweringNeverBlocks(t *testing.T) {
	leak.Check(t)
	conn, w, a := nominated(t)
	_ = conn.SetWriteDeadline(time.Now().Add(20 * time.Millisecond))
	for err := error(nil); err == nil; { // until nothing more can be sent
		_, err = conn.Write(make([]byte, 1<<20))
	}
	_ = conn.SetWriteDeadline(time.Time{})
	frame, _ := asking(t, alice, a.own, ice.Controlling, false)
	for range 3 {
		w.send(frame, framed([]byte("read on")))
		hear(t, conn, "read on")
	}
}

func TestEnds(t *testing.T) {
	t.Run("orderly", func(t *testing.T) {
		leak.Check(t)
		sa, sb := streams(t)
		long := bytes.Repeat([]byte("long"), 100_000)
		var writing sync.WaitGroup
		writing.Go(func() {
			if _, err := sa.Write(long); err != nil {
				t.Error(err)
			}
			if err := sa.Close(); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(20 * time.Millisecond)
		got, err := io.ReadAll(sb)
		if err != nil || !bytes.Equal(got, long) {
			t.Errorf("%d bytes of %d arrive before the end, %v", len(got), len(long), err)
		}
		writing.Wait()
		if _, err := sa.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v, want %v", err, net.ErrClosed)
		}
		if _, err := sa.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v, want %v", err, net.ErrClosed)
		}
		if err := sa.Close(); err != nil {
			t.Errorf("closed again: %v", err)
		}
	})
	// The kernel closes the sockets of a process that dies, and no one calls Close before.
	t.Run("death", func(t *testing.T) {
		leak.Check(t)
		sa, sb := streams(t)
		if err := sa.(*stream).Conn.Close(); err != nil {
			t.Fatal(err)
		}
		_ = sb.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := sb.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the far end learns %v, want a reset", err)
		}
	})
	t.Run("in the middle of a frame", func(t *testing.T) {
		leak.Check(t)
		conn, w, _ := nominated(t)
		w.send([]byte{0, 10, 'a'})
		hear(t, conn, "a")
		_ = w.Close()
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v, want %v", err, io.ErrUnexpectedEOF)
		}
	})
}

func TestDataPathAllocatesNothing(t *testing.T) {
	sa, sb := streams(t)
	b := make([]byte, 1000)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := sa.Write(b); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(sb, b); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations for each piece", n)
	}
}
