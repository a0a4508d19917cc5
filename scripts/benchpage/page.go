// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// realPeers are the names of sub-benchmarks that measure a real program, its way of doing things or a raw
// cost for comparison: the other results of the benchmark are given as a ratio to them.
var realPeers = []string{"dhtnode", "jamid", "classic", "raw"}

func writePage(w io.Writer, machine string, sections []section) {
	fmt.Fprintf(w, `# Benchmarks

Written by %s; do not edit. Figures beside a real program's are of the same run on the same machine:
compare the ratios, not the figures, with those of another machine.

%s
`, "`make bench`", machine)
	for _, s := range sections {
		fmt.Fprintf(w, "\n## %s\n", s.room)
		for _, b := range s.benchmarks {
			fmt.Fprintf(w, "\n### %s\n", strings.TrimPrefix(b.name, "Benchmark"))
			if b.comment != "" {
				fmt.Fprintf(w, "\n%s\n", b.comment)
			}
			fmt.Fprintln(w)
			writeFigures(w, b)
		}
	}
}

func writeFigures(w io.Writer, b benchmark) {
	if i := slices.IndexFunc(b.results, isReal); i >= 0 && len(b.results) > 1 {
		writeComparison(w, b, b.results[i])
		return
	}
	units := b.units()
	var rows [][]string
	for _, r := range b.results {
		row := []string{r.variant}
		for _, u := range units {
			row = append(row, cell(r, u))
		}
		rows = append(rows, row)
	}
	writeTable(w, append([]string{""}, units...), rows)
}

func isReal(r result) bool { return slices.Contains(realPeers, r.variant) }

// writeComparison gives each unit a row, each variant a column, and after each variant of ours the
// ratio to the real one.
func writeComparison(w io.Writer, b benchmark, real result) {
	head := []string{"", real.variant}
	for _, r := range b.results {
		if !isReal(r) {
			head = append(head, r.variant, "ratio")
		}
	}
	var rows [][]string
	for _, u := range b.units() {
		row := []string{u, cell(real, u)}
		for _, r := range b.results {
			if !isReal(r) {
				row = append(row, cell(r, u), ratio(r, real, u))
			}
		}
		rows = append(rows, row)
	}
	writeTable(w, head, rows)
}

func cell(r result, unit string) string {
	v, ok := r.value(unit)
	if !ok {
		return ""
	}
	return number(v)
}

func ratio(r, real result, unit string) string {
	v, ok := r.value(unit)
	base, has := real.value(unit)
	if !ok || !has || base == 0 {
		return ""
	}
	return strconv.FormatFloat(v/base, 'f', 2, 64)
}

// number gives three significant digits to what is small, and whole numbers to what is not.
func number(v float64) string {
	switch {
	case v == float64(int64(v)):
		return strconv.FormatInt(int64(v), 10)
	case v >= 100 || v <= -100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	default:
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
}

func writeTable(w io.Writer, head []string, rows [][]string) {
	fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, row := range rows {
		fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
	}
}
