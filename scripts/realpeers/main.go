// SPDX-License-Identifier: GPL-3.0-or-later

// Command realpeers runs the tests that need real programs, root or real time: those that use
// internal/peer, with the other tests of their packages. It lists each such test that was skipped
// with the reason, then prints the closing line of each package as `go test` writes it, and fails as
// `go test` does.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// peerPackage is in the test programs of packages that may need a real peer.
const peerPackage = "bellwire/internal/peer"

// marker starts the line by which such a test tells what it uses; see the package.
const marker = "real peer:"

// timeout bounds the tests of one package.
const timeout = "25m"

func main() {
	packages, err := packagesWithPeers()
	if err != nil {
		fmt.Fprintln(os.Stderr, "realpeers:", err)
		os.Exit(1)
	}
	ok, err := run(packages, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "realpeers:", err)
	}
	if !ok || err != nil {
		os.Exit(1)
	}
}

// packagesWithPeers finds the packages whose test program has internal/peer in it.
func packagesWithPeers() ([]string, error) {
	const format = `{{.ImportPath}} {{join .Deps " "}}`
	out, err := exec.Command("go", "list", "-test", "-f", format, "./...").Output()
	if err != nil {
		return nil, fmt.Errorf("list the packages: %w", err)
	}
	var packages []string
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if name, isTest := strings.CutSuffix(fields[0], ".test"); isTest && slices.Contains(fields[1:], peerPackage) {
			packages = append(packages, name)
		}
	}
	if len(packages) == 0 {
		return nil, fmt.Errorf("no package has tests that use %s", peerPackage)
	}
	return packages, nil
}

// run tests one package at a time: these tests measure and fill the machine.
func run(packages []string, w io.Writer) (ok bool, err error) {
	args := append([]string{"test", "-json", "-p", "1", "-count", "1", "-timeout", timeout}, packages...)
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "BELLWIRE_REAL_PEERS=1")
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return false, err
	}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	var rep report
	rep.read(events, w)
	err = cmd.Wait()
	rep.close(w)
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		return false, nil
	}
	return err == nil, err
}

// event is a line of `go test -json`; see `go doc test2json`.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

// report follows the events of a run.
type report struct {
	output  map[string][]string // of each test still running, by package and name
	skipped []string            // one line each
	ran     int
	closing []string // the packages' own last lines
}

func (r *report) read(events io.Reader, w io.Writer) {
	r.output = map[string][]string{}
	lines := bufio.NewScanner(events)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(bytes.TrimSpace(lines.Bytes()), &e); err != nil {
			fmt.Fprintln(w, lines.Text())
			continue
		}
		r.add(e, w)
	}
}

func (r *report) add(e event, w io.Writer) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		r.output[key] = append(r.output[key], e.Output)
		return
	case "pass":
		if e.Test == "" {
			r.closePackage(key)
			break
		}
		if strings.Contains(strings.Join(r.output[key], ""), marker) {
			r.ran++
			fmt.Fprintf(w, "--- PASS: %s (%.2fs)\n", e.Test, e.Elapsed)
		}
	case "skip":
		if e.Test != "" {
			r.skipped = append(r.skipped, fmt.Sprintf("%s %s: %s", e.Package, e.Test, reason(r.output[key])))
			break
		}
		r.closePackage(key)
	case "fail", "build-fail":
		if e.Test != "" || e.Action == "build-fail" {
			fmt.Fprint(w, strings.Join(r.output[key], ""))
			break
		}
		fmt.Fprint(w, strings.Join(r.output[key], ""))
		r.closePackage(key)
	default:
		return
	}
	delete(r.output, key)
}

// closePackage keeps the last line that `go test` wrote for a package.
func (r *report) closePackage(key string) {
	if out := r.output[key]; len(out) > 0 {
		r.closing = append(r.closing, out[len(out)-1])
	}
}

func (r *report) close(w io.Writer) {
	fmt.Fprintf(w, "\n%d real-peer tests skipped, %d passed\n", len(r.skipped), r.ran)
	for _, line := range r.skipped {
		fmt.Fprintln(w, "  skipped:", line)
	}
	fmt.Fprint(w, strings.Join(r.closing, ""))
}

// reason is the text a test gave when it skipped: its last line that is not go test's own.
func reason(output []string) string {
	text := "no reason given"
	for _, line := range output {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") {
			continue
		}
		text = line
		if _, after, found := strings.Cut(line, ".go:"); found {
			_, text, _ = strings.Cut(after, ": ")
		}
	}
	return text
}
