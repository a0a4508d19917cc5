// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamid

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"bellwire/internal/peer"
)

//go:embed testdata/netlink.c
var shimSource []byte

// buildShim compiles what jamid needs to list IPv6 addresses on recent kernels and returns the path
// of the library to preload.
func buildShim(t testing.TB, dir string) string {
	t.Helper()
	compiler := peer.Need(t, "cc")
	source, library := filepath.Join(dir, "netlink.c"), filepath.Join(dir, "netlink.so")
	if err := os.WriteFile(source, shimSource, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl").CombinedOutput()
	if err != nil {
		t.Fatalf("compile the library that jamid is started with: %v\n%s", err, out)
	}
	return library
}
