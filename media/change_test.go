// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"errors"
	"testing"
	"time"

	"bellwire/media/audio"
	"bellwire/media/codec"
	"bellwire/media/path/pathtest"
	"bellwire/media/srtp"
)

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

func (keepOpen) Close() error { return nil }

func (keepOpen) Receive(rtp, rtcp func(p []byte)) {}
