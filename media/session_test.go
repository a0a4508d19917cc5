// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"strings"
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

// TestDigitsThroughLoss sends all keys, one by one and in a row, over a bad path both ways.
func TestDigitsThroughLoss(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const all = "0123456789*#ABCD1100"
		e := talk(t, setup{path: pathtest.Config{Delay: 30 * time.Millisecond, Jitter: 30 * time.Millisecond, Loss: 0.1, Seed: 1}})
		time.Sleep(time.Second)
		begun := time.Now()
		both := make(chan error, 2)
		go func() { both <- e.a.SendDigits(t.Context(), all) }()
		go func() { both <- e.b.SendDigits(t.Context(), "12#") }()
		for range 2 {
			if err := <-both; err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begun); took < 4*time.Second || took > 4100*time.Millisecond {
			t.Errorf("%d keys took %v", len(all), took)
		}
		time.Sleep(time.Second)
		if got := keys(e.b); got != all {
			t.Errorf("received %q", got)
		}
		if got := keys(e.a); got != "12#" {
			t.Errorf("received %q", got)
		}
		time.Sleep(time.Second)
		e.heardB.hears(t, 6200*time.Millisecond, 7*time.Second, toneA)
	})
}

// keys reads what waits.
func keys(s *Session) (text string) {
	for {
		select {
		case d := <-s.Digits():
			text += string(d.Key)
		default:
			return text
		}
	}
}

func TestDigitsOnTheWire(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{codec: codec.G722(), suite: srtp.Plain})
		time.Sleep(300 * time.Millisecond)
		var events []rtp.Header
		var payloads [][]byte
		var at []time.Duration
		begun := time.Now()
		e.pathA.Tap(func(rtcp bool, p []byte) {
			if h, payload, err := rtp.Parse(p); !rtcp && err == nil && h.PayloadType == 101 {
				events = append(events, h)
				payloads = append(payloads, bytes.Clone(payload))
				at = append(at, time.Since(begun))
			}
		})
		if err := e.a.SendDigits(t.Context(), "5#"); err != nil {
			t.Fatal(err)
		}
		if len(events) != 14 {
			t.Fatalf("%d packets", len(events))
		}
		for i, h := range events {
			n := i % 7
			if h.Marker != (n == 0) || h.Timestamp != events[i-n].Timestamp || (payloads[i][1]&0x80 != 0) != (n >= 4) {
				t.Errorf("packet %d of a key: %+v %x", n, h, payloads[i])
			}
			if want := 160 * min(n+1, 5); int(payloads[i][2])<<8|int(payloads[i][3]) != want {
				t.Errorf("packet %d of a key has duration %x, want %d", n, payloads[i][2:], want)
			}
			if n > 0 && at[i]-at[i-1] != codec.Frame {
				t.Errorf("packet %d of a key comes %v after the one before", n, at[i]-at[i-1])
			}
		}
		if d := events[7].Timestamp - events[0].Timestamp; d != 1600 {
			t.Errorf("the second key comes %d units after the first", d)
		}
	})
}

func TestSendDigitsErrors(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{edit: func(a, b *Config) { b.Stream.DigitsSendPT = 0 }})
		if err := e.a.SendDigits(t.Context(), "12x"); err == nil || !strings.Contains(err.Error(), `'x' is not a key`) {
			t.Error(err)
		}
		if err := e.b.SendDigits(t.Context(), "1"); !errors.Is(err, ErrNoDigits) {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		if err := e.a.SendDigits(ctx, "123456"); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if got := keys(e.b); got != "123" {
			t.Errorf("%q was sent of what was given up after 500 ms", got)
		}
		held := e.streamA
		held.Send = false
		if err := e.a.Update(held); err != nil {
			t.Fatal(err)
		}
		if err := e.a.SendDigits(t.Context(), "1"); !errors.Is(err, ErrHeld) {
			t.Error(err)
		}
		result := make(chan error)
		if err := e.a.Update(e.streamA); err != nil {
			t.Fatal(err)
		}
		go func() { result <- e.a.SendDigits(t.Context(), "123456") }()
		time.Sleep(300 * time.Millisecond)
		e.a.Close()
		if err := <-result; !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		if err := e.a.SendDigits(t.Context(), "1"); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
}

// TestUnreadDigits makes sure that a reader who does not read stops nothing and costs no memory.
func TestUnreadDigits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{})
		if err := e.a.SendDigits(t.Context(), strings.Repeat("1", 50)+strings.Repeat("2", maxDigits)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := keys(e.b); got != strings.Repeat("2", maxDigits) {
			t.Errorf("%q was kept", got)
		}
	})
}

