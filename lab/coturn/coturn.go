// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

// Package coturn runs coturn's relay for tests, over UDP and TCP.
package coturn

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwire/internal/peer"
	"bellwire/lab/netns"
	"bellwire/lab/proc"
)

// Program is the name of the executable.
const Program = "turnserver"

const port = 3478

// Server is a running relay with one user.
type Server struct {
	*proc.Process
	Addr                  netip.AddrPort
	User, Password, Realm string
}

// Start runs a relay at an address of the namespace until the test ends, or skips the test where the
// program is not installed.
func Start(t testing.TB, in *netns.Namespace, addr netip.Addr) *Server {
	t.Helper()
	program := peer.Need(t, Program)
	s := &Server{Addr: netip.AddrPortFrom(addr, port), User: "lab", Password: "secret", Realm: "lab"}
	dir := t.TempDir()
	config := filepath.Join(dir, "turnserver.conf")
	text := fmt.Sprintf(`listening-ip=%[1]s
relay-ip=%[1]s
listening-port=%[2]d
lt-cred-mech
user=%[3]s:%[4]s
realm=%[5]s
no-tls
no-dtls
no-cli
userdb=%[6]s/users
pidfile=%[6]s/pid
log-file=stdout
simple-log
verbose
`, addr, port, s.User, s.Password, s.Realm, dir)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Process = proc.Start(t, proc.Spec{Path: program, Args: []string{"-c", config}, Dir: dir, In: in})
	_, _, err := s.Await(0, 30*time.Second, func(l proc.Line) bool {
		return strings.Contains(l.Text, "listener opened on") && strings.Contains(l.Text, "TCP")
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
