// SPDX-License-Identifier: GPL-3.0-or-later

package jitter

import (
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"sort"
	"testing"
	"time"
)

// pcm16 is a decoder of plain 16-bit samples.
type pcm16 struct{}

func (pcm16) Decode(dst []int16, payload []byte) ([]int16, error) {
	if len(payload)%2 != 0 {
		return dst, errors.New("odd")
	}
	for ; len(payload) > 0; payload = payload[2:] {
		dst = append(dst, int16(binary.BigEndian.Uint16(payload)))
	}
	return dst, nil
}

const testRate = 16000

// world is a sender, a path and a receiver without goroutines or a clock of its own.
type world struct {
	rate     int
	duration time.Duration
	packet   time.Duration // length of the sender's packets
	loss     float64
	jitter   time.Duration // every packet is late by up to this
	delay    func(sent time.Duration) time.Duration
	ppm      float64 // by which the sender's clock is fast
	hz       float64
	silentAt func(sent time.Duration) bool // nothing is sent then
	seed     uint64
}

type arrival struct {
	at        time.Duration
	timestamp uint32
	payload   []byte
}

func (w world) send() []arrival {
	rng := rand.New(rand.NewPCG(w.seed, 7))
	n := samples(w.packet, w.rate)
	var sent []arrival
	for i := 0; ; i++ {
		media := time.Duration(i) * w.packet
		at := time.Duration(float64(media) / (1 + w.ppm/1e6))
		if at >= w.duration {
			break
		}
		lost := rng.Float64() < w.loss
		late := time.Duration(0)
		if w.jitter > 0 {
			late = time.Duration(rng.Int64N(int64(w.jitter)))
		}
		if w.delay != nil {
			late += w.delay(at)
		}
		if lost || w.silentAt != nil && w.silentAt(at) {
			continue
		}
		a := arrival{at: at + 30*time.Millisecond + late, timestamp: uint32(1<<32 - 5000 + i*n)}
		for k := range n {
			t := float64(i*n+k) / float64(w.rate)
			a.payload = binary.BigEndian.AppendUint16(a.payload, uint16(int16(8000*math.Sin(2*math.Pi*w.hz*t))))
		}
		sent = append(sent, a)
	}
	sort.SliceStable(sent, func(i, j int) bool { return sent[i].at < sent[j].at })
	return sent
}

type outcome struct {
	pcm      []int16
	delays   []time.Duration // each second
	worst    time.Duration   // delay after the first second
	longest  time.Duration   // the longest gap after the first second
	stats    Stats
	received int
}

func (w world) run(t testing.TB) outcome {
	t.Helper()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := NewPlayer(pcm16{}, w.rate, w.rate)
	sent := w.send()
	out := outcome{received: len(sent)}
	frame := make([]int16, w.rate/50)
	for now := 7 * time.Millisecond; now < w.duration; now += Frame {
		for len(sent) > 0 && sent[0].at <= now {
			p.Put(sent[0].timestamp, sent[0].payload, start.Add(sent[0].at))
			sent = sent[1:]
		}
		p.Frame(frame, start.Add(now))
		out.pcm = append(out.pcm, frame...)
		if now > time.Second {
			out.worst = max(out.worst, p.Stats().Delay)
		}
		if len(out.pcm)%w.rate == 0 {
			out.delays = append(out.delays, p.Stats().Delay)
		}
	}
	out.stats = p.Stats()
	out.longest = longestGap(out.pcm[w.rate:], w.rate)
	return out
}

// longestGap is the longest time without sound, in steps of 5 ms.
func longestGap(pcm []int16, rate int) time.Duration {
	const step = 5 * time.Millisecond
	n := samples(step, rate)
	var longest, run time.Duration
	for ; len(pcm) >= n; pcm = pcm[n:] {
		if quiet(pcm[:n]) {
			run += step
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}

// purity is the mean share of the tone in windows of 100 ms.
func purity(pcm []int16, rate int, hz float64) float64 {
	n, sum, windows := rate/10, 0.0, 0
	for ; len(pcm) >= n; pcm = pcm[n:] {
		var re, im, total float64
		for i, s := range pcm[:n] {
			w := 2 * math.Pi * hz * float64(i) / float64(rate)
			re += float64(s) * math.Cos(w)
			im += float64(s) * math.Sin(w)
			total += float64(s) * float64(s)
		}
		if total > 0 {
			sum += 2 * (re*re + im*im) / (total * float64(n))
		}
		windows++
	}
	return sum / float64(windows)
}

// TestTenMinutes is a long call over a bad path: 5 % of the packets lost, 30 ms of jitter, and a
// sender whose clock is right, fast or slow.
func TestTenMinutes(t *testing.T) {
	for _, ppm := range []float64{0, 200, -200} {
		w := world{rate: testRate, duration: 10 * time.Minute, packet: Frame, loss: 0.05, jitter: 30 * time.Millisecond, ppm: ppm, hz: 440, seed: 1}
		out := w.run(t)
		t.Logf("%+v ppm: delay %v at most %v, gap %v, purity %.4f, %+v", ppm, out.delays[len(out.delays)-1], out.worst, out.longest, purity(out.pcm[testRate:], testRate, 440), out.stats)
		if out.worst > 80*time.Millisecond {
			t.Errorf("%v ppm: sound waited %v", ppm, out.worst)
		}
		if out.longest > 60*time.Millisecond {
			t.Errorf("%v ppm: a gap of %v", ppm, out.longest)
		}
		for i, d := range out.delays[2:] {
			if d < 10*time.Millisecond {
				t.Errorf("%v ppm: only %v of delay after %d s: the buffer runs empty", ppm, d, i+2)
			}
		}
		if got := purity(out.pcm[testRate:], testRate, 440); got < 0.95 {
			t.Errorf("%v ppm: the tone has a purity of %.3f", ppm, got)
		}
		// What is made up stands for the packets lost and little else.
		lost := time.Duration(float64(w.duration/Frame)-float64(out.received)) * Frame
		if extra := out.stats.Concealed - lost; extra > w.duration/50 {
			t.Errorf("%v ppm: %v made up for %v lost", ppm, out.stats.Concealed, lost)
		}
	}
}