func TestHold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{})
		time.Sleep(2 * time.Second)
		onlyReceive, onlySend := e.streamA, e.streamB
		onlyReceive.Send, onlySend.Receive = false, false
		if err := errors.Join(e.a.Update(onlyReceive), e.b.Update(onlySend)); err != nil {
			t.Fatal(err)
		}
		sent := e.a.Stats().Sent
		time.Sleep(2 * time.Second)
		if now := e.a.Stats().Sent; now != sent {
			t.Errorf("%d packets were sent while held", now-sent)
		}
		if err := errors.Join(e.a.Update(e.streamA), e.b.Update(e.streamB)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		e.heardB.hears(t, 500*time.Millisecond, 2*time.Second, toneA)
		e.heardB.silent(t, 2200*time.Millisecond, 4*time.Second)
		e.heardB.hears(t, 4200*time.Millisecond, 6*time.Second, toneA)
		e.heardA.hears(t, 500*time.Millisecond, 6*time.Second, toneB)
		if st := e.b.Stats(); st.Lost != 0 || st.Concealed > 100*time.Millisecond {
			t.Errorf("a hold counts as loss: %+v", st)
		}
	})
}

func TestMute(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{})
		time.Sleep(2 * time.Second)
		e.a.Mute(true)
		time.Sleep(2 * time.Second)
		e.a.Mute(false)
		time.Sleep(2 * time.Second)
		e.heardB.hears(t, 500*time.Millisecond, 2*time.Second, toneA)
		e.heardB.silent(t, 2200*time.Millisecond, 4*time.Second)
		e.heardB.hears(t, 4200*time.Millisecond, 6*time.Second, toneA)
		if st := e.a.Stats(); st.Sent < 299 {
			t.Errorf("only %d packets were sent", st.Sent)
		}
	})
}

// TestRekey changes both keys while packets are on the way, one end 100 ms after the other, with an
// SSRC that was announced and one that was not.
func TestRekey(t *testing.T) {
	for _, suite := range []srtp.Suite{srtp.AESCM128SHA1_80, srtp.AEADAES128GCM} {
		bubble(t, func(t *testing.T) {
			e := talk(t, setup{path: pathtest.Config{Delay: 50 * time.Millisecond}, ssrcA: 0x1234, suite: srtp.AESCM128SHA1_80})
			time.Sleep(3 * time.Second)
			a, b := streams(codec.PCMA(), suite)
			if err := e.b.Update(b); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
			if err := e.a.Update(a); err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * time.Second)
			e.heardA.hears(t, 500*time.Millisecond, 3*time.Second, toneB)
			e.heardB.hears(t, 500*time.Millisecond, 6*time.Second, toneA)
			e.heardA.hears(t, 3400*time.Millisecond, 6*time.Second, toneB)
			if st := e.b.Stats(); st.Lost != 0 || st.Refused > 1 || st.SRTP != suite.String() {
				t.Errorf("announced: %+v", st)
			}
			if st := e.a.Stats(); st.Refused > 10 || st.Lost > 10 || st.Sent < 300 {
				t.Errorf("not announced: %+v", st)
			}
		})
	}
}

func TestCodecChange(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{codec: codec.PCMU(), path: pathtest.Config{Delay: 20 * time.Millisecond}})
		time.Sleep(2 * time.Second)
		for i, c := range []codec.Codec{codec.G722(), codec.PCMA(), codec.G722()} {
			a, b := e.streamA, e.streamB
			a.Codec, a.SendPT, a.ReceivePT = c, c.PayloadType, c.PayloadType
			b.Codec, b.SendPT, b.ReceivePT = c, c.PayloadType, c.PayloadType
			if err := errors.Join(e.a.Update(a), e.b.Update(b)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
			from := time.Duration(i+1) * 2 * time.Second
			e.heardB.hears(t, from+300*time.Millisecond, from+2*time.Second, toneA)
			e.heardA.hears(t, from+300*time.Millisecond, from+2*time.Second, toneB)
		}
		if st := e.a.Stats(); st.Codec != "G722/8000" || st.Lost != 0 {
			t.Errorf("%+v", st)
		}
	})
}

