// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/media"
	"bellwire/media/codec"
	"bellwire/media/path"
	"bellwire/media/sdp"
	"bellwire/media/srtp"
	"bellwire/sip"
)

// ends are two user agents with a connection between them.
type ends struct {
	t            *testing.T
	a, b         *sip.UA
	flowA, flowB *sip.Flow
	pathA, pathB *memoryPath
	terms        Terms
}

func newEnds(t *testing.T) *ends {
	t.Helper()
	e := &ends{t: t, terms: Terms{
		Profile: sdp.Bellwire(),
		Codecs:  codecs(t, "PCMU"),
		Suites:  []srtp.Suite{srtp.AEADAES128GCM, srtp.AESCM128SHA1_80},
	}}
	e.pathA, e.pathB = newPaths()
	near, far := net.Pipe()
	e.a, e.flowA = agent(t, near)
	e.b, e.flowB = agent(t, far)
	t.Cleanup(func() {
		e.a.Close()
		e.b.Close()
		synctest.Wait()
	})
	return e
}

func agent(t *testing.T, conn net.Conn) (*sip.UA, *sip.Flow) {
	t.Helper()
	ua, err := sip.NewUA(sip.Config{SentBy: "192.0.2.1:5061"})
	if err != nil {
		t.Fatal(err)
	}
	flow, err := ua.Attach(conn, "peer")
	if err != nil {
		t.Fatal(err)
	}
	return ua, flow
}

func codecs(t *testing.T, names ...string) (list []codec.Codec) {
	t.Helper()
	for _, name := range names {
		for _, c := range codec.List() {
			if c.Name == name {
				list = append(list, c)
			}
		}
	}
	if len(list) != len(names) {
		t.Fatalf("codecs %v are not all there", names)
	}
	return list
}

// outgoing is a call from a to b.
func (e *ends) outgoing() Outgoing {
	return Outgoing{
		Flow: e.flowA,
		Request: sip.Request{
			From: sip.Address{Name: "A", URI: sip.URI{User: "a", Host: "example.org"}},
			To:   sip.Address{URI: sip.URI{Scheme: "sips", User: "b", Host: "192.0.2.2"}},
		},
		Peer:  Party{ID: "b"},
		Path:  e.pathA,
		Terms: e.terms,
	}
}

// next waits for the call at b.
func (e *ends) next(ctx context.Context) *Incoming {
	e.t.Helper()
	session, err := e.b.Accept(ctx)
	if err != nil {
		e.t.Fatal(err)
	}
	return NewIncoming(session, Party{ID: "a"}, e.pathB, e.terms, nil)
}

// memoryPath is one end of a media path in memory. Packets arrive 10 ms after they were sent, each
// on a goroutine of the path's own.
type memoryPath struct {
	ssrc      uint32
	far       *memoryPath
	packets   chan []byte
	rtp, rtcp atomic.Pointer[func([]byte)]
	connected atomic.Int32 // how often Connect was called
	closed    chan struct{}
	once      sync.Once
	reader    sync.WaitGroup
}

const pathDelay = 10 * time.Millisecond

func newPaths() (a, b *memoryPath) {
	a, b = newPath(), newPath()
	a.far, b.far = b, a
	return a, b
}

func newPath() *memoryPath {
	p := &memoryPath{ssrc: media.NewSSRC(), packets: make(chan []byte, 1000), closed: make(chan struct{})}
	p.reader.Go(p.read)
	return p
}

func (p *memoryPath) read() {
	for {
		select {
		case packet := <-p.packets:
			handler := p.rtp.Load()
			if packet[1] >= 192 && packet[1] <= 223 {
				handler = p.rtcp.Load()
			}
			if handler != nil {
				(*handler)(packet)
			}
		case <-p.closed:
			return
		}
	}
}

func (p *memoryPath) WriteRTP(packet []byte) error {
	select {
	case <-p.closed:
		return path.ErrClosed
	default:
	}
	copied := append([]byte(nil), packet...)
	far := p.far
	time.AfterFunc(pathDelay, func() {
		select {
		case far.packets <- copied:
		case <-far.closed:
		}
	})
	return nil
}

func (p *memoryPath) WriteRTCP(packet []byte) error { return p.WriteRTP(packet) }

func (p *memoryPath) Receive(rtp, rtcp func([]byte)) {
	p.rtp.Store(&rtp)
	p.rtcp.Store(&rtcp)
	if rtp == nil {
		p.rtp.Store(nil)
	}
	if rtcp == nil {
		p.rtcp.Store(nil)
	}
}

func (p *memoryPath) Close() error {
	p.once.Do(func() { close(p.closed) })
	p.reader.Wait()
	return nil
}

func (p *memoryPath) SSRC() uint32 { return p.ssrc }

func (p *memoryPath) Describe(l *sdp.Local) { l.Media[0].SSRC = p.ssrc }

func (p *memoryPath) Connect(_ context.Context, a *sdp.Agreement) error {
	if len(a.Media[0].SSRC) != 1 || a.Media[0].SSRC[0] != p.far.ssrc {
		return errors.New("the description does not name the far end's source")
	}
	p.connected.Add(1)
	return nil
}

// tone is a source of one frequency at 8000 samples a second.
type tone struct {
	hz float64
	n  int
}

func (s *tone) Rate() int { return 8000 }

func (s *tone) ReadPCM(dst []int16) (int, error) {
	for i := range dst {
		dst[i] = int16(8000 * math.Sin(2*math.Pi*s.hz*float64(s.n)/8000))
		s.n++
	}
	return len(dst), nil
}

// ear is a sink that keeps what it hears.
type ear struct {
	mu  sync.Mutex
	pcm []int16
}

func (s *ear) Rate() int { return 8000 }

func (s *ear) WritePCM(pcm []int16) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pcm) > 8000*600 {
		return io.ErrShortWrite
	}
	s.pcm = append(s.pcm, pcm...)
	return nil
}

// since forgets what was heard and returns, after a while, how much of the sound then heard was at
// the frequency: 1 for a pure tone, 0 for another one or silence.
func (s *ear) purity(hz float64, listen time.Duration) float64 {
	s.mu.Lock()
	s.pcm = nil
	s.mu.Unlock()
	<-time.After(listen)
	s.mu.Lock()
	defer s.mu.Unlock()
	var total, re, im float64
	for i, sample := range s.pcm {
		v := float64(sample)
		total += v * v
		re += v * math.Cos(2*math.Pi*hz*float64(i)/8000)
		im += v * math.Sin(2*math.Pi*hz*float64(i)/8000)
	}
	if total < float64(len(s.pcm))*100*100 {
		return 0
	}
	return 2 * (re*re + im*im) / (total * float64(len(s.pcm)))
}
