// SPDX-License-Identifier: GPL-3.0-or-later

package identity_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwire/identity"
	"bellwire/internal/peer"
	"bellwire/internal/testid"
)

// jamid is a real Jami daemon of its own in a network namespace without any network, commanded over a
// message bus of its own.
type jamid struct {
	t   *testing.T
	dir string
}

const (
	jamidProgram = "/usr/libexec/jamid"
	jamidWait    = 60 * time.Second // it makes RSA keys, on a busy machine

	busConfig = `<busconfig><type>session</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`
)

func startJamid(t *testing.T) *jamid {
	t.Helper()
	program, bus, unshare := peer.Need(t, jamidProgram), peer.Need(t, "dbus-daemon"), peer.Need(t, "unshare")
	peer.Need(t, "gdbus")
	isolate := []string{"-n"}
	if os.Geteuid() != 0 {
		isolate = []string{"--map-current-user", "-n"}
	}
	if err := exec.Command(unshare, append(isolate, "true")...).Run(); err != nil {
		peer.Missing(t, "no network namespace can be made to keep jamid from public hosts")
	}
	j := &jamid{t: t, dir: t.TempDir()}
	config := filepath.Join(j.dir, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, j.socket()), 0o600); err != nil {
		t.Fatal(err)
	}
	j.run(bus, "--nofork", "--config-file="+config)
	j.await("the message bus", func() bool { _, err := os.Stat(j.socket()); return err == nil })
	j.run(unshare, append(isolate, program, "-p", "-c")...)
	j.await("jamid", func() bool {
		out, err := j.gdbus("org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", "cx.ring.Ring")
		return err == nil && strings.Contains(out, "true")
	})
	return j
}

func (j *jamid) socket() string { return filepath.Join(j.dir, "bus.sock") }

// run starts a program that ends with the test.
func (j *jamid) run(program string, args ...string) {
	j.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "DBUS_SESSION_BUS_ADDRESS=unix:path=" + j.socket(), "PULSE_SERVER=unix:/nonexistent"}
	for _, name := range []string{"HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"} {
		dir := filepath.Join(j.dir, name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			j.t.Fatal(err)
		}
		cmd.Env = append(cmd.Env, name+"="+dir)
	}
	if err := cmd.Start(); err != nil {
		j.t.Fatal(err)
	}
	j.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

func (j *jamid) gdbus(dest, object, method string, args ...string) (string, error) {
	call := []string{"call", "--timeout=30", "--address", "unix:path=" + j.socket(), "--dest", dest, "--object-path", object, "--method", method}
	out, err := exec.CommandContext(context.Background(), "gdbus", append(call, args...)...).CombinedOutput()
	return string(out), err
}

// do calls a method of the daemon's configuration manager.
func (j *jamid) do(method string, args ...string) string {
	j.t.Helper()
	out, err := j.gdbus("cx.ring.Ring", "/cx/ring/Ring/ConfigurationManager", "cx.ring.Ring.ConfigurationManager."+method, args...)
	if err != nil {
		j.t.Fatalf("jamid: %s: %v: %s", method, err, out)
	}
	return out
}

func (j *jamid) await(what string, done func() bool) {
	j.t.Helper()
	for deadline := time.Now().Add(jamidWait); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			j.t.Fatalf("%s did not come within %v", what, jamidWait)
		}
	}
}

// addAccount has the daemon add an account and waits until it knows the account's id.
func (j *jamid) addAccount(details map[string]string) (handle string, id identity.AccountID) {
	j.t.Helper()
	handle = j.add(details)
	username := regexp.MustCompile(`'Account\.username': '([0-9a-f]{40})'`)
	j.await("the account id", func() bool {
		match := username.FindStringSubmatch(j.do("getAccountDetails", handle))
		if match == nil {
			return false
		}
		var err error
		if id, err = identity.ParseAccountID(match[1]); err != nil {
			j.t.Fatal(err)
		}
		return true
	})
	return handle, id
}

func (j *jamid) add(details map[string]string) string {
	j.t.Helper()
	text := "{'Account.type':'RING','TURN.enable':'false','Account.upnpEnabled':'false'"
	for key, value := range details {
		text += fmt.Sprintf(",'%s':'%s'", key, value)
	}
	handle := regexp.MustCompile(`[0-9a-f]{16}`).FindString(j.do("addAccount", text+"}"))
	if handle == "" {
		j.t.Fatal("jamid added no account")
	}
	return handle
}

// chain returns the certificates of the daemon's device of an account.
func (j *jamid) chain(handle string) identity.Chain {
	j.t.Helper()
	path := filepath.Join(j.dir, "XDG_DATA_HOME", "jami", handle, "ring_device.crt")
	var chain identity.Chain
	j.await("the device certificate", func() bool {
		text, err := os.ReadFile(path)
		if err != nil {
			return false
		}
		chain, err = identity.ParseChainPEM(text)
		return err == nil
	})
	return chain
}

