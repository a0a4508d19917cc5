// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/internal/peer"
	"bellwire/media/audio"
	"bellwire/media/codec"
	"bellwire/media/rtp"
	"bellwire/media/srtp"
)

// udpPath is a path over one socket for both protocols, towards one address.
type udpPath struct {
	conn     *net.UDPConn
	to       *net.UDPAddr
	handlers atomic.Pointer[[2]func(p []byte)]
	done     chan struct{}
}

func newUDPPath(t *testing.T, to *net.UDPAddr) *udpPath {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	u := &udpPath{conn: conn, to: to, done: make(chan struct{})}
	go u.read()
	return u
}

func (u *udpPath) port() int { return u.conn.LocalAddr().(*net.UDPAddr).Port }

func (u *udpPath) read() {
	defer close(u.done)
	buf := make([]byte, 2048)
	for {
		n, err := u.conn.Read(buf)
		if err != nil {
			return
		}
		h := u.handlers.Load()
		if h == nil {
			continue
		}
		to := h[0]
		if rtp.IsRTCP(buf[:n]) {
			to = h[1]
		}
		if to != nil {
			to(buf[:n])
		}
	}
}

func (u *udpPath) WriteRTP(p []byte) error {
	if u.to != nil {
		_, err := u.conn.WriteToUDP(p, u.to)
		return err
	}
	return nil
}
func (u *udpPath) WriteRTCP(p []byte) error         { return u.WriteRTP(p) }
func (u *udpPath) Receive(rtp, rtcp func(p []byte)) { u.handlers.Store(&[2]func([]byte){rtp, rtcp}) }
func (u *udpPath) Close() error {
	err := u.conn.Close()
	<-u.done
	return err
}

// ffmpegCodecs are the encoders of ffmpeg by our names, with the rate they need.
var ffmpegCodecs = map[string][2]string{
	"PCMU": {"pcm_mulaw", "8000"}, "PCMA": {"pcm_alaw", "8000"}, "G722": {"g722", "16000"}, "opus": {"libopus", "48000"},
}

// TestFFmpegCallsUs hears a tone that ffmpeg sends, in every codec.
func TestFFmpegCallsUs(t *testing.T) {
	ffmpeg := peer.Need(t, "ffmpeg")
	leak.Check(t) // here, since each of the parallel ones would see the others' goroutines
	for _, c := range codec.List() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			u := newUDPPath(t, nil)
			a, _ := streams(c, srtp.AESCM128SHA1_80)
			heard := &recorder{rate: 16000}
			s, err := Start(Config{Path: u, Stream: a, Sink: heard})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, ffmpeg, "-v", "error", "-re", "-f", "lavfi", "-i", "sine=700:sample_rate=48000:duration=3",
				"-ac", "1", "-ar", ffmpegCodecs[c.Name][1], "-c:a", ffmpegCodecs[c.Name][0], "-payload_type", fmt.Sprint(c.PayloadType), "-f", "rtp",
				"-srtp_out_suite", a.Suite.String(), "-srtp_out_params", strings.TrimPrefix(a.RemoteKey.Inline(), "inline:"),
				fmt.Sprintf("srtp://127.0.0.1:%d?rtcpport=%d&pkt_size=%d", u.port(), u.port(), map[bool]int{true: 184, false: 1200}[c.ClockRate == 8000]))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			st := s.Stats()
			if found := audio.FindTone(heard.part(0, time.Minute), heard.rate, 700); found.Windows < 22 || found.Mean < 0.95 {
				t.Errorf("the tone is %+v, figures %+v", found, st)
			}
			if st.Received < 130 || st.Refused != 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// TestWeCallFFmpeg lets ffmpeg record what we send, in every codec.
func TestWeCallFFmpeg(t *testing.T) {
	ffmpeg := peer.Need(t, "ffmpeg")
	leak.Check(t) // here, since each of the parallel ones would see the others' goroutines
	for _, c := range codec.List() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			free, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				t.Fatal(err)
			}
			to := free.LocalAddr().(*net.UDPAddr)
			free.Close()
			u := newUDPPath(t, to)
			a, _ := streams(c, srtp.AESCM128SHA1_80)
			dir := t.TempDir()
			description := filepath.Join(dir, "call.sdp")
			channels := map[bool]string{true: "/2"}[c.Name == "opus"]
			if err := os.WriteFile(description, fmt.Appendf(nil, "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\n"+
				"m=audio %d RTP/SAVP %d\na=rtpmap:%d %s/%d%s\na=rtcp-mux\na=crypto:1 %s %s\n",
				to.Port, c.PayloadType, c.PayloadType, c.Name, c.ClockRate, channels, a.Suite, a.LocalKey.Inline()), 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			recording := filepath.Join(dir, "heard.wav")
			cmd := exec.CommandContext(ctx, ffmpeg, "-v", "error", "-protocol_whitelist", "file,rtp,srtp,udp,crypto",
				"-i", description, "-t", "3", "-ac", "1", "-ar", "16000", "-c:a", "pcm_s16le", recording)
			var said strings.Builder
			cmd.Stderr = &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			s, err := Start(Config{Path: u, Stream: a, Source: audio.NewTone(audio.Tone{Hz: 700})})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if err := cmd.Wait(); err != nil {
				t.Fatalf("%v: %s", err, said.String())
			}
			w, err := audio.OpenWAV(recording)
			if err != nil {
				t.Fatalf("%v: %s", err, said.String())
			}
			defer w.Close()
			pcm, err := audio.ReadAll(w, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			if found := audio.FindTone(pcm, w.Rate(), 700); found.Windows < 22 || found.Mean < 0.95 {
				t.Errorf("the tone is %+v; ffmpeg says %s", found, said.String())
			}
		})
	}
}
