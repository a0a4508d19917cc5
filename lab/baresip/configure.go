// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package baresip

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwire/internal/peer"
	"bellwire/lab/sound"
)

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
