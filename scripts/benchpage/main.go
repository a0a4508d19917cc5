// SPDX-License-Identifier: GPL-3.0-or-later

// Command benchpage runs every benchmark of the module, prints what `go test` prints, and writes
// docs/benchmarks.md from it: for each benchmark its own comment, its figures, and beside a real
// program's figures from the same run the ratio to them.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// timeout bounds the benchmarks of one package; some watch idle nodes for minutes.
const timeout = "60m"

func main() {
	page := flag.String("o", "docs/benchmarks.md", "the `file` to write; empty writes none")
	from := flag.String("from", "", "write the page from the saved output in this `file` instead of running anything")
	pattern := flag.String("bench", ".", "run the benchmarks that match this `regexp`")
	flag.Parse()
	patterns := flag.Args()
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	if err := run(*page, *from, *pattern, patterns); err != nil {
		fmt.Fprintln(os.Stderr, "benchpage:", err)
		os.Exit(1)
	}
}

func run(page, from, pattern string, patterns []string) error {
	packages, err := packagesWithBenchmarks(patterns)
	if err != nil {
		return err
	}
	slices.SortStableFunc(packages, labFirst)
	out, err := output(from, pattern, packages)
	if err != nil || page == "" {
		return err
	}
	var text bytes.Buffer
	writePage(&text, machine(), newSections(out, packages))
	return os.WriteFile(page, text.Bytes(), 0o644)
}

// output returns what the benchmarks printed, now or when it was saved.
func output(from, pattern string, packages []source) (string, error) {
	if from != "" {
		saved, err := os.ReadFile(from)
		return string(saved), err
	}
	var all strings.Builder
	for _, p := range packages {
		out, err := bench(p.ImportPath, pattern)
		if err != nil {
			return "", err
		}
		all.WriteString(out)
	}
	return all.String(), nil
}

// labFirst puts the comparisons with real programs at the head of the page.
func labFirst(a, b source) int {
	const lab = "bellwire/lab/"
	switch inA, inB := strings.HasPrefix(a.ImportPath, lab), strings.HasPrefix(b.ImportPath, lab); {
	case inA && !inB:
		return -1
	case inB && !inA:
		return 1
	}
	return 0
}

// bench runs one package's benchmarks alone, so that nothing of ours disturbs them, and copies the
// output to the terminal as it comes.
func bench(importPath, pattern string) (string, error) {
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", pattern, "-benchmem", "-timeout", timeout, importPath)
	cmd.Env = append(os.Environ(), "BELLWIRE_REAL_PEERS=1")
	var out strings.Builder
	cmd.Stdout = io.MultiWriter(os.Stdout, &out)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("run the benchmarks of %s: %w", importPath, err)
	}
	return out.String(), nil
}
