// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamid

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bellwire/internal/peer"
	"bellwire/lab/proc"
)

// startBus runs a message bus until the test ends and returns its address.
func startBus(t testing.TB, dir string) string {
	t.Helper()
	program := peer.Need(t, "dbus-daemon")
	config := filepath.Join(dir, "bus.conf")
	text := fmt.Sprintf(`<busconfig><type>session</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>`, filepath.Join(dir, "bus"))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	bus := proc.Start(t, proc.Spec{
		Path: program,
		Args: []string{"--nofork", "--print-address", "--config-file=" + config},
		Dir:  dir,
	})
	line, _, err := bus.Await(0, startLimit, func(l proc.Line) bool { return strings.HasPrefix(l.Text, "unix:path=") })
	if err != nil {
		t.Fatal(err)
	}
	return line.Text
}
