// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamid

import (
	_ "embed"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// AccountConfig says how an account is to be.
type AccountConfig struct {
	Bootstrap string // host:port of a node of the DHT
	Archive   string // file to import it from; a new account otherwise
	Turn      Turn
	Details   map[string]string // any others, by jamid's names
}

// Turn is a relay. The zero value is none.
type Turn struct {
	Server, User, Password, Realm string
}

// Account is one account of a daemon, as one device.
type Account struct {
	*Daemon
	ID     string // 40 hex digits
	handle string // the daemon's name for it
}

// NewAccount makes or imports an account and returns when it is registered.
func (d *Daemon) NewAccount(t testing.TB, cfg AccountConfig) *Account {
	t.Helper()
	details := map[string]string{
		"Account.type":             "RING",
		"Account.alias":            "lab",
		"Account.displayName":      "lab",
		"Account.hostname":         cfg.Bootstrap,
		"Account.upnpEnabled":      "false",
		"Account.peerDiscovery":    "false",
		"Account.accountDiscovery": "false",
		"Account.accountPublish":   "false",
		"Account.proxyEnabled":     "false",
		"Account.ringtoneEnabled":  "true", // or the daemon makes a tone of its own, in place of the call's sound
		"Account.ringtonePath":     d.sound.ringtone,
		"Account.videoEnabled":     "false",
		"RingNS.uri":               "http://127.0.0.1:1", // nobody is there
		"DHT.PublicInCalls":        "true",
		"TURN.enable":              "false",
	}
	if cfg.Turn != (Turn{}) {
		details["TURN.enable"] = "true"
		details["TURN.server"] = cfg.Turn.Server
		details["TURN.username"] = cfg.Turn.User
		details["TURN.password"] = cfg.Turn.Password
		details["TURN.realm"] = cfg.Turn.Realm
	}
	if cfg.Archive != "" {
		details["Account.archivePath"] = cfg.Archive
		details["Account.archivePassword"] = ""
	}
	maps.Copy(details, cfg.Details)
	a := &Account{Daemon: d}
	d.ask(t, &a.handle, configuration, "addAccount", details)
	a.keepGroup(t)
	a.AwaitRegistered(t)
	a.ID = bareID(a.Details(t)["Account.username"])
	return a
}

// bareID finds the id in what the daemon calls an account: behind "jami:" or "ring:", with a host behind
// it, between angle brackets.
func bareID(uri string) string { return idInside.FindString(uri) }

var idInside = regexp.MustCompile(`[0-9a-f]{40}`)

// group is the one of 3072 bits of RFC 7919 A.2.
//
//go:embed testdata/ffdhe3072.pem
var group []byte

// keepGroup lets the daemon find a Diffie-Hellman group before it has made the keys of a new account: it
// would spend two seconds of a processor on finding one of its own while the test goes on.
func (a *Account) keepGroup(t testing.TB) {
	t.Helper()
	dir := filepath.Join(a.home(), "cache", a.handle)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "dhParams"), group, 0o600); err != nil {
		t.Fatal(err)
	}
}

// AwaitRegistered returns when others can find the account in the DHT.
func (a *Account) AwaitRegistered(t testing.TB) {
	t.Helper()
	// The signal may have come before: ask first, then wait for the next.
	for from, end := 0, time.Now().Add(registerLimit); ; {
		from = a.events.count()
		now := a.volatile(t)
		state := now["Account.registrationStatus"]
		if state == "REGISTERED" && now["Account.deviceAnnounced"] == "true" {
			return
		}
		_, err := a.events.await(from, time.Second, func(e Event) bool { return e.Name == "volatileAccountDetailsChanged" })
		if err != nil && time.Now().After(end) {
			t.Fatalf("the account of jamid is %s after %v", state, registerLimit)
		}
	}
}

// registerLimit includes the making of two keys of 4096 bits.
const registerLimit = time.Minute

// Details are the account's settings.
func (a *Account) Details(t testing.TB) map[string]string {
	t.Helper()
	details := map[string]string{}
	a.ask(t, &details, configuration, "getAccountDetails", a.handle)
	return details
}

func (a *Account) volatile(t testing.TB) map[string]string {
	t.Helper()
	details := map[string]string{}
	a.ask(t, &details, configuration, "getVolatileAccountDetails", a.handle)
	return details
}

// Set changes settings of the account, which registers again.
func (a *Account) Set(t testing.TB, changes map[string]string) {
	t.Helper()
	details := a.Details(t)
	maps.Copy(details, changes)
	a.do(t, configuration, "setAccountDetails", a.handle, details)
	a.AwaitRegistered(t)
}

// Export writes the account's archive, without a password, and returns the file's name.
func (a *Account) Export(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "account.gz")
	a.do(t, configuration, "exportToFile", a.handle, file, "")
	return file
}

// Online says whether the account takes part: an account that is not is as one whose machine is off.
func (a *Account) Online(t testing.TB, online bool) {
	t.Helper()
	a.do(t, configuration, "sendRegister", a.handle, online)
	if online {
		a.AwaitRegistered(t)
	}
}
