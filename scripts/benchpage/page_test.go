// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"strings"
	"testing"
)

func TestPageComparesWithTheRealProgram(t *testing.T) {
	out := `goos: linux
pkg: bellwire/lab
cpu: Some CPU
BenchmarkGet/dhtnode-2   1   0.80 ms/first-p50   3 ms/put-p50  0 B/op  0 allocs/op
BenchmarkGet/bellwire-2  1   0.40 ms/first-p50   3.333 ms/put-p50
BenchmarkSeal-2  1000000  700.5 ns/op  0 B/op  0 allocs/op
PASS
ok  	bellwire/lab	9.1s
`
	comments := map[string]string{"BenchmarkGet": sentence("BenchmarkGet", "BenchmarkGet gets a value\nfrom a swarm.\n")}
	sections := newSections(out, []source{{"bellwire/other", nil}, {"bellwire/lab", comments}})
	var page strings.Builder
	writePage(&page, "Measured somewhere.", sections)
	for _, want := range []string{
		"## lab\n\n### Get\n\nGets a value from a swarm.\n",
		"|  | dhtnode | bellwire | ratio |\n|---|---|---|---|\n| ms/first-p50 | 0.8 | 0.4 | 0.50 |\n| ms/put-p50 | 3 | 3.33 | 1.11 |\n",
		"### Seal\n\n|  | ns/op | B/op | allocs/op |\n|---|---|---|---|\n|  | 700 | 0 | 0 |\n",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks\n%s\nIt is\n%s", want, page.String())
		}
	}
}
