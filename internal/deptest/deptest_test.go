// SPDX-License-Identifier: GPL-3.0-or-later

package deptest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

const root = "../.."

var sources = sync.OnceValues(func() ([]*File, error) { return Load(root) })

func files(t *testing.T) []*File {
	t.Helper()
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestRoomsImportOnlyWhatTheGraphAllows(t *testing.T) {
	for _, f := range files(t) {
		if f.Test {
			continue
		}
		_, rooms := f.Imports()
		for _, to := range rooms {
			allowed, known := Allowed(f.Room, to)
			switch {
			case !known:
				t.Errorf("%s: the room %s is not in the table of edges.go", f.Path, f.Room)
			case !allowed:
				t.Errorf("%s: %s may not import %s", f.Path, f.Room, to)
			}
		}
	}
}

func TestEveryRoomIsInTheTable(t *testing.T) {
	for room := range packages(files(t)) {
		if _, known := Allowed(room, "internal/netx"); !known {
			t.Errorf("the room %s is not in the table of edges.go", room)
		}
	}
}

func TestTheLabIsImportedOnlyByTestsAndItsCommands(t *testing.T) {
	for _, f := range files(t) {
		if f.Test || within(f.Room, "lab/...") || within(f.Room, "scripts/...") || within(f.Room, "internal/testid/...") || f.Room == "link/linktest" {
			continue
		}
		_, rooms := f.Imports()
		for _, to := range rooms {
			if within(to, "lab/...") || to == "internal/testid" || to == "internal/leak" || to == "internal/peer" || to == "link/linktest" || to == "call/calltest" || to == "sip/auth/authtest" || to == "sip/locate/dnstest" {
				t.Errorf("%s imports %s, which is for tests", f.Path, to)
			}
		}
	}
}

// socketMakers names, by package, what opens a socket. They are used in internal/netx alone, so that
// the whole stack runs on a virtual network.
var socketMakers = map[string]*regexp.Regexp{
	"net":                        regexp.MustCompile(`^((Listen|Dial)($|[A-Z])|Dialer$|FileConn|FilePacketConn|FileListener)`),
	"crypto/tls":                 regexp.MustCompile(`^(Listen|Dial)`),
	"net/http":                   regexp.MustCompile(`^(ListenAndServe|Get$|Head$|Post|DefaultClient|DefaultTransport)`),
	"github.com/quic-go/quic-go": regexp.MustCompile(`^(ListenAddr|DialAddr)`),
}

func TestSocketsAreMadeInOnePlace(t *testing.T) {
	for _, f := range files(t) {
		if f.Test || f.Room == "internal/netx" || within(f.Room, "lab/...") {
			continue
		}
		for pkg, makers := range socketMakers {
			for _, name := range f.Calls(pkg) {
				if makers.MatchString(name) {
					t.Errorf("%s uses %s.%s; sockets come from internal/netx", f.Path, pkg, name)
				}
			}
		}
	}
}

func TestLibrariesNeverExit(t *testing.T) {
	for _, f := range files(t) {
		if f.Test || f.Syntax.Name.Name == "main" {
			continue
		}
		if slices.Contains(f.Calls("os"), "Exit") {
			t.Errorf("%s calls os.Exit; only a command may end the process", f.Path)
		}
		for _, name := range f.Calls("log") {
			if strings.HasPrefix(name, "Fatal") || strings.HasPrefix(name, "Panic") {
				t.Errorf("%s calls log.%s; return an error", f.Path, name)
			}
		}
	}
}

func TestEveryFileNamesItsLicence(t *testing.T) {
	for _, f := range files(t) {
		if !f.Licensed() {
			t.Errorf("%s: its first line is not the SPDX line", f.Path)
		}
	}
}

func TestEveryPackageSaysWhatItOwns(t *testing.T) {
	for room, members := range packages(files(t)) {
		if !slices.ContainsFunc(members, func(f *File) bool { return f.Syntax.Doc.Text() != "" }) {
			t.Errorf("%s: no file has a package comment", room)
		}
	}
}

// packages groups the files that are not tests by room.
func packages(all []*File) map[string][]*File {
	rooms := map[string][]*File{}
	for _, f := range all {
		if !f.Test {
			rooms[f.Room] = append(rooms[f.Room], f)
		}
	}
	return rooms
}

func TestEveryDirectDependencyIsExplained(t *testing.T) {
	page := read(t, "docs/dependencies.md")
	block, _, _ := strings.Cut(read(t, "go.mod"), "// indirect")
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) (v\S+)$`).FindAllStringSubmatch(block, -1) {
		if row := "| `" + m[1] + "` | " + m[2] + " |"; !strings.Contains(page, row) {
			t.Errorf("docs/dependencies.md has no row that starts with %s", row)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestAllowed(t *testing.T) {
	for _, tt := range []struct {
		room, to       string
		allowed, known bool
	}{
		{"phone", "call", true, true},
		{"phone", "gateway", false, true},
		{"gateway", "phone", false, true},
		{"link", "dht", false, true},
		{"link/offer", "dht", true, true},
		{"dht", "dht/internal/queue", true, true},
		{"link", "dht/internal/queue", false, true},
		{"sip/dialog", "sip/auth", true, true},
		{"sip", "media/sdp", false, true},
		{"cmd/bellwire", "lab", true, true},
		{"identity", "internal/netx", true, true},
		{"elsewhere", "identity", false, false},
	} {
		allowed, known := Allowed(tt.room, tt.to)
		if allowed != tt.allowed || known != tt.known {
			t.Errorf("%s -> %s: allowed %v, known %v; want %v, %v", tt.room, tt.to, allowed, known, tt.allowed, tt.known)
		}
	}
}
