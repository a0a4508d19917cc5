// SPDX-License-Identifier: GPL-3.0-or-later

package jitter

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

func TestPaths(t *testing.T) {
	base := world{rate: testRate, duration: 20 * time.Second, packet: Frame, hz: 440, seed: 3}
	with := func(change func(*world)) world {
		w := base
		change(&w)
		return w
	}
	for _, c := range []struct {
		name        string
		world       world
		worst       time.Duration // highest delay
		gap         time.Duration
		end         time.Duration // highest delay at the end
		purity      float64
		mostMadeUp  time.Duration
		leastMadeUp time.Duration
	}{
		{"clean", base, 45 * time.Millisecond, 0, 35 * time.Millisecond, 0.999, 0, 0},
		{"packets of 10 ms", with(func(w *world) { w.packet = 10 * time.Millisecond }), 45 * time.Millisecond, 0, 45 * time.Millisecond, 0.999, 0, 0},
		{"packets of 30 ms", with(func(w *world) { w.packet = 30 * time.Millisecond }), 75 * time.Millisecond, 0, 60 * time.Millisecond, 0.999, 0, 0},
		{"packets of 40 ms", with(func(w *world) { w.packet = 40 * time.Millisecond }), 85 * time.Millisecond, 0, 60 * time.Millisecond, 0.999, 0, 0},
		{"8 kHz", with(func(w *world) { w.rate = 8000 }), 45 * time.Millisecond, 0, 35 * time.Millisecond, 0.999, 0, 0},
		{"48 kHz, jitter", with(func(w *world) { w.rate = 48000; w.packet = 10 * time.Millisecond; w.jitter = 30 * time.Millisecond }), 70 * time.Millisecond, 20 * time.Millisecond, 65 * time.Millisecond, 0.98, 800 * time.Millisecond, 0},
		{"jitter that reorders", with(func(w *world) { w.jitter = 100 * time.Millisecond }), 140 * time.Millisecond, 60 * time.Millisecond, 130 * time.Millisecond, 0.97, 1500 * time.Millisecond, 0},
		{"20 % loss", with(func(w *world) { w.loss = 0.2 }), 50 * time.Millisecond, 60 * time.Millisecond, 35 * time.Millisecond, 0.97, 5 * time.Second, 3 * time.Second},
		{"300 ms longer from the middle on", with(func(w *world) {
			w.delay = func(sent time.Duration) time.Duration {
				if sent > 10*time.Second {
					return 300 * time.Millisecond
				}
				return 0
			}
		}), 340 * time.Millisecond, 250 * time.Millisecond, 60 * time.Millisecond, 0.97, 350 * time.Millisecond, 250 * time.Millisecond},
		{"300 ms shorter from the middle on", with(func(w *world) {
			w.duration = 30 * time.Second
			w.delay = func(sent time.Duration) time.Duration {
				if sent < 10*time.Second {
					return 300 * time.Millisecond
				}
				return 0
			}
		}), 340 * time.Millisecond, 10 * time.Millisecond, 60 * time.Millisecond, 0.97, 20 * time.Millisecond, 0},
		{"nothing for 400 ms, then all at once", with(func(w *world) {
			w.delay = func(sent time.Duration) time.Duration {
				if sent > 10*time.Second && sent < 10*time.Second+400*time.Millisecond {
					return 10*time.Second + 400*time.Millisecond - sent
				}
				return 0
			}
		}), 440 * time.Millisecond, 400 * time.Millisecond, 80 * time.Millisecond, 0.94, 450 * time.Millisecond, 300 * time.Millisecond},
		{"a pause of 3 s", with(func(w *world) {
			w.silentAt = func(sent time.Duration) bool { return sent > 10*time.Second && sent < 13*time.Second }
		}), 60 * time.Millisecond, 3100 * time.Millisecond, 45 * time.Millisecond, 0.8, 100 * time.Millisecond, 0},
		{"a pause of 15 s", with(func(w *world) {
			w.duration = 40 * time.Second
			w.silentAt = func(sent time.Duration) bool { return sent > 10*time.Second && sent < 25*time.Second }
		}), 60 * time.Millisecond, 15100 * time.Millisecond, 45 * time.Millisecond, 0.6, 100 * time.Millisecond, 0},
	} {
		out := c.world.run(t)
		end := out.delays[len(out.delays)-1]
		got := purity(out.pcm[c.world.rate:], c.world.rate, 440)
		t.Logf("%s: delay %v, at most %v, gap %v, purity %.4f, %+v", c.name, end, out.worst, out.longest, got, out.stats)
		if out.worst > c.worst || out.longest > c.gap || end > c.end || got < c.purity ||
			out.stats.Concealed > c.mostMadeUp || out.stats.Concealed < c.leastMadeUp {
			t.Errorf("%s is worse than expected: %+v", c.name, c)
		}
	}
}

