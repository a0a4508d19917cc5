// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"errors"
	"testing"
	"time"

	"bellwire/media/audio"
	"bellwire/media/codec"
	"bellwire/media/path"
	"bellwire/media/path/pathtest"
	"bellwire/media/rtp"
	"bellwire/media/srtp"
)

// TestEveryCodecAndSuite is a call of two tones under each codec and each protection.
func TestEveryCodecAndSuite(t *testing.T) {
	for _, c := range codec.List() {
		for _, suite := range []srtp.Suite{srtp.AESCM128SHA1_80, srtp.AESCM128SHA1_32, srtp.AEADAES128GCM, srtp.Plain} {
			if raced && suite != srtp.AESCM128SHA1_80 {
				continue // nothing of a suite is shared by goroutines
			}
			t.Run(c.Name+"/"+suite.String(), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					start := time.Now()
					e := talk(t, setup{codec: c, suite: suite, path: pathtest.Config{Delay: 25 * time.Millisecond}})
					time.Sleep(6 * time.Second)
					e.heardB.hears(t, 500*time.Millisecond, 6*time.Second, toneA, toneB)
					e.heardA.hears(t, 500*time.Millisecond, 6*time.Second, toneB, toneA)
					st := e.a.Stats()
					if st.Codec != c.Name+"/"+map[bool]string{true: "48000", false: "8000"}[c.Name == "opus"] || st.SRTP != suite.String() {
						t.Errorf("codec %q, profile %q", st.Codec, st.SRTP)
					}
					strangers := map[bool]uint64{true: 1}[suite == srtp.Plain] // its first packet is believed with the second
					if st.Sent < 299 || st.Received < 295 || st.Lost != 0 || st.Refused != strangers || st.Late != 0 || st.Concealed != 0 || st.RemoteLost != 0 {
						t.Errorf("figures %+v", st)
					}
					if st.RTT < 49*time.Millisecond || st.RTT > 51*time.Millisecond {
						t.Errorf("round trip %v, want 50 ms", st.RTT)
					}
					if st.Jitter > time.Millisecond || st.BufferDelay > 60*time.Millisecond || st.BufferDelay < 5*time.Millisecond {
						t.Errorf("jitter %v, delay %v", st.Jitter, st.BufferDelay)
					}
					if first := st.FirstPacket.Sub(start); first < 25*time.Millisecond || first > 50*time.Millisecond {
						t.Errorf("first packet after %v", first)
					}
				})
			})
		}
	}
}

// TestTenMinutes is a long call with 5 % loss and 30 ms of jitter: no drift, no gap beyond 60 ms,
// sound that waits less than 80 ms.
func TestTenMinutes(t *testing.T) {
	if raced {
		t.Skip("takes minutes under the race detector, and the short calls run the same code")
	}
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{path: pathtest.Config{Delay: 40 * time.Millisecond, Jitter: 30 * time.Millisecond, Loss: 0.05, Seed: 5},
			edit: func(a, b *Config) { b.Sink.(*recorder).rate = 8000; a.Sink.(*recorder).rate = 8000 }})
		var worst time.Duration
		var delays []time.Duration
		for range 600 {
			time.Sleep(time.Second)
			st := e.b.Stats()
			delays = append(delays, st.BufferDelay)
			worst = max(worst, st.BufferDelay, e.a.Stats().BufferDelay)
		}
		st := e.b.Stats()
		t.Logf("delay %v after a minute, %v after ten, %v at most; %+v", delays[59], delays[599], worst, st)
		if worst > 80*time.Millisecond {
			t.Errorf("sound waited for %v", worst)
		}
		if drift := delays[599] - delays[59]; drift > 20*time.Millisecond || drift < -20*time.Millisecond {
			t.Errorf("the delay drifted by %v", drift)
		}
		if share := float64(st.Lost) / float64(st.Received+st.Lost); share < 0.045 || share > 0.055 {
			t.Errorf("%.3f of the packets were counted as lost", share)
		}
		if extra := st.Concealed - time.Duration(st.Lost)*codec.Frame; extra > 10*time.Second || extra < -10*time.Second {
			t.Errorf("%v made up for %d packets lost", st.Concealed, st.Lost)
		}
		if st.RTT < 80*time.Millisecond || st.RTT > 145*time.Millisecond {
			t.Errorf("round trip %v", st.RTT)
		}
		if st.RemoteLost < 1300 || st.RemoteLost > 1700 {
			t.Errorf("the far end reports %d lost", st.RemoteLost)
		}
		for _, heard := range []*recorder{e.heardA, e.heardB} {
			pcm := heard.part(time.Second, 10*time.Minute)
			if gap := longestGap(pcm, heard.rate); gap > 60*time.Millisecond {
				t.Errorf("a gap of %v", gap)
			}
			if d := heard.part(0, time.Hour); len(d) < 599*heard.rate || len(d) > 601*heard.rate {
				t.Errorf("%d samples in ten minutes", len(d))
			}
		}
		e.heardB.hears(t, time.Second, 10*time.Minute, toneA, toneB)
		e.heardA.hears(t, time.Second, 10*time.Minute, toneB, toneA)
	})
}

