// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/internal/leak"
	"bellwire/media/audio"
	"bellwire/media/codec"
	"bellwire/media/path/pathtest"
	"bellwire/media/srtp"
)

// recorder is a sink in memory.
type recorder struct {
	rate int
	mu   sync.Mutex
	pcm  []int16
}

func (r *recorder) Rate() int { return r.rate }
func (r *recorder) WritePCM(pcm []int16) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pcm = append(r.pcm, pcm...)
	return nil
}

// part returns what was recorded from a moment to another.
func (r *recorder) part(from, to time.Duration) []int16 {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := func(d time.Duration) int { return min(len(r.pcm), int(d*time.Duration(r.rate)/time.Second)) }
	return append([]int16(nil), r.pcm[at(from):at(to)]...)
}

// hears checks that one tone is in a part of the recording, and others are not.
func (r *recorder) hears(t *testing.T, from, to time.Duration, hz float64, absent ...float64) {
	t.Helper()
	pcm := r.part(from, to)
	if s := audio.FindTone(pcm, r.rate, hz); s.Windows < int((to-from)/(100*time.Millisecond))*9/10 || s.Mean < 0.95 {
		t.Errorf("from %v to %v the tone of %v Hz is %+v", from, to, hz, s)
	}
	for _, other := range absent {
		if s := audio.FindTone(pcm, r.rate, other); s.Mean > 0.02 {
			t.Errorf("from %v to %v a tone of %v Hz is %+v", from, to, other, s)
		}
	}
}

func (r *recorder) silent(t *testing.T, from, to time.Duration) {
	t.Helper()
	if rms := audio.RMS(r.part(from, to)); rms > 30 {
		t.Errorf("from %v to %v there is sound of %.0f", from, to, rms)
	}
}

// ends are two sessions that talk to each other.
type ends struct {
	a, b         *Session
	pathA, pathB *pathtest.End
	heardA       *recorder
	heardB       *recorder
	streamA      Stream
	streamB      Stream
}

const (
	toneA = 440.0
	toneB = 1000.0
)

// streams returns both views of one negotiation with fresh keys.
func streams(c codec.Codec, suite srtp.Suite) (a, b Stream) {
	a = Stream{
		Codec: c, SendPT: c.PayloadType, ReceivePT: c.PayloadType, DigitsSendPT: 101, DigitsReceivePT: 101,
		Suite: suite, Send: true, Receive: true,
	}
	if suite != srtp.Plain {
		a.LocalKey, a.RemoteKey = srtp.NewKey(suite), srtp.NewKey(suite)
	}
	b = a
	b.LocalKey, b.RemoteKey = a.RemoteKey, a.LocalKey
	return a, b
}

type setup struct {
	codec codec.Codec
	suite srtp.Suite
	path  pathtest.Config
	ssrcA uint32
	edit  func(a, b *Config)
}

// talk starts both ends. It must run in a bubble.
func talk(t *testing.T, c setup) *ends {
	t.Helper()
	if c.codec.Name == "" {
		c.codec = codec.PCMA()
	}
	if c.suite == 0 {
		c.suite = srtp.AESCM128SHA1_80
	}
	e := &ends{heardA: &recorder{rate: 16000}, heardB: &recorder{rate: 16000}}
	e.pathA, e.pathB = pathtest.Pair(c.path)
	e.streamA, e.streamB = streams(c.codec, c.suite)
	a := Config{Path: e.pathA, Stream: e.streamA, Source: audio.NewTone(audio.Tone{Hz: toneA}), Sink: e.heardA, SSRC: c.ssrcA}
	b := Config{Path: e.pathB, Stream: e.streamB, Source: audio.NewTone(audio.Tone{Hz: toneB, SampleRate: 16000}), Sink: e.heardB}
	if c.edit != nil {
		c.edit(&a, &b)
	}
	var err error
	if e.a, err = Start(a); err != nil {
		t.Fatal(err)
	}
	if e.b, err = Start(b); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		e.close(t)
	})
	return e
}

func (e *ends) close(t *testing.T) {
	t.Helper()
	for _, s := range []*Session{e.a, e.b} {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// bubble runs a test in fake time and checks that nothing is left behind.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	leak.Check(t)
	synctest.Test(t, test)
}
