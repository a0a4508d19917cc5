// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"testing"
	"time"

	"bellwire/media/audio"
	"bellwire/media/codec"
	"bellwire/media/jitter"
	"bellwire/media/path"
	"bellwire/media/srtp"
)

// loopback is a path that hands over what is written at once, without a goroutine or a copy kept.
type loopback struct {
	far       *loopback
	buf       [path.MTU]byte
	rtp, rtcp func(p []byte)
}

func (l *loopback) WriteRTP(p []byte) error {
	if to := l.far.rtp; to != nil {
		to(l.far.buf[:copy(l.far.buf[:], p)])
	}
	return nil
}

func (l *loopback) WriteRTCP(p []byte) error {
	if to := l.far.rtcp; to != nil {
		to(l.far.buf[:copy(l.far.buf[:], p)])
	}
	return nil
}

func (l *loopback) Receive(rtp, rtcp func(p []byte)) { l.rtp, l.rtcp = rtp, rtcp }
func (l *loopback) Close() error                     { return nil }

type discard struct{ rate int }

func (d discard) Rate() int              { return d.rate }
func (d discard) WritePCM([]int16) error { return nil }

// standing are two sessions without their goroutines: the test makes the frames itself, in a time of
// its own.
func standing(t testing.TB, c codec.Codec, suite srtp.Suite, now *time.Time) (a, b *Session) {
	t.Helper()
	l, r := &loopback{}, &loopback{}
	l.far, r.far = r, l
	streamA, streamB := streams(c, suite)
	for s, cfg := range map[**Session]Config{
		&a: {Path: l, Stream: streamA, Source: audio.NewTone(audio.Tone{Hz: toneA, SampleRate: 16000}), Sink: discard{16000}},
		&b: {Path: r, Stream: streamB, Source: audio.NewTone(audio.Tone{Hz: toneB, SampleRate: 44100}), Sink: discard{11025}},
	} {
		session, err := prepare(cfg)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Path.Receive(
			func(p []byte) { session.receive.packet(p, *now) },
			func(p []byte) { session.receive.report(p, *now) },
		)
		*s = session
		t.Cleanup(session.send.close)
	}
	return a, b
}

// TestNoAllocations is a frame each way, from source to sink, with protection, jitter buffer and
// two conversions of the rate, and every fifth a report.
func TestNoAllocations(t *testing.T) {
	for _, c := range codec.List() {
		for _, suite := range []srtp.Suite{srtp.AESCM128SHA1_80, srtp.AEADAES128GCM} {
			at, n := time.Now(), 0
			a, b := standing(t, c, suite, &at)
			frame := func() {
				a.frame(at)
				b.frame(at)
				if n%5 == 0 {
					a.report(at, false)
					b.report(at, false)
				}
				at = at.Add(jitter.Frame)
				n++
			}
			for range 50 {
				frame()
			}
			if got := testing.AllocsPerRun(300, frame); got != 0 {
				t.Errorf("%s, %s: %v allocations a frame", c.Name, suite, got)
			}
			if st := b.Stats(); st.Received < 300 || st.Refused != 0 || st.Concealed != 0 || st.BufferDelay > 40*time.Millisecond {
				t.Errorf("%+v", st)
			}
		}
	}
}

// BenchmarkCall is what 20 ms of a call cost at both ends together.
func BenchmarkCall(b *testing.B) {
	for _, c := range codec.List() {
		b.Run(c.Name, func(b *testing.B) {
			at := time.Now()
			l, r := standing(b, c, srtp.AESCM128SHA1_80, &at)
			b.ReportAllocs()
			for b.Loop() {
				l.frame(at)
				r.frame(at)
				at = at.Add(jitter.Frame)
			}
		})
	}
}
