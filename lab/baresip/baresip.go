// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

// Package baresip runs the real baresip, a SIP phone without a screen, for tests. The version tried is
// Debian 12's, 1.0.0, which has limits:
//
//   - its digest knows MD5 only, and ends where SHA-256 is asked for first;
//   - it does not verify the certificate of a TLS server at all;
//   - it offers DTLS with the profile UDP/TLS/RTP/SAVPF;
//   - it transfers blindly only, and has neither PRACK, UPDATE, session timers nor MESSAGE to send;
//   - it cannot use the loopback interface: give it a namespace with another;
//   - it answers only calls to its own user.
package baresip

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwire/internal/peer"
	"bellwire/lab/netns"
	"bellwire/lab/proc"
	"bellwire/lab/sound"
	"bellwire/lab/wait"
)

// Program is the name of the executable.
const Program = "baresip"

const limit = 15 * time.Second

// Codecs, as Config.Codec has them.
const (
	PCMU = "PCMU/8000/1"
	PCMA = "PCMA/8000/1"
	G722 = "G722/16000/1"
	Opus = "opus/48000/2"
)

// Config says how to run a phone. In, User and Server must be given.
type Config struct {
	In             *netns.Namespace
	User, Password string
	Server         netip.AddrPort // registrar and proxy
	Transport      string         // udp (the default), tcp, tls
	Expires        int            // of the registration in seconds; 120
	NoRegister     bool

	Codec    string // the only one; PCMU
	Security string // mediaenc: "", srtp, srtp-mand, dtls_srtp
	ICE      bool
	Mux      bool    // rtcp-mux
	Tone     float64 // what it says, in Hz; 0 is silence
	Say      []int16 // in place of Tone, at the rate of the codec
	Answer   bool    // answers calls by itself
	Port     uint16  // where it listens for SIP; 0 is any
	Account  string  // further parameters of the account line, each with its semicolon before it
}

// Phone is a running baresip.
type Phone struct {
	*proc.Process
	cfg     Config
	dir     string
	control *control
}

// Start runs a phone until the test ends, or skips the test where the program is not installed. It may
// have registered when this returns, or not: see AwaitRegistered.
func Start(t testing.TB, cfg Config) *Phone {
	t.Helper()
	program := peer.Need(t, Program)
	p := &Phone{cfg: cfg, dir: t.TempDir()}
	port := p.freePort(t)
	p.configure(t, port)
	p.Process = proc.Start(t, proc.Spec{Path: program, Args: []string{"-f", p.dir, "-s", "-v"}, Dir: p.dir, Env: []string{"HOME=" + p.dir}, In: cfg.In})
	process := p.Process
	t.Cleanup(func() {
		process.Kill()
		if t.Failed() {
			t.Logf("baresip of %s:\n%s", cfg.User, process.Output())
		}
	})
	wait.For(t, limit, "the control port of baresip", func() bool {
		select {
		case <-process.Ended():
			t.Fatalf("baresip ended:\n%s", process.Output())
		default:
		}
		return cfg.In.Do(func() error {
			conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err == nil {
				p.control = newControl(conn)
			}
			return err
		}) == nil
	})
	t.Cleanup(p.control.close)
	return p
}

// freePort finds a TCP port that nobody listens on.
func (p *Phone) freePort(t testing.TB) (port int) {
	t.Helper()
	err := p.cfg.In.Do(func() error {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		port = l.Addr().(*net.TCPAddr).Port
		return l.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// modules is the folder of baresip's modules.
func modules(t testing.TB) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/baresip/modules", "/usr/lib/*/baresip/modules"} {
		if dirs, err := filepath.Glob(pattern); err == nil && len(dirs) > 0 {
			return dirs[0]
		}
	}
	peer.Missing(t, "the modules of baresip are not where they are looked for")
	return ""
}

// codecModule is the module of a codec; modules that are not needed can only disturb.
func codecModule(codec string) string {
	switch {
	case strings.HasPrefix(codec, "PCM"):
		return "g711"
	case strings.HasPrefix(codec, "G722"):
		return "g722"
	}
	return "opus"
}

// soundOf is the rate and the number of channels of a codec: the file that is played must have both.
func soundOf(codec string) (rate, channels int) {
	channels = 1
	fmt.Sscanf(codec[strings.IndexByte(codec, '/')+1:], "%d/%d", &rate, &channels)
	return rate, channels
}

func (p *Phone) configure(t testing.TB, control int) {
	t.Helper()
	cfg := p.cfg
	codec := cmp.Or(cfg.Codec, PCMU)
	rate, channels := soundOf(codec)
	pcm := cfg.Say
	if pcm == nil {
		pcm = sound.Tone(rate, cfg.Tone, 60*time.Second) // of 0 Hz: silence
	}
	sound.WriteWAV(t, filepath.Join(p.dir, "say.wav"), rate, channels, pcm)

	text := fmt.Sprintf(`module_path %s
sip_trans_def udp
audio_source aufile,%s
audio_player aubridge,nil
audio_alert aubridge,nil
snd_path %s
rtcp_mux %s
ctrl_tcp_listen 127.0.0.1:%d
call_max_calls 8
`, modules(t), filepath.Join(p.dir, "say.wav"), p.dir, map[bool]string{true: "yes", false: "no"}[cfg.Mux], control)
	if cfg.Port != 0 {
		text += fmt.Sprintf("sip_listen 0.0.0.0:%d\n", cfg.Port)
	}
	for _, name := range []string{"account", "menu", "ctrl_tcp", "uuid", "aufile", "aubridge", "sndfile", "srtp", "dtls_srtp", "stun", "turn", "ice", "presence", codecModule(codec)} {
		verb := "module"
		if name == "account" || name == "menu" || name == "ctrl_tcp" || name == "presence" {
			verb = "module_app"
		}
		text += verb + " " + name + ".so\n"
	}
	p.write(t, "config", text)

	answer := "manual"
	if cfg.Answer {
		answer = "auto"
	}
	expires := cmp.Or(cfg.Expires, 120)
	if cfg.NoRegister {
		expires = 0
	}
	// Without a password it asks for one and waits.
	account := fmt.Sprintf("<sip:%s@%s;transport=%s>;auth_user=%s;auth_pass=%s;regint=%d;audio_codecs=%s;answermode=%s",
		cfg.User, cfg.Server, cmp.Or(cfg.Transport, "udp"), cfg.User, cmp.Or(cfg.Password, "none"), expires, codec, answer)
	if cfg.Security != "" {
		account += ";mediaenc=" + cfg.Security
	}
	if cfg.ICE {
		account += ";medianat=ice"
	}
	p.write(t, "accounts", account+cfg.Account+"\n")
	p.write(t, "contacts", "")
}

func (p *Phone) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
