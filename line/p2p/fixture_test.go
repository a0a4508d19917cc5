// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"bellwire/call"
	"bellwire/identity"
	"bellwire/internal/testid"
	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/link/linktest"
	"bellwire/link/quic"
	"bellwire/media/codec"
)

// world is a LAN with phones on it, their offers and a DHT that never fails.
type world struct {
	t     *testing.T
	lan   *linktest.LAN
	board *linktest.Board
	dht   *fakeDHT
	hosts int
	todo  []func()
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, lan: &linktest.LAN{Delay: time.Millisecond}, board: linktest.NewBoard(), dht: newFakeDHT()}
	w.lan.Start(t)
	return w
}

// phone adds a device; it can be used after up.
type phone struct {
	*Line
	device *identity.Device
}

// add puts a device on the LAN. The line starts at up.
func (w *world) add(account, device string) *phone {
	w.t.Helper()
	w.hosts++
	host := w.lan.Host(w.t, "10.0.0."+string(rune('0'+w.hosts)))
	p := &phone{device: testid.Device(w.t, device)}
	announcement, err := Announce(testid.Account(w.t, account), p.device)
	if err != nil {
		w.t.Fatal(err)
	}
	w.todo = append(w.todo, func() {
		carrier, err := quic.New(ice.Config{Net: host})
		if err != nil {
			w.t.Fatal(err)
		}
		endpoint := linktest.Endpoint(w.t, link.Config{
			Device: p.device, Signaller: w.board.Join(p.device.Key.Public()), Carriers: []link.Carrier{carrier},
		})
		p.Line, err = New(Config{
			Device: p.device, Announcement: announcement, DHT: w.dht, Links: endpoint,
			Codecs: []codec.Codec{pcmu(w.t)}, Name: device,
		})
		if err != nil {
			w.t.Fatal(err)
		}
		w.t.Cleanup(func() { p.Line.Close() })
	})
	return p
}

// up lets packets flow and starts the lines.
func (w *world) up() {
	w.lan.Up(w.t)
	for _, start := range w.todo {
		start()
	}
}

func pcmu(t *testing.T) codec.Codec {
	t.Helper()
	c, ok := codec.Find("PCMU", 8000)
	if !ok {
		t.Fatal("there is no PCMU")
	}
	return c
}

// answer takes the next call of a phone with a tone.
func (p *phone) answer(ctx context.Context, t *testing.T, hz float64) *call.Leg {
	in, err := p.Accept(ctx)
	if err != nil {
		t.Error(err)
		return nil
	}
	leg, err := in.Answer(ctx, call.Setup{Source: &tone{hz: hz}})
	if err != nil {
		t.Error(err)
	}
	return leg
}

// tone is a source of one frequency.
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

// ear keeps what it hears.
type ear struct {
	mu  sync.Mutex
	pcm []int16
}

func (s *ear) Rate() int { return 8000 }

func (s *ear) WritePCM(pcm []int16) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pcm = append(s.pcm, pcm...)
	return nil
}

func (s *ear) heard() []int16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.pcm)
}
