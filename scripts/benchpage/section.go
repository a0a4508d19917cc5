// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// section is what one package measured.
type section struct {
	room       string
	benchmarks []benchmark
}

// benchmark is one function and its results, one for each sub-benchmark.
type benchmark struct {
	name    string
	comment string
	results []result
}

type result struct {
	variant string // the name of the sub-benchmark, "" for none
	figures []figure
}

type figure struct {
	unit  string
	value float64
}

// value returns the figure of a unit.
func (r result) value(unit string) (float64, bool) {
	for _, f := range r.figures {
		if f.unit == unit {
			return f.value, true
		}
	}
	return 0, false
}

var processors = regexp.MustCompile(`-\d+$`)

// newSections reads the output of `go test -bench` for the packages and keeps their order.
func newSections(out string, packages []source) []section {
	sections := make([]section, len(packages))
	at := -1
	for line := range strings.Lines(out) {
		if name, ok := strings.CutPrefix(line, "pkg: "); ok {
			name = strings.TrimSpace(name)
			at = slices.IndexFunc(packages, func(p source) bool { return p.ImportPath == name })
		}
		if name, r, ok := parseLine(line); ok && at >= 0 {
			sections[at].room = strings.TrimPrefix(packages[at].ImportPath, "bellwire/")
			sections[at].add(name, packages[at].comments[name], r)
		}
	}
	return slices.DeleteFunc(sections, func(s section) bool { return len(s.benchmarks) == 0 })
}

func (s *section) add(name, comment string, r result) {
	at := slices.IndexFunc(s.benchmarks, func(b benchmark) bool { return b.name == name })
	if at < 0 {
		at = len(s.benchmarks)
		s.benchmarks = append(s.benchmarks, benchmark{name: name, comment: comment})
	}
	s.benchmarks[at].results = append(s.benchmarks[at].results, r)
}

// parseLine reads "BenchmarkName/variant-2  100  12.5 ns/op  3 allocs/op".
func parseLine(line string) (name string, r result, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
		return "", result{}, false
	}
	name, r.variant, _ = strings.Cut(processors.ReplaceAllString(fields[0], ""), "/")
	for i := 2; i+1 < len(fields); i += 2 {
		v, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return "", result{}, false
		}
		r.figures = append(r.figures, figure{unit: fields[i+1], value: v})
	}
	if _, timed := r.value("ns/op"); !timed {
		r.figures = slices.DeleteFunc(r.figures, aboutMemory)
	}
	return name, r, true
}

// aboutMemory are figures that mean nothing for a benchmark that takes its time itself.
func aboutMemory(f figure) bool { return f.unit == "B/op" || f.unit == "allocs/op" }

// units lists the units of all results in the order of their first appearance.
func (b benchmark) units() []string {
	var units []string
	for _, r := range b.results {
		for _, f := range r.figures {
			if !slices.Contains(units, f.unit) {
				units = append(units, f.unit)
			}
		}
	}
	return units
}