// longestGap is the longest time without sound, in steps of 5 ms.
func longestGap(pcm []int16, rate int) time.Duration {
	const step = 5 * time.Millisecond
	n := rate / 200
	var longest, run time.Duration
	for ; len(pcm) >= n; pcm = pcm[n:] {
		if audio.RMS(pcm[:n]) < 60 {
			run += step
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}

func TestEcho(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{codec: codec.G722(), path: pathtest.Config{Delay: 20 * time.Millisecond}, edit: func(a, b *Config) {
			echo := NewEcho(codec.G722())
			b.Source, b.Sink = echo, echo
		}})
		time.Sleep(5 * time.Second)
		e.heardA.hears(t, time.Second, 5*time.Second, toneA)
	})
}

func TestSourceEnds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		pcm, _ := audio.ReadAll(audio.NewTone(audio.Tone{Hz: toneA, SampleRate: 11025}), time.Second)
		e := talk(t, setup{edit: func(a, b *Config) { a.Source, b.Source = audio.NewClip(pcm, 11025), nil }})
		time.Sleep(3 * time.Second)
		e.a.SetSource(audio.NewTone(audio.Tone{Hz: 700}))
		time.Sleep(2 * time.Second)
		e.heardB.hears(t, 200*time.Millisecond, time.Second, toneA)
		e.heardB.silent(t, 1300*time.Millisecond, 3*time.Second)
		e.heardB.hears(t, 3300*time.Millisecond, 5*time.Second, 700)
		e.heardA.silent(t, 0, 5*time.Second)
	})
}

func TestClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{suite: srtp.Plain})
		var bye bool
		e.pathA.Tap(func(rtcp bool, p []byte) {
			if r, err := rtp.ParseReport(p, 0); rtcp && err == nil {
				bye = r.Bye
			}
		})
		time.Sleep(time.Second)
		for range 2 {
			if err := e.a.Close(); err != nil {
				t.Error(err)
			}
		}
		if !bye {
			t.Error("no goodbye")
		}
		if _, open := <-e.a.Digits(); open {
			t.Error("the channel of digits is open")
		}
		if err := e.a.Update(e.streamA); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		if err := e.pathA.WriteRTP(nil); !errors.Is(err, path.ErrClosed) {
			t.Errorf("the path: %v", err)
		}
		st := e.a.Stats()
		time.Sleep(time.Second)
		if after := e.a.Stats(); st.Sent < 49 || after != st {
			t.Errorf("%+v, later %+v", st, after)
		}
	})
}

func TestStartRefuses(t *testing.T) {
	a, _ := pathtest.Pair(pathtest.Config{})
	defer a.Close()
	good, _ := streams(codec.PCMA(), srtp.AESCM128SHA1_80)
	for name, edit := range map[string]func(*Config){
		"no path":        func(c *Config) { c.Path = nil },
		"no codec":       func(c *Config) { c.Stream.Codec = codec.Codec{} },
		"no suite":       func(c *Config) { c.Stream.Suite = 0 },
		"no local key":   func(c *Config) { c.Stream.LocalKey = srtp.Key{} },
		"no remote key":  func(c *Config) { c.Stream.RemoteKey = srtp.Key{} },
		"payload type":   func(c *Config) { c.Stream.SendPT = 200 },
		"too many kinds": func(c *Config) { c.Stream.Others = make([]Format, maxOthers+1) },
	} {
		c := Config{Path: a, Stream: good}
		edit(&c)
		if s, err := Start(c); err == nil {
			s.Close()
			t.Errorf("%s: started", name)
		}
	}
}
