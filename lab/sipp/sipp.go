// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

// Package sipp runs SIPp with scenarios of its own, for what no phone and no PBX does: late offers,
// retransmissions, glare, forked early dialogs, requests out of order. Tried is Debian 12's version 3.6.1,
// which has no TLS and knows MD5 alone.
package sipp

import (
	"encoding/csv"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bellwire/internal/peer"
	"bellwire/lab/netns"
	"bellwire/lab/proc"
	"bellwire/lab/wait"
)

// Program is the name of the executable.
const Program = "sipp"

// Config says what to run. In, Local and Scenario must be given, and Remote where it calls.
type Config struct {
	In       *netns.Namespace
	Local    netip.AddrPort // where it listens; the port may be 0 where it calls
	Remote   netip.AddrPort // whom it calls
	Scenario string         // the name of one of this package, or XML
	User     string         // whom it asks for

	Calls   int               // 1; it ends after so many
	Rate    int               // calls a second; 10
	AtOnce  int               // calls at the same time; 0 is no limit
	Limit   time.Duration     // for all of them; 15 s
	Pause   time.Duration     // of a call, where the scenario leaves that open
	Keys    map[string]string // [name] in the scenario
	Users   [][]string        // a line for each call, in turn: [field0] and so on
	TCP     bool
	Load    bool     // keep no trace of the messages
	Options []string // further ones of SIPp
}

// Run is a SIPp that runs or has run.
type Run struct {
	*proc.Process
	dir   string
	limit time.Duration
}

// Start runs SIPp until its calls are over or the test ends, or skips the test where the program is not
// installed. A scenario that waits for calls is listening when it returns.
func Start(t testing.TB, cfg Config) *Run {
	t.Helper()
	r := &Run{dir: t.TempDir(), limit: cfg.Limit}
	if r.limit == 0 {
		r.limit = 15 * time.Second
	}
	scenario := filepath.Join(r.dir, "scenario.xml")
	write(t, scenario, text(t, cfg.Scenario, cfg.Keys))
	calls, rate := max(cfg.Calls, 1), cfg.Rate
	if rate == 0 {
		rate = 10
	}
	args := []string{
		"-sf", scenario, "-i", cfg.Local.Addr().String(), "-p", strconv.Itoa(int(cfg.Local.Port())),
		"-m", strconv.Itoa(calls), "-r", strconv.Itoa(rate), "-d", strconv.FormatInt(cfg.Pause.Milliseconds(), 10),
		"-timeout", fmt.Sprintf("%ds", int(r.limit.Seconds())), "-timeout_error",
		"-nostdin", "-trace_err", "-error_file", r.file("errors"), "-trace_stat", "-fd", "1", "-stf", r.file("stat.csv"),
	}
	if !cfg.Load {
		args = append(args, "-trace_msg", "-message_file", r.file("messages"))
	}
	if cfg.TCP {
		args = append(args, "-t", "t1")
	}
	if cfg.AtOnce > 0 {
		args = append(args, "-l", strconv.Itoa(cfg.AtOnce))
	}
	if cfg.User != "" {
		args = append(args, "-s", cfg.User)
	}
	if cfg.Users != nil {
		lines := []string{"SEQUENTIAL"}
		for _, fields := range cfg.Users {
			lines = append(lines, strings.Join(fields, ";"))
		}
		write(t, r.file("users.csv"), strings.Join(lines, "\n")+"\n")
		args = append(args, "-inf", r.file("users.csv"))
	}
	args = append(args, cfg.Options...)
	if cfg.Remote.IsValid() {
		args = append(args, cfg.Remote.String())
	}
	r.Process = proc.Start(t, proc.Spec{Path: peer.Need(t, Program), Args: args, Dir: r.dir, Env: []string{"TERM=dumb"}, In: cfg.In})
	process := r.Process
	t.Cleanup(process.Kill)
	wait.For(t, r.limit, "the start of sipp", func() bool {
		_, err := os.Stat(r.file("stat.csv")) // made after the socket
		select {
		case <-process.Ended():
			if err != nil {
				t.Fatalf("sipp has not started: %s\n%s", r.Errors(), process.Output())
			}
			return true // Wait says what happened
		default:
		}
		return err == nil
	})
	return r
}

func (r *Run) file(name string) string { return filepath.Join(r.dir, name) }

func write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Wait waits until all calls have gone through the scenario, and fails the test with what was said where
// one has not.
func (r *Run) Wait(t testing.TB) {
	t.Helper()
	if code := r.Code(t); code != 0 {
		messages := r.Messages()
		t.Errorf("sipp ends with %d: %s\n%s", code, r.Errors(), messages[:min(len(messages), maxShown)])
	}
}

// Code waits for the end and returns the exit status: 0 is that every call went through, 1 that some have
// not, 97 that the scenario said stop, 255 that the time was over or the command wrong.
func (r *Run) Code(t testing.TB) int {
	t.Helper()
	return r.ExitCode(t, r.limit+10*time.Second)
}

// Errors is what went wrong.
func (r *Run) Errors() string {
	text, _ := os.ReadFile(r.file("errors")) // there is none where nothing did
	return string(text)
}

// Messages are all SIP messages, in and out.
func (r *Run) Messages() string {
	text, _ := os.ReadFile(r.file("messages")) // there is none under load
	return string(text)
}

// AwaitMessage waits until a text is in a message.
func (r *Run) AwaitMessage(t testing.TB, text string) {
	t.Helper()
	wait.For(t, r.limit, "a message with "+text, func() bool { return strings.Contains(r.Messages(), text) })
}

// maxShown bounds, in bytes, the messages that a failure shows: SIPp answers a repeated message with its
// own, and two that do so never end.
const maxShown = 20000

// Stat is a counter of the statistics so far, by its name in the file that SIPp writes once a second:
// SuccessfulCall(C), FailedCall(C), ...
func (r *Run) Stat(t testing.TB, name string) int {
	t.Helper()
	file, err := os.Open(r.file("stat.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.Comma, reader.FieldsPerRecord = ';', -1
	rows, err := reader.ReadAll()
	if err != nil || len(rows) < 2 {
		return 0 // nothing is written yet
	}
	for i, title := range rows[0] {
		if title == name {
			n, err := strconv.Atoi(rows[len(rows)-1][i])
			if err != nil {
				t.Fatalf("the counter %s: %v", name, err)
			}
			return n
		}
	}
	t.Fatalf("sipp has no counter %s", name)
	return 0
}
