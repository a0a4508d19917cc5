// SPDX-License-Identifier: GPL-3.0-or-later

package ice_test

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bellwire/link/ice"
)

func readText(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "ice_msg", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTextOfJami(t *testing.T) {
	for _, name := range []string{
		"jamid-2023-request.txt", "jamid-2023-answer.txt", "jamid-2026-request.txt", "jamid-2026-answer.txt",
	} {
		t.Run(name, func(t *testing.T) {
			text := readText(t, name)
			d, err := ice.ParseText(text)
			if err != nil {
				t.Fatal(err)
			}
			if len(d.Candidates) != 5 {
				t.Fatalf("%d candidates, want 5", len(d.Candidates))
			}
			if got := string(ice.AppendText(nil, d)); got != text {
				t.Errorf("written again:\n%s\nwant:\n%s", got, text)
			}
			first, last := d.Candidates[0], d.Candidates[4]
			if !first.TCP || first.TCPType != ice.Passive || first.Type != ice.Host || first.Priority != 2130706431 {
				t.Errorf("first candidate %+v, want a passive TCP host", first)
			}
			if last.Type != ice.ServerReflexive || last.TCPType != ice.Active || last.Addr.Port() != 9 {
				t.Errorf("last candidate %+v, want an active reflexive one", last)
			}
		})
	}
}

// What follows the TCP type is ignored, as Jami does.
func TestTextOfPion(t *testing.T) {
	d, err := ice.ParseText(readText(t, "pion-request.txt"))
	if err != nil {
		t.Fatal(err)
	}
	want := []netip.AddrPort{
		netip.MustParseAddrPort("10.77.0.13:40681"),
		netip.MustParseAddrPort("10.77.0.13:9"),
		netip.MustParseAddrPort("[fd77::13]:40681"),
	}
	if len(d.Candidates) != len(want) {
		t.Fatalf("%d candidates, want %d", len(d.Candidates), len(want))
	}
	for i, c := range d.Candidates {
		if c.Addr != want[i] {
			t.Errorf("candidate %d at %s, want %s", i, c.Addr, want[i])
		}
	}
}

func TestParseTextSkipsLines(t *testing.T) {
	const head = "ufrag\npasswordpasswordpassword\n"
	for _, line := range []string{
		"",
		"H1 2 UDP 1 10.0.0.1 5000 typ host",                         // another component
		"H1 1 UDP 1 printer.local 5000 typ host",                    // a name
		"H1 1 UDP 1 fe80::1%eth0 5000 typ host",                     // a zone
		"H1 1 UDP 1 10.0.0.1 0 typ host",                            // no port
		"H1 1 UDP 1 10.0.0.1 65536 typ host",                        // not a port
		"H1 1 UDP 4294967296 10.0.0.1 5000 typ host",                // not a priority
		"H1 1 SCTP 1 10.0.0.1 5000 typ host",                        // another transport
		"H1 1 UDP 1 10.0.0.1 5000 typ guest",                        // another type
		"H1 1 TCP 1 10.0.0.1 5000 typ host",                         // no TCP type
		"H1 1 TCP 1 10.0.0.1 5000 typ host tcptype",                 // half a TCP type
		"H1 1 TCP 1 10.0.0.1 5000 typ host tcptype other",           // another TCP type
		strings.Repeat("H", 32) + " 1 UDP 1 10.0.0.1 5000 typ host", // a long foundation
		"H1 1 UDP 1 10.0.0.1 5000 host",                             // a word missing
	} {
		d, err := ice.ParseText(head + line + "\nH2 1 UDP 7 10.0.0.2 5000 typ relay raddr 10.0.0.1 rport 9\n")
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if len(d.Candidates) != 1 || d.Candidates[0].Priority != 7 {
			t.Errorf("%q: candidates %+v, want the second line only", line, d.Candidates)
		}
	}
}

func TestParseTextLimits(t *testing.T) {
	const head = "ufrag\npasswordpasswordpassword\n"
	const line = "H1 1 UDP 1 10.0.0.1 5000 typ host\n"
	d, err := ice.ParseText(head + strings.Repeat(line, 40))
	if err != nil || len(d.Candidates) != ice.MaxCandidates {
		t.Errorf("%d candidates, %v, want %d", len(d.Candidates), err, ice.MaxCandidates)
	}
	for name, text := range map[string]string{
		"empty":          "",
		"short ufrag":    "abc\npasswordpasswordpassword\n",
		"short password": "ufrag\npassword\n",
		"long password":  "ufrag\n" + strings.Repeat("p", 257) + "\n",
		"bad letter":     "ufr-g\npasswordpasswordpassword\n",
		"too long":       head + strings.Repeat(line, 600),
	} {
		if _, err := ice.ParseText(text); !errors.Is(err, ice.ErrDescription) {
			t.Errorf("%s: error %v, want ErrDescription", name, err)
		}
	}
}

func TestAppendTextGivesFoundations(t *testing.T) {
	d := ice.Description{
		Ufrag: "ufrag", Pwd: "passwordpasswordpassword",
		Candidates: []ice.Candidate{
			{TCP: true, Priority: 1, Addr: netip.MustParseAddrPort("10.0.0.1:5000"), Type: ice.Host, TCPType: ice.Passive},
			{TCP: true, Priority: 2, Addr: netip.MustParseAddrPort("10.0.0.1:9"), Type: ice.Host, TCPType: ice.Active},
			{TCP: true, Priority: 3, Addr: netip.MustParseAddrPort("10.0.0.2:9"), Type: ice.Relay, TCPType: ice.Passive},
		},
	}
	back, err := ice.ParseText(string(ice.AppendText(nil, d)))
	if err != nil || len(back.Candidates) != 3 {
		t.Fatalf("read back %+v, %v", back, err)
	}
	c := back.Candidates
	if c[0].Foundation != c[1].Foundation || c[0].Foundation == c[2].Foundation {
		t.Errorf("foundations %s %s %s, want the first two alike", c[0].Foundation, c[1].Foundation, c[2].Foundation)
	}
}

func TestCredentials(t *testing.T) {
	ufrag, pwd := ice.Credentials()
	answerUfrag, answerPwd := ice.AnswerCredentials(pwd)
	for _, d := range []ice.Description{{Ufrag: ufrag, Pwd: pwd}, {Ufrag: answerUfrag, Pwd: answerPwd}} {
		if err := d.Check(); err != nil {
			t.Error(err)
		}
	}
	if again, _ := ice.AnswerCredentials(pwd); again != answerUfrag {
		t.Error("the answer's credentials are not the same twice")
	}
	if _, other := ice.Credentials(); other == pwd {
		t.Error("credentials repeat")
	}
}

func FuzzParseText(f *testing.F) {
	for _, name := range []string{"jamid-2023-request.txt", "pion-request.txt"} {
		f.Add(readText(f, name))
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ice.ParseText(text)
		if err != nil {
			return
		}
		again, err := ice.ParseText(string(ice.AppendText(nil, d)))
		if err != nil {
			t.Fatalf("cannot read what was written: %v", err)
		}
		if len(again.Candidates) != len(d.Candidates) {
			t.Fatalf("%d candidates became %d", len(d.Candidates), len(again.Candidates))
		}
	})
}