// ourAccount is an account as we make it today, of fixture keys.
func ourAccount(t *testing.T) *identity.Account {
	t.Helper()
	alice := testid.Account(t, "alice")
	return must[*identity.Account](t)(identity.AssembleAccount(randomSource, alice.CAKey, alice.Key, identity.ValidFrom(time.Now())))
}

// TestJamidImportsOurArchive: a Jami client becomes a device of an account of ours.
func TestJamidImportsOurArchive(t *testing.T) {
	j := startJamid(t)
	for name, password := range map[string]string{"open": "", "sealed": "open sesame ü"} {
		t.Run(name, func(t *testing.T) {
			account := ourAccount(t)
			archive := &identity.Archive{Account: account}
			if err := archive.SetDisplayName("Alice of Bellwire"); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "archive")
			if err := os.WriteFile(path, must[[]byte](t)(archive.Write(password)), 0o600); err != nil {
				t.Fatal(err)
			}
			handle, id := j.addAccount(map[string]string{"Account.archivePath": path, "Account.archivePassword": password})
			if id != account.ID() {
				t.Errorf("jamid has the account %s, want %s", id, account.ID())
			}
			chain := j.chain(handle)
			if err := chain.Verify(time.Now()); err != nil || chain.AccountID() != account.ID() {
				t.Errorf("its device: %v, %v", chain, err)
			}
			if details := j.do("getAccountDetails", handle); !strings.Contains(details, "Alice of Bellwire") {
				t.Error("the display name did not arrive")
			}
			// What it exports again is the same account.
			back := filepath.Join(t.TempDir(), "back")
			if out := j.do("exportToFile", handle, back, password); !strings.Contains(out, "true") {
				t.Fatalf("export: %s", out)
			}
			again := must[*identity.Archive](t)(identity.ReadArchive(must[[]byte](t)(os.ReadFile(back)), password))
			if again.Account.ID() != account.ID() || !bytes.Equal(again.Account.EthKey, account.EthKey) || again.Account.CAKey == nil {
				t.Errorf("exported again: %v", again)
			}
			j.do("removeAccount", handle)
		})
	}
}

// TestJamidRefusesWrongPassword shows that the test above would notice a wrong format.
func TestJamidRefusesWrongPassword(t *testing.T) {
	j := startJamid(t)
	path := filepath.Join(t.TempDir(), "archive")
	archive := &identity.Archive{Account: ourAccount(t)}
	if err := os.WriteFile(path, must[[]byte](t)(archive.Write("right")), 0o600); err != nil {
		t.Fatal(err)
	}
	handle := j.add(map[string]string{"Account.archivePath": path, "Account.archivePassword": "wrong"})
	j.await("the refusal", func() bool {
		list := j.do("getAccountList")
		return !strings.Contains(list, handle) || strings.Contains(j.do("getVolatileAccountDetails", handle), "ERROR")
	})
}

// TestWeImportJamidsArchive: an account made by a Jami client comes to us with its contacts, and goes
// back with them.
func TestWeImportJamidsArchive(t *testing.T) {
	const contact = "90d9b1e17c4667b635c8c4f32aafb244bf62595c"
	j := startJamid(t)
	for name, password := range map[string]string{"open": "", "sealed": "open sesame ü"} {
		t.Run(name, func(t *testing.T) {
			handle, id := j.addAccount(map[string]string{"Account.archivePassword": password})
			j.chain(handle)
			j.do("addContact", handle, contact)
			path := filepath.Join(t.TempDir(), "archive")
			if out := j.do("exportToFile", handle, path, password); !strings.Contains(out, "true") {
				t.Fatalf("export: %s", out)
			}
			data := must[[]byte](t)(os.ReadFile(path))
			if identity.IsSealed(data) != (password != "") {
				t.Errorf("sealed %v", identity.IsSealed(data))
			}
			archive, err := identity.ReadArchive(data, password)
			if err != nil || archive.Account.ID() != id {
				t.Fatalf("%v, %v", archive, err)
			}
			contacts := must[identity.ContactList](t)(archive.Contacts()).All()
			if !slices.ContainsFunc(contacts, func(c identity.Contact) bool { return c.ID.String() == contact && c.Active() }) {
				t.Errorf("contacts %v", contacts)
			}
			j.do("removeAccount", handle)
			if err := os.WriteFile(path, must[[]byte](t)(archive.Write(password)), 0o600); err != nil {
				t.Fatal(err)
			}
			handle, again := j.addAccount(map[string]string{"Account.archivePath": path, "Account.archivePassword": password})
			if again != id {
				t.Errorf("the account came back as %s", again)
			}
			j.await("the contact", func() bool { return strings.Contains(j.do("getContacts", handle), contact) })
			j.do("removeAccount", handle)
		})
	}
}
