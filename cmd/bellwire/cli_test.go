// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test binary be bellwire.
const asProgram = "BELLWIRE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	// Under nohup this process ignores SIGHUP, and its children would inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	code := m.Run()
	if dir, err := home(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// private keeps a command to itself.
var private = []string{
	"--set", "dht.mainline=false", "--set", "dht.discovery=false", "--set", "dht.bootstrap=", "--set", "dht.listen=127.0.0.1:0",
}

// run runs bellwire in a home and returns what it printed and its exit code.
func run(t *testing.T, home string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"--home", home}, args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), complaints.String(), cmd.ProcessState.ExitCode()
}

// home returns a folder with one account, the same for all tests.
var home = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "bellwire-cli-") })

func homeWithAccount(t *testing.T) (dir, id string) {
	t.Helper()
	dir, err := home()
	if err != nil {
		t.Fatal(err)
	}
	if stdout, _, _ := run(t, dir, "account", "list"); stdout == "" {
		if _, stderr, code := run(t, dir, "account", "new", "--name", "Test"); code != 0 {
			t.Fatalf("account new: exit code %d: %s", code, stderr)
		}
	}
	stdout, _, _ := run(t, dir, "account", "list")
	return dir, strings.Fields(stdout)[0]
}

func TestMistakesGetOneSentenceAndTheirExitCode(t *testing.T) {
	dir, id := homeWithAccount(t)
	files := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(files, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	truncated := write("truncated.wav", "RIFF\x00\x01\x00\x00WAVE")
	secret, wrong, empty := write("secret", "correct horse\n"), write("wrong", "battery staple\n"), write("empty", "\n")
	archive := filepath.Join(files, "archive.gz")
	if _, stderr, code := run(t, dir, "account", "export", id, archive, "--password-file", secret); code != 0 {
		t.Fatalf("export: exit code %d: %s", code, stderr)
	}
	notArchive := write("not-an-archive", "hello")
	broken := filepath.Join(files, "broken")
	if err := os.MkdirAll(broken, 0o700); err != nil {
		t.Fatal(err)
	}
	write("broken/state.db", strings.Repeat("not a store ", 1000))
	write("broken/bellwire.toml", "version = 1\n[dht]\nlisten = 5\n")
	taken, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() }) // behind the parallel cases
	stranger := strings.Repeat("ab", 20)

	for _, c := range []struct {
		name string
		home string
		args []string
		code int
		says string
	}{
		{"an unknown command", dir, []string{"frobnicate"}, exitUsage, "unknown command"},
		{"an unknown flag", dir, []string{"call", id, "--loud"}, exitUsage, "unknown flag"},
		{"no target", dir, []string{"call"}, exitUsage, "arg"},
		{"an id one digit short", dir, []string{"call", id[1:]}, exitNotFound, "has 39"},
		{"an id one digit long", dir, []string{"call", id + "0"}, exitNotFound, "has 41"},
		{"an id with a letter too far", dir, []string{"call", id[1:] + "g"}, exitNotFound, `is 'g'`},
		{"an account that is not here", dir, []string{"account", "show", stranger}, exitNotFound, "no such account"},
		{"a calling account that is not here", dir, []string{"call", id, "--account", stranger}, exitNotFound, "not in service"},
		{"no account at all", files, []string{"call", id}, exitNotFound, "account new"},
		{"a WAV file that is cut off", dir, []string{"call", stranger, "--send", truncated}, exitFailed, "truncated"},
		{"a WAV file that is not there", dir, []string{"call", stranger, "--send", truncated + "x"}, exitFailed, "no such file"},
		{"a recording that cannot be written", dir, []string{"call", stranger, "--record", "/proc/nowhere/x.wav"}, exitFailed, "/proc/nowhere/x.wav"},
		{"a key that is none", dir, []string{"call", stranger, "--dtmf", "12x"}, exitUsage, "no telephone key"},
		{"a tone nobody hears", dir, []string{"call", stranger, "--tone", "99999"}, exitFailed, "cannot be heard"},
		// In a home of its own, for its engine would serve the others.
		{"answering for an account that is not here", copyOfHome(t), []string{"answer", "--account", stranger}, exitNotFound, "not in service"},
		{"answering with a WAV file that is not there", dir, []string{"answer", "--send", truncated + "x"}, exitFailed, "no such file"},
		{"writing to an id one digit short", dir, []string{"message", id[1:], "hello"}, exitNotFound, "has 39"},
		{"writing nothing", dir, []string{"message", stranger, ""}, exitFailed, "empty"},
		{"writing from an account that is not here", dir, []string{"message", id, "hello", "--account", stranger}, exitNotFound, "not in service"},
		{"asking an id one digit short", dir, []string{"contact", "add", id[1:]}, exitNotFound, "has 39"},
		{"asking oneself", dir, []string{"contact", "add", id}, exitFailed, "itself"},
		{"accepting who did not ask", dir, []string{"contact", "accept", stranger}, exitNotFound, "not asked"},
		{"removing who is not there", dir, []string{"contact", "remove", stranger}, exitNotFound, "not among the contacts"},
		{"contacts of an account that is not here", dir, []string{"contact", "list", "--account", stranger}, exitNotFound, "not in service"},
		{"calls without an engine", dir, []string{"calls"}, exitFailed, "bellwire up"},
		{"hanging up without an engine", dir, []string{"calls", "hangup"}, exitFailed, "bellwire up"},
		{"pressing what is no key", dir, []string{"calls", "keys", "1x"}, exitUsage, "no telephone key"},
		{"no time to ring", dir, []string{"call", stranger, "--ring-timeout", "0s"}, exitUsage, "--ring-timeout"},
		{"a setting that does not exist", dir, []string{"--set", "dht.colour=red", "up"}, exitUsage, "dht.colour"},
		{"a port that is in use", dir, []string{"--set", "dht.listen=" + taken.LocalAddr().String(), "up"}, exitFailed, "in use"},
		{"a configuration with a mistake", broken, []string{"dht", "node"}, exitUsage, "bellwire.toml:3"},
		{"a home that cannot be written", "/proc/nowhere", []string{"account", "new"}, exitFailed, "--home"},
		{"an archive without its password", files, []string{"account", "import", archive}, exitNotAuthenticated, "--password-file"},
		{"an archive with a wrong password", files, []string{"account", "import", archive, "--password-file", wrong}, exitNotAuthenticated, "wrong"},
		{"an empty password", files, []string{"account", "import", archive, "--password-file", empty}, exitFailed, "empty"},
		{"a file that is no archive", files, []string{"account", "import", notArchive, "--password-file", secret}, exitFailed, "archive"},
		{"an archive that is not there", files, []string{"account", "import", archive + "x"}, exitFailed, "no such file"},
		{"an account twice", dir, []string{"account", "import", archive, "--password-file", secret}, exitFailed, "already"},
		{"a node that does not answer", dir, []string{"dht", "ping", taken.LocalAddr().String()}, exitUnreachable, "no node"},
		{"an address that is none", dir, []string{"dht", "ping", "127.0.0.1:99999"}, exitUsage, "HOST:PORT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := c.args
			if c.home != broken {
				args = append(append([]string{}, private...), args...)
			}
			stdout, stderr, code := run(t, c.home, args...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			if !strings.Contains(stderr, c.says) {
				t.Errorf("it says %q, want something about %q", stderr, c.says)
			}
			if n := strings.Count(strings.TrimSpace(stderr), "\n"); n > 0 || stdout != "" {
				t.Errorf("more than one sentence: %q %q", stdout, stderr)
			}
		})
	}
}

