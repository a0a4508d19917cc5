// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"strings"
	"testing"
)

func TestReportNamesEverySkipAndEndsWithTheLinesOfGoTest(t *testing.T) {
	events := `
{"Action":"start","Package":"bellwire/lab"}
{"Action":"run","Package":"bellwire/lab","Test":"TestSwarm"}
{"Action":"output","Package":"bellwire/lab","Test":"TestSwarm","Output":"=== RUN   TestSwarm\n"}
{"Action":"output","Package":"bellwire/lab","Test":"TestSwarm","Output":"    swarm_test.go:20: real peer: the program dhtnode is not installed\n"}
{"Action":"output","Package":"bellwire/lab","Test":"TestSwarm","Output":"--- SKIP: TestSwarm (0.00s)\n"}
{"Action":"skip","Package":"bellwire/lab","Test":"TestSwarm","Elapsed":0}
{"Action":"output","Package":"bellwire/lab","Test":"TestCall","Output":"    call_test.go:20: real peer: namespaces\n"}
{"Action":"pass","Package":"bellwire/lab","Test":"TestCall","Elapsed":2.5}
{"Action":"pass","Package":"bellwire/lab","Test":"TestParse","Elapsed":0.5}
{"Action":"run","Package":"bellwire/lab","Test":"TestConsole"}
{"Action":"output","Package":"bellwire/lab","Test":"TestConsole","Output":"    console_test.go:9: got 1, want 2\n"}
{"Action":"fail","Package":"bellwire/lab","Test":"TestConsole","Elapsed":1}
{"Action":"output","Package":"bellwire/lab","Output":"FAIL\n"}
{"Action":"output","Package":"bellwire/lab","Output":"FAIL\tbellwire/lab\t1.2s\n"}
{"Action":"fail","Package":"bellwire/lab","Elapsed":1.2}
`
	var rep report
	var out strings.Builder
	rep.read(strings.NewReader(strings.TrimSpace(events)), &out)
	rep.close(&out)
	for _, want := range []string{
		"got 1, want 2",
		"1 real-peer tests skipped, 1 passed",
		"skipped: bellwire/lab TestSwarm: real peer: the program dhtnode is not installed",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, out.String())
		}
	}
	if !strings.HasSuffix(out.String(), "FAIL\tbellwire/lab\t1.2s\n") {
		t.Errorf("the report does not end with the package's line:\n%s", out.String())
	}
}
