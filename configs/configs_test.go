// SPDX-License-Identifier: GPL-3.0-or-later

package configs_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"bellwire/configs"
)

// sample is what Ensure writes.
func sample(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("sample.toml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSample(t *testing.T) {
	text := sample(t)
	got, err := configs.Parse("sample", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := configs.Default()
	want.DHT.Bootstrap = []string{"bootstrap.jami.net:4222"}
	want.DHT.MainlineRouters = []string{"router.bittorrent.com:6881", "dht.transmissionbt.com:6881"}
	want.Link.STUN = nil
	got.Link.STUN = nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for _, host := range got.Hosts() {
		name, _, _ := strings.Cut(host, ":")
		if strings.Count(text, name) < 2 {
			t.Errorf("the sample does not say in words that %s is contacted", host)
		}
	}
}

// TestDefaultNamesNoHost: a file that says nothing makes us contact nobody.
func TestDefaultNamesNoHost(t *testing.T) {
	if hosts := configs.Default().Hosts(); len(hosts) != 0 {
		t.Errorf("the default contacts %v", hosts)
	}
	c, err := configs.Parse("f", []byte("version = 1\n"))
	if err != nil || !reflect.DeepEqual(c, configs.Default()) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestParse(t *testing.T) {
	c, err := configs.Parse("f", []byte(`
version = 1
[dht]
listen = [":4222"]
bootstrap = ["10.77.0.1:4222", "[fd77::1]:4222", "node_1.example.org:65535"]
network = 4294967295
mainline = false
mainline_routers = ["localhost:6881"]
discovery = false
[link]
stun = ["stun.example.org:3478"]
[[link.turn]]
server = "turn.example.org:3478"
user = "alice"
password_file = "secret"
[[link.turn]]
server = "192.0.2.1:3478"
user = "b"
password_file = "/etc/secret"
[call]
codecs = ["pcma", "opus"]
ring_timeout = "1m30s"
[log]
level = "debug"
`))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.DHT.Listen) != 2 || c.DHT.Listen[0].String() != "0.0.0.0:4222" || c.DHT.Listen[1].String() != "[::]:4222" {
		t.Errorf("listen %v", c.DHT.Listen)
	}
	if c.DHT.Network != 4294967295 || c.DHT.Mainline || c.DHT.Discovery || len(c.DHT.Bootstrap) != 3 {
		t.Errorf("dht %+v", c.DHT)
	}
	if len(c.Link.TURN) != 2 || c.Link.TURN[1] != (configs.TURN{Server: "192.0.2.1:3478", User: "b", PasswordFile: "/etc/secret"}) {
		t.Errorf("turn %+v", c.Link.TURN)
	}
	if c.Call.RingTimeout != 90*time.Second || strings.Join(c.Call.Codecs, " ") != "pcma opus" || c.Log.Level.String() != "DEBUG" {
		t.Errorf("%+v %+v", c.Call, c.Log)
	}
	want := "10.77.0.1:4222 [fd77::1]:4222 node_1.example.org:65535 stun.example.org:3478 turn.example.org:3478 192.0.2.1:3478"
	if hosts := strings.Join(c.Hosts(), " "); hosts != want { // mainline is off
		t.Errorf("hosts %s", hosts)
	}
}

func TestErrorsNameTheLine(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"", `f:1: version: the version of the format is missing: write version = 1 before everything else`},
		{"version = 2\nfuture = true", `f:1: version: the file is of format 2, and this program knows formats up to 1: use a newer program`},
		{"version = 0", `f:1: version: there is no format 0: write version = 1`},
		{"version = \"1\"", `f:1: version: it is a number: write version = 1`},
		{"version = 1\n\nlevel = 1", `f:3: level: there is no such key; the tables are dht, link, call and log`},
		{"version = 1\n[dht]\nlisten = [\":0\"]\nbootstap = []", `f:4: dht.bootstap: there is no such key; those of the table are dht.bootstrap, dht.discovery, dht.listen, dht.mainline, dht.mainline_routers, dht.network`},
		{"version = 1\n[DHT]", `f:2: DHT: there is no such key`},
		{"version = 1\n[dht.deep]\nx = 1", `f:2: dht.deep: there is no such key`},
		{"version = 1\ndht = 5", `f:2: dht: there is no such key`},
		{"version = 1\n[dht.listen]", `f:2: dht.listen: it is a list`},
		{"version = 1\n\"dht.network\" = 5", `f:2: "dht.network": there is no such key`},
		{"version = 1\n[dht]\nlisten = []", `f:3: dht.listen: the node needs an address`},
		{"version = 1\n[dht]\nlisten = [\"localhost:1\"]", `f:3: dht.listen: "localhost:1" is not an address of this machine and a port`},
		{"version = 1\n[dht]\nlisten = [\":70000\"]", `f:3: dht.listen: ":70000" is not`},
		{"version = 1\n[dht]\nlisten = [\"1.2.3.4:1\", \"1.2.3.5:1\"]", `f:3: dht.listen: the node has at most one`},
		{"version = 1\n[dht]\nlisten = \":1\"", `f:3: dht.listen: it is a list such as ["0.0.0.0:4222"]`},
		{"version = 1\n[dht]\nbootstrap = [\"a:1\",\n 5]", `f:3: dht.bootstrap: it is a list of texts`},
		{"version = 1\n[dht]\nbootstrap = [\"example.org\"]", `f:3: dht.bootstrap: "example.org" is not a host and a port`},
		{"version = 1\n[dht]\nbootstrap = [\"exa mple:1\"]", `f:3: dht.bootstrap: "exa mple:1" is not`},
		{"version = 1\n[dht]\nbootstrap = [\":1\"]", `f:3: dht.bootstrap: ":1" is not`},
		{"version = 1\n[dht]\nbootstrap = [\"a:0\"]", `f:3: dht.bootstrap: "a:0" is not`},
		{"version = 1\n[dht]\nnetwork = -1", `f:3: dht.network: it is a number from 0 to 4294967295`},
		{"version = 1\n[dht]\nnetwork = 1.5", `f:3: dht.network: it is a number`},
		{"version = 1\n[dht]\n\n\nmainline = \"yes\"", `f:5: dht.mainline: it is true or false`},
		{"version = 1\n[[link.turn]]\nserver = \"a:1\"\nuser = \"u\"", `link.turn: server 1: its password_file is missing or not a text`},
		{"version = 1\n[[link.turn]]\nserver = \"a:1\"\nuser = \"u\"\npassword = \"p\"", `link.turn: server 1: there is no key "password"`},
		{"version = 1\n[link]\nturn = 5", `f:3: link.turn: it is a list of tables`},
		{"version = 1\n[call]\ncodecs = [\"opus\", \"opus\"]", `f:3: call.codecs: the codec "opus" is named twice`},
		{"version = 1\n[call]\ncodecs = [\"speex\"]", `f:3: call.codecs: there is no codec "speex"; the codecs are opus, g722, pcmu, pcma`},
		{"version = 1\n[call]\nring_timeout = \"1s\"", `f:3: call.ring_timeout: "1s" is not a time from 5s to 10m`},
		{"version = 1\n[call]\nring_timeout = 60", `f:3: call.ring_timeout: it is a text such as "60s"`},
		{"version = 1\n[call]\nstrangers = \"some\"", `f:3: call.strangers: it is true or false`},
		{"version = 1\n[log]\nlevel = \"loud\"", `f:3: log.level: "loud" is not debug, info, warn or error`},
		{"version = 1\n[dht\nlisten = 1", `: expected '.' or ']' to end table name`},
		{"version = 1\nversion = 1", `f:2: `},
		{"version = 1\nx = \"\xff\"", `f:2: `},
		{"version = 1\n[log]\nlevel = \"" + strings.Repeat("x", 1000) + `"`, `f:3: log.level: "xxx`},
		{"#" + strings.Repeat("x", 300<<10), `f: the file has more than 262144 bytes`},
	} {
		_, err := configs.Parse("f", []byte(tc.text))
		var e *configs.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%.60q:\n got  %v\n want %s", tc.text, err, tc.want)
			continue
		}
		if strings.Contains(err.Error(), "\n") || len(err.Error()) > 300 {
			t.Errorf("%.60q: not one sentence: %v", tc.text, err)
		}
	}
}

