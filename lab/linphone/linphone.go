// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

// Package linphone runs the real linphonec, the SIP phone on a terminal, for tests. It does what baresip
// does not: SHA-256, certificates of TLS servers, DTLS with the profile UDP/TLS/RTP/SAVP, attended
// transfer, texts, the end of a second answer to one INVITE. It does not follow redirections, plays and
// records sound of 8 kHz only, and writes what it heard when the call ends. Tried is Debian 12's version,
// 5.1.
package linphone

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"bellwire/internal/peer"
	"bellwire/lab/netns"
	"bellwire/lab/proc"
	"bellwire/lab/sound"
)

// Program is the name of the executable.
const Program = "linphonec"

const limit = 15 * time.Second

// Config says how to run a phone. In, User and Server must be given.
type Config struct {
	In             *netns.Namespace
	User, Password string
	Server         netip.AddrPort
	Transport      string // udp (the default), tcp, tls
	// Name is that of the server for TLS, which the certificate must have: linphone does not look for
	// addresses in certificates. The phone finds it without DNS.
	Name string
	// CA is the file of the authority for TLS.
	CA string

	Codecs   []string // of opus, PCMU, PCMA, G722, speex; PCMU
	Security string   // none (the default), srtp, dtls, zrtp; then it takes nothing else
	ICE      bool
	Tone     float64 // what it says, in Hz; 0 is silence
	Answer   bool    // answers calls by itself
}

// Phone is a running linphonec.
type Phone struct {
	*proc.Process
	cfg Config
	dir string
}

// rate of its files in Hz.
const rate = 8000

// Start runs a phone until the test ends, or skips the test where the program is not installed.
func Start(t testing.TB, cfg Config) *Phone {
	t.Helper()
	program := peer.Need(t, Program)
	p := &Phone{cfg: cfg, dir: t.TempDir()}
	p.configure(t)
	args := []string{program, "-c", filepath.Join(p.dir, "rc"), "-d", "0"}
	if cfg.Answer {
		args = append(args, "-a")
	}
	spec := proc.Spec{Path: args[0], Args: args[1:], Dir: p.dir, Env: []string{"HOME=" + p.dir}, In: cfg.In}
	if cfg.Name != "" {
		spec.Path = peer.Need(t, "unshare")
		spec.Args = append([]string{"-m", "sh", "-c", named, "sh", p.dir}, args...)
	}
	p.Process = proc.Start(t, spec)
	process := p.Process
	t.Cleanup(func() {
		process.Kill()
		if t.Failed() {
			t.Logf("linphone of %s:\n%s", cfg.User, process.Output())
		}
	})
	p.command(t, "soundcard use files", "Using wav files")
	p.chooseCodecs(t)
	p.send(t, "play "+filepath.Join(p.dir, "say.wav"))
	p.send(t, "record "+filepath.Join(p.dir, "heard.wav"))
	return p
}

// named is a shell script that shows the program names of the test alone.
const named = `set -e
dir=$1
shift
mount --bind "$dir/hosts" /etc/hosts
mount --bind "$dir/resolv.conf" /etc/resolv.conf
exec "$@"
`

func (p *Phone) configure(t testing.TB) {
	t.Helper()
	// Without these folders it has neither its database nor a certificate for DTLS.
	for _, dir := range []string{".local/share/linphone", ".config/linphone", ".linphone-usr-crt"} {
		if err := os.MkdirAll(filepath.Join(p.dir, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	policy, security := "none", cmp.Or(p.cfg.Security, "none")
	if p.cfg.ICE {
		policy = "ice"
	}
	mandatory := 0
	if security != "none" {
		mandatory = 1
	}
	ports := map[string]int{"udp": 0, "tcp": 0, "tls": 0} // off
	ports[p.transport()] = -1                             // any
	p.write(t, "rc", fmt.Sprintf(`[sip]
sip_port=%d
sip_tcp_port=%d
sip_tls_port=%d
media_encryption=%s
media_encryption_mandatory=%d
root_ca=%s
verify_server_certs=1
verify_server_cn=1
[net]
firewall_policy=%s
[rtp]
audio_rtp_port=-1
[sound]
echocancellation=0
`, ports["udp"], ports["tcp"], ports["tls"], security, mandatory, p.cfg.CA, policy))
	p.write(t, "hosts", fmt.Sprintf("127.0.0.1 localhost\n::1 localhost\n%s %s\n", p.cfg.Server.Addr(), p.cfg.Name))
	p.write(t, "resolv.conf", "nameserver 127.0.0.1\nlookup file\n")                                          // its resolver asks in vain, then looks into the other
	sound.WriteWAV(t, filepath.Join(p.dir, "say.wav"), rate, 1, sound.Tone(rate, p.cfg.Tone, 60*time.Second)) // of 0 Hz: silence
}

func (p *Phone) transport() string { return cmp.Or(p.cfg.Transport, "udp") }

func (p *Phone) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

var codecLine = regexp.MustCompile(`^ *(\d+): (\S+) \(\d+\) (enabled|disabled)`)

// chooseCodecs switches all others off.
func (p *Phone) chooseCodecs(t testing.TB) {
	t.Helper()
	wanted := p.cfg.Codecs
	if wanted == nil {
		wanted = []string{"PCMU"}
	}
	from := len(p.Lines(0))
	p.send(t, "codec list")
	p.command(t, "status hook", "hook=")
	for _, l := range p.Lines(from) {
		m := codecLine.FindStringSubmatch(strings.TrimPrefix(l.Text, prompt))
		if m == nil {
			continue
		}
		verb := "disable"
		for _, name := range wanted {
			if strings.EqualFold(name, m[2]) {
				verb = "enable"
			}
		}
		p.send(t, "codec "+verb+" "+m[1])
	}
}