func TestADamagedStoreIsNamed(t *testing.T) {
	dir, _ := homeWithAccount(t)
	copied := t.TempDir()
	if err := os.CopyFS(filepath.Join(copied, "accounts"), os.DirFS(filepath.Join(dir, "accounts"))); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(copied, stateFile)
	if err := os.WriteFile(store, bytes.Repeat([]byte("damage"), 5000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr, code := run(t, copied, append(private, "history")...)
	if code != exitFailed || !strings.Contains(stderr, store) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestAnArchiveMovesAnAccount(t *testing.T) {
	dir, id := homeWithAccount(t)
	archive := filepath.Join(t.TempDir(), "archive.gz")
	_, stderr, code := run(t, dir, "account", "export", id, archive)
	if code != 0 || !strings.Contains(stderr, "no password") {
		t.Fatalf("export: exit code %d: %q", code, stderr)
	}
	if info, err := os.Stat(archive); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the archive: %v, %v", info.Mode(), err)
	}
	other := t.TempDir()
	stdout, stderr, code := run(t, other, "account", "import", archive)
	if code != 0 || strings.TrimSpace(stdout) != id {
		t.Fatalf("import: exit code %d: %q %q", code, stdout, stderr)
	}
	device := regexp.MustCompile(`device +([0-9a-f]{40})`)
	here, _, _ := run(t, dir, "account", "show", id)
	there, _, _ := run(t, other, "account", "show", id)
	if a, b := device.FindStringSubmatch(here), device.FindStringSubmatch(there); a == nil || b == nil || a[1] == b[1] {
		t.Errorf("devices %v and %v, want two different ones", a, b)
	}
	if _, stderr, code := run(t, other, "account", "remove", id); code != 0 {
		t.Errorf("remove: exit code %d: %s", code, stderr)
	}
	if stdout, _, _ := run(t, other, "account", "list"); stdout != "" {
		t.Errorf("after remove: %q", stdout)
	}
}

// TestKilledAtAnyMomentTheAccountStillWorks kills the engine again and again while it starts, and
// then asks it something that needs the account and the store.
func TestKilledAtAnyMomentTheAccountStillWorks(t *testing.T) {
	dir, _ := homeWithAccount(t)
	copied := t.TempDir()
	if err := os.CopyFS(filepath.Join(copied, "accounts"), os.DirFS(filepath.Join(dir, "accounts"))); err != nil {
		t.Fatal(err)
	}
	for i := range 25 {
		cmd := exec.Command(os.Args[0], append(append([]string{"--home", copied}, private...), "up")...)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(i)*4*time.Millisecond, func() { cmd.Process.Kill() })
		cmd.Wait()
		timer.Stop()
	}
	if stdout, stderr, code := run(t, copied, append(private, "history")...); code != 0 || stdout != "" || stderr != "" {
		t.Errorf("exit code %d: %q %q", code, stdout, stderr)
	}
}