func TestOverrides(t *testing.T) {
	base := []byte("version = 1\n[dht]\nbootstrap = [\"a:1\"]\n")
	c, err := configs.Parse("f", base,
		"dht.bootstrap=10.77.0.1:4222", "dht.listen=127.0.0.1:0, [::1]:0", "dht.network=7", "dht.mainline=false",
		"link.stun=", `call.codecs=["pcmu"]`, `call.ring_timeout="5s"`, "log.level = warn", "log.level=error", "call.strangers=false",
		`link.turn=[{server="t:1",user="u",password_file="/p"}]`)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(c.DHT.Bootstrap, " ") != "10.77.0.1:4222" || len(c.DHT.Listen) != 2 || c.DHT.Network != 7 || c.DHT.Mainline ||
		len(c.Link.STUN) != 0 || strings.Join(c.Call.Codecs, " ") != "pcmu" || c.Call.RingTimeout != 5*time.Second ||
		c.Log.Level.String() != "ERROR" || c.Call.Strangers || len(c.Link.TURN) != 1 {
		t.Errorf("%+v", c)
	}
	for text, want := range map[string]string{
		"dht.network":      `--set: "dht.network" is not of the form KEY=VALUE`,
		"dht.network=many": `--set: dht.network: it is a number from 0 to 4294967295`,
		"dht.nework=1":     `--set: dht.nework: there is no such key; those of the table are dht.bootstrap`,
		"=1":               `--set: there is no such key`,
		"version=1":        `--set: version: there is no such key`,
		"dht.listen=":      `--set: dht.listen: the node needs an address`,
		"link.turn=t:1":    `--set: link.turn: it is a list of tables`,
	} {
		if _, err := configs.Parse("f", base, text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestEnsureAndLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "home", configs.FileName)
	if _, err := configs.Load(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if created, err := configs.Ensure(path); err != nil || !created {
		t.Fatalf("%v, %v", created, err)
	}
	if c, err := configs.Load(path, "dht.bootstrap="); err != nil || len(c.DHT.Bootstrap) != 0 {
		t.Errorf("%v, %v", c.DHT.Bootstrap, err)
	}
	own := "version = 1\n[[link.turn]]\nserver = \"t:1\"\nuser = \"u\"\npassword_file = \"secret\"\n"
	if err := os.WriteFile(path, []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	if created, err := configs.Ensure(path); err != nil || created {
		t.Errorf("a file of the user's was written over: %v, %v", created, err)
	}
	c, err := configs.Load(path)
	if err != nil || c.Link.TURN[0].PasswordFile != filepath.Join(filepath.Dir(path), "secret") {
		t.Errorf("%+v, %v", c.Link.TURN, err)
	}
	if _, err := configs.Ensure(filepath.Join(path, "below a file")); err == nil {
		t.Error("a configuration was made below a file")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample(f), "dht.network=1")
	f.Add("version = 1\n[[link.turn]]\nserver = \"a:1\"\n", `link.turn=[{server="t:1"}]`)
	f.Add("version = 1\na.b.c = [[{x = 1979-05-27T07:32:00Z}]]", "log.level=\"debug\"\nx=1")
	f.Fuzz(func(t *testing.T, text, override string) {
		c, err := configs.Parse("f", []byte(text), override)
		if err == nil && (len(c.DHT.Listen) == 0 || len(c.Call.Codecs) == 0 || c.Call.RingTimeout <= 0) {
			t.Errorf("%+v", c)
		}
		var e *configs.Error
		if err != nil && (!errors.As(err, &e) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("error %q", err)
		}
	})
}