// TestNewStream changes to a stream with other timestamps in the middle, as a transfer does.
func TestNewStream(t *testing.T) {
	for _, restart := range []bool{false, true} {
		p := NewPlayer(pcm16{}, testRate, testRate)
		start := time.Unix(1000, 0)
		first := world{rate: testRate, duration: 5 * time.Second, packet: Frame, hz: 440}.send()
		second := world{rate: testRate, duration: 5 * time.Second, packet: Frame, hz: 1000}.send()
		var pcm []int16
		frame := make([]int16, testRate/50)
		for now := time.Duration(0); now < 10*time.Second; now += Frame {
			for len(first) > 0 && first[0].at <= now {
				p.Put(first[0].timestamp, first[0].payload, start.Add(now))
				first = first[1:]
			}
			for now >= 5*time.Second && len(second) > 0 && second[0].at+5*time.Second <= now {
				if restart && second[0].timestamp == 1<<32-5000 {
					p.Restart()
				}
				p.Put(second[0].timestamp+1e9, second[0].payload, start.Add(now))
				second = second[1:]
			}
			p.Frame(frame, start.Add(now))
			pcm = append(pcm, frame...)
		}
		if got := purity(pcm[testRate:4*testRate], testRate, 440); got < 0.99 {
			t.Errorf("before: %.3f", got)
		}
		if got := purity(pcm[testRate*11/2:testRate*19/2], testRate, 1000); got < 0.99 {
			t.Errorf("after: %.3f", got)
		}
		if gap := longestGap(pcm[testRate:], testRate); gap > 200*time.Millisecond {
			t.Errorf("between: %v", gap)
		}
	}
}

func TestDuplicates(t *testing.T) {
	p := NewPlayer(pcm16{}, testRate, testRate)
	start := time.Unix(1000, 0)
	sent := world{rate: testRate, duration: 5 * time.Second, packet: Frame, hz: 440}.send()
	var pcm []int16
	frame := make([]int16, testRate/50)
	for now := time.Duration(0); now < 5*time.Second; now += Frame {
		for len(sent) > 0 && sent[0].at <= now {
			for range 3 {
				p.Put(sent[0].timestamp, sent[0].payload, start.Add(now))
			}
			sent = sent[1:]
		}
		p.Frame(frame, start.Add(now))
		pcm = append(pcm, frame...)
	}
	if got := purity(pcm[testRate:4*testRate], testRate, 440); got < 0.999 {
		t.Errorf("purity %.4f", got)
	}
}

// TestFlood puts far more than can be kept: only memory for the newest is used, and the sound goes on.
func TestFlood(t *testing.T) {
	p := NewPlayer(pcm16{}, testRate, testRate)
	start := time.Unix(1000, 0)
	frame := make([]int16, testRate/50)
	payload := make([]byte, 640)
	for i := range 100000 {
		p.Put(uint32(i*320), payload, start)
		p.Put(uint32(-i*99991), payload, start)
	}
	if p.queue.n > capacity {
		t.Errorf("%d packets kept", p.queue.n)
	}
	for i := range 1000 {
		p.Frame(frame, start.Add(time.Duration(i)*Frame))
	}
	p.Put(1, make([]byte, maxPayload+1), start)
	p.Put(1, nil, start)
	if p.queue.n != 0 {
		t.Error("a payload too long or empty was kept")
	}
}

