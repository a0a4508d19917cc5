// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestCtrlCBeforeTheNetworkIsThere interrupts commands that wait for nodes of the DHT: there are none.
func TestCtrlCBeforeTheNetworkIsThere(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
	}{
		{[]string{"answer"}, exitDone},
		{[]string{"up"}, exitDone},
		{[]string{"call", strings.Repeat("ab", 20)}, exitFailed},
		{[]string{"message", strings.Repeat("ab", 20), "hello"}, exitFailed},
	} {
		for name, sig := range map[string]os.Signal{"Ctrl-C": os.Interrupt, "the terminal closes": syscall.SIGHUP} {
			t.Run(c.args[0]+", "+name, func(t *testing.T) {
				t.Parallel()
				dir := copyOfHome(t)
				cmd := exec.Command(os.Args[0], append(append([]string{"--home", dir}, private...), c.args...)...)
				cmd.Env = append(os.Environ(), asProgram+"=1")
				var said strings.Builder
				cmd.Stderr = &said
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				ended := make(chan struct{})
				go func() { cmd.Wait(); close(ended) }()
				<-time.After(time.Second)
				cmd.Process.Signal(sig)
				select {
				case <-ended:
				case <-time.After(10 * time.Second):
					cmd.Process.Kill()
					<-ended
					t.Fatal("it does not end")
				}
				if code := cmd.ProcessState.ExitCode(); code != c.code {
					t.Errorf("exit code %d, want %d: %s", code, c.code, said.String())
				}
				if strings.Contains(said.String(), "http://") {
					t.Errorf("it says %q", said.String())
				}
			})
		}
	}
}

// copyOfHome returns a home of its own with the account of all tests.
func copyOfHome(t *testing.T) string {
	t.Helper()
	dir, _ := homeWithAccount(t)
	copied := t.TempDir()
	if err := os.CopyFS(filepath.Join(copied, "accounts"), os.DirFS(filepath.Join(dir, "accounts"))); err != nil {
		t.Fatal(err)
	}
	return copied
}

func TestWhatOthersWriteCannotMoveTheCursor(t *testing.T) {
	for in, want := range map[string]string{
		"héllo, 世界 →":                 "héllo, 世界 →",
		"\x1b[2Jgone":                 " [2Jgone",
		"a\nbellwire: call from bob":  "a bellwire: call from bob",
		"\u009b31m red \u202etxt.exe": " 31m red  txt.exe",
		"bad \xff":                    "bad \uFFFD",
	} {
		if got := printable(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}
