// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package asterisk

import (
	"cmp"
	"embed"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwire/lab/sound"
)

//go:embed conf/*.conf
var conf embed.FS

// configure writes all files that Asterisk reads. Those that are there from a former run are replaced.
func (p *PBX) configure(t testing.TB) {
	t.Helper()
	for _, name := range []string{"etc", "var", "var/keys", "spool/voicemail/default", "run", "log", "recordings"} {
		if err := os.MkdirAll(filepath.Join(p.dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	modules, err := filepath.Glob(filepath.Join(p.tree, "usr/lib/*/asterisk/modules"))
	if err != nil || len(modules) != 1 {
		t.Fatalf("no modules in %s", p.tree)
	}
	words := strings.NewReplacer("MODULES", strings.TrimPrefix(modules[0], p.tree), "ADDRESS", host(p.cfg.Addr))
	files, err := conf.ReadDir("conf")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := conf.ReadFile("conf/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if f.Name() == "logger.conf" && p.cfg.Quiet {
			text = nil
		}
		p.write(t, f.Name(), words.Replace(string(text)))
	}
	own, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, "hosts", fmt.Sprintf("127.0.0.1 localhost %[1]s\n::1 localhost %[1]s\n", own))
	p.write(t, "resolv.conf", "nameserver 127.0.0.1\n") // nobody there: the answer comes at once
	p.write(t, "pjsip.conf", p.pjsip(t))
	mailboxes, err := conf.ReadFile("conf/voicemail.conf")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range p.accounts() {
		mailboxes = fmt.Appendf(mailboxes, "%[1]s => %[1]s,Phone %[1]s\n", a.User)
	}
	p.write(t, "voicemail.conf", string(mailboxes))
}

func (p *PBX) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "etc", name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// host is an address as URIs have it.
func host(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

func (p *PBX) accounts() []Account {
	if p.cfg.Accounts == nil {
		return Phones()
	}
	return p.cfg.Accounts
}

// pjsip is the SIP configuration: transports for both families, then the accounts.
func (p *PBX) pjsip(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	debug := "yes" // every message goes to the log
	if p.cfg.Quiet {
		debug = "no"
	}
	fmt.Fprintf(&b, "[global]\ntype = global\nuser_agent = Asterisk\ndebug = %s\nunidentified_request_count = 1000000\n", debug)
	protocols := []string{"udp", "tcp"}
	if c := p.cfg.Certificate; c != nil {
		protocols = append(protocols, "tls")
		p.copy(t, c.CertificateFile, "pbx.pem")
		p.copy(t, c.KeyFile, "pbx.key")
	}
	for _, protocol := range protocols {
		for family, bind := range map[string]string{"4": "0.0.0.0", "6": "[::]"} {
			fmt.Fprintf(&b, "\n[%[1]s%[2]s]\ntype = transport\nprotocol = %[1]s\nbind = %[3]s\n", protocol, family, bind)
			if protocol == "tls" {
				fmt.Fprintf(&b, "method = %s\ncert_file = /lab/etc/pbx.pem\npriv_key_file = /lab/etc/pbx.key\n", cmp.Or(p.cfg.TLS, "tlsv1_2"))
			}
		}
	}
	for _, a := range p.accounts() {
		b.WriteString(a.text())
	}
	return b.String()
}

func (p *PBX) copy(t testing.TB, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, to, string(data))
}

// wideRate is that of the sound files in Hz: Opus takes it as it is, and for the others less is made of it.
const wideRate = 48000

// makeSounds writes what the extensions play.
func (p *PBX) makeSounds(t testing.TB) {
	t.Helper()
	for name, pcm := range map[string][]int16{
		"hold/hold": sound.Tone(wideRate, HoldTone, time.Second),
		"tone/tone": sound.Tone(wideRate, Tone, time.Second),
		"early":     sound.Tone(wideRate, EarlyTone, 2*time.Second),
		"stairs":    sound.Stairs(wideRate),
	} {
		file := filepath.Join(p.dir, "sounds", name+".sln48")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		sound.WriteRaw(t, file, pcm)
	}
}