func TestBrokenPayloads(t *testing.T) {
	p := NewPlayer(pcm16{}, testRate, testRate)
	start := time.Unix(1000, 0)
	frame := make([]int16, testRate/50)
	good, odd := make([]byte, 640), make([]byte, 639)
	for i := range 200 {
		payload := good
		if i%4 == 3 {
			payload = odd
		}
		p.Put(uint32(i*320), payload, start.Add(time.Duration(i)*Frame))
		p.Frame(frame, start.Add(time.Duration(i)*Frame))
	}
	if s := p.Stats(); s.Broken < 45 || s.Broken > 50 || s.Concealed > 60*Frame {
		t.Errorf("%+v", s)
	}
}

func TestNoAllocations(t *testing.T) {
	p := NewPlayer(pcm16{}, testRate, testRate)
	now := time.Unix(1000, 0)
	frame, payload := make([]int16, testRate/50), make([]byte, 640)
	i := 0
	step := func() {
		if i%10 != 0 {
			p.Put(uint32(i*320), payload, now)
		}
		p.Frame(frame, now)
		now = now.Add(Frame)
		i++
	}
	for range 500 {
		step()
	}
	if n := testing.AllocsPerRun(2000, step); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

// TestTwoGoroutines is for the race detector.
func TestTwoGoroutines(t *testing.T) {
	p := NewPlayer(pcm16{}, testRate, testRate)
	start := time.Unix(1000, 0)
	var both sync.WaitGroup
	both.Go(func() {
		payload := make([]byte, 640)
		for i := range 5000 {
			p.Put(uint32(i*320), payload, start.Add(time.Duration(i)*Frame))
			p.Stats()
		}
	})
	frame := make([]int16, testRate/50)
	for i := range 5000 {
		p.Frame(frame, start.Add(time.Duration(i)*Frame))
	}
	both.Wait()
}

// FuzzPlayer plays packets of 4 bytes: time passed, change of the timestamp, length of the payload.
func FuzzPlayer(f *testing.F) {
	f.Add([]byte{20, 0, 32, 64, 20, 0, 32, 64, 20, 0, 32, 64, 40, 0, 64, 64, 0, 0x80, 0, 3})
	rng := rand.New(rand.NewPCG(1, 1))
	random := make([]byte, 400)
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	f.Add(random)
	f.Fuzz(func(t *testing.T, data []byte) {
		p := NewPlayer(pcm16{}, 8000, 8000)
		now := time.Unix(1000, 0)
		frame := make([]int16, 160)
		timestamp := uint32(0)
		for ; len(data) >= 4 && len(data) < 4000; data = data[4:] {
			timestamp += uint32(int32(int16(uint16(data[1])<<8|uint16(data[2])))) * 5
			p.Put(timestamp, make([]byte, int(data[3])*5), now)
			for range data[0] / 20 {
				now = now.Add(Frame)
				p.Frame(frame, now)
			}
			now = now.Add(time.Duration(data[0]%20) * time.Millisecond)
		}
		for range 100 {
			now = now.Add(Frame)
			p.Frame(frame, now)
		}
		for _, s := range frame {
			if s != 0 {
				t.Fatal("sound goes on long after the last packet")
			}
		}
	})
}

// BenchmarkFrame takes a packet in and plays a frame, of a decoder that costs nothing; with loss, every
// twentieth packet is made up.
func BenchmarkFrame(b *testing.B) {
	for _, c := range []struct {
		name string
		loss int // every so many
	}{{"clean", 0}, {"loss", 20}} {
		b.Run(c.name, func(b *testing.B) {
			sent := world{rate: testRate, duration: time.Minute, packet: Frame, hz: 440}.send()
			p := NewPlayer(pcm16{}, testRate, testRate)
			frame := make([]int16, testRate/50)
			now, i := time.Unix(1000, 0), 0
			b.ReportAllocs()
			for b.Loop() {
				if c.loss == 0 || i%c.loss != 0 {
					p.Put(uint32(i*320), sent[i%len(sent)].payload, now)
				}
				p.Frame(frame, now)
				now = now.Add(Frame)
				i++
			}
		})
	}
}