// TestPeerChangesCodec is a peer that goes on with another of the codecs we announced.
func TestPeerChangesCodec(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{codec: codec.PCMU(), edit: func(a, b *Config) {
			b.Stream.Others = []Format{{codec.G722(), 9}, {codec.PCMA(), 8}}
		}})
		time.Sleep(time.Second)
		for i, c := range []codec.Codec{codec.G722(), codec.PCMA(), codec.PCMU()} {
			a := e.streamA
			a.Codec, a.SendPT = c, c.PayloadType
			if err := e.a.Update(a); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
			from := time.Duration(2*i+1) * time.Second
			e.heardB.hears(t, from+300*time.Millisecond, from+2*time.Second, toneA)
		}
	})
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

// TestOnTheWire looks at what leaves: RTP is never readable, RTCP only where it was agreed.
func TestOnTheWire(t *testing.T) {
	for _, plainRTCP := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			var readable, reports, packets int
			e := talk(t, setup{edit: func(a, b *Config) {
				a.Stream.PlainRTCP, b.Stream.PlainRTCP = plainRTCP, plainRTCP
				a.Source, a.CNAME = nil, "somebody" // silence is one byte again and again
				a.Path.(*pathtest.End).Tap(func(rtcp bool, p []byte) {
					switch {
					case !rtcp:
						packets++
						if bytes.Contains(p, bytes.Repeat([]byte{0xd5}, 10)) {
							t.Error("silence can be seen in a packet")
						}
					case bytes.Contains(p, []byte("somebody")):
						readable++
						fallthrough
					default:
						reports++
					}
				})
			}})
			time.Sleep(30 * time.Second)
			e.a.Close()
			if reports < 5 || reports > 15 || packets < 1490 {
				t.Errorf("%d reports, %d packets in 30 s", reports, packets)
			}
			if want := map[bool]int{true: reports}[plainRTCP]; readable != want {
				t.Errorf("plain RTCP %v: %d of %d reports can be read", plainRTCP, readable, reports)
			}
			if st := e.b.Stats(); st.Refused != 0 || st.RTT != 0 && st.RTT > time.Millisecond {
				t.Errorf("%+v", st)
			}
		})
	}
}

func TestWrongKey(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{edit: func(a, b *Config) { b.Stream.RemoteKey = srtp.NewKey(b.Stream.Suite) }})
		time.Sleep(3 * time.Second)
		e.heardB.silent(t, 0, 3*time.Second)
		if st := e.b.Stats(); st.Received != 0 || st.Refused < 149 || !st.FirstPacket.IsZero() {
			t.Errorf("%+v", st)
		}
		e.heardA.hears(t, 500*time.Millisecond, 3*time.Second, toneB)
	})
}

// TestHostilePath throws everything at a session; the call in the middle of it is not disturbed.
func TestHostilePath(t *testing.T) {
	for _, suite := range []srtp.Suite{srtp.AESCM128SHA1_80, srtp.Plain} {
		bubble(t, func(t *testing.T) {
			e := talk(t, setup{suite: suite})
			rng := rand.New(rand.NewPCG(1, 2))
			for range 500 {
				time.Sleep(10 * time.Millisecond)
				p := make([]byte, rng.IntN(2000))
				for i := range p {
					p[i] = byte(rng.Uint32())
				}
				if len(p) > 1 && rng.IntN(2) == 0 {
					p[0] = 0x80
				}
				// As plain RTP anyone can send whatever looks like it; one stray packet of a
				// stranger now and then must not matter.
				e.pathA.WriteRTP(p)
				e.pathA.WriteRTCP(p)
			}
			e.heardB.hears(t, 500*time.Millisecond, 5*time.Second, toneA)
			if st := e.b.Stats(); st.Refused < 900 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// TestTransfer puts another sender in the place of the first, as a PBX does.
func TestTransfer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{})
		time.Sleep(2 * time.Second)
		silent := e.streamA
		silent.Send = false
		if err := e.a.Update(silent); err != nil {
			t.Fatal(err)
		}
		other, err := Start(Config{Path: keepOpen{e.pathA}, Stream: e.streamA, Source: audio.NewTone(audio.Tone{Hz: 700})})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		time.Sleep(2 * time.Second)
		e.heardB.hears(t, 500*time.Millisecond, 2*time.Second, toneA)
		e.heardB.hears(t, 2300*time.Millisecond, 4*time.Second, 700)
	})
}

// keepOpen is a path that a second session may use.
type keepOpen struct{ *pathtest.End }

func (keepOpen) Close() error                     { return nil }
func (keepOpen) Receive(rtp, rtcp func(p []byte)) {}

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
