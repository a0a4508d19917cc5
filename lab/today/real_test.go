// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package today_test

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwire/call/calltest"
	"bellwire/dht"
	"bellwire/identity"
	"bellwire/internal/leak"
	"bellwire/internal/peer"
	"bellwire/internal/testid"
	"bellwire/lab/bell"
	"bellwire/lab/today"
	"bellwire/media/audio"
	"bellwire/media/codec"
)

// patience bounds each step with the program.
const patience = 30 * time.Second

// realNode starts a node of a private DHT on this machine.
func realNode(t testing.TB, bootstrap ...string) *dht.Node {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	node, err := dht.Start(dht.Config{Conns: []net.PacketConn{conn}, Bootstrap: bootstrap})
	must(t, err)
	t.Cleanup(func() { node.Close() })
	return node
}

// TestTheProgram goes the way of a person who calls somebody with today's Jami for the first time: no
// answer, a request, a call, and a call back.
func TestTheProgram(t *testing.T) {
	peer.Enabled(t)
	if err := codec.OpusAvailable(); err != nil {
		peer.Missing(t, err.Error())
	}
	leak.Check(t)
	first := realNode(t)
	bootstrap := first.Addrs()[0].String()
	node := realNode(t, bootstrap)
	must(t, node.WaitConnected(soon(t)))
	alice, err := today.Start(today.Config{
		Account: testid.Account(t, "alice"), Device: testid.Device(t, "alice"), DHT: node, Name: "alice",
	})
	must(t, err)
	t.Cleanup(alice.Close)
	t.Cleanup(func() {
		for _, complaint := range alice.Complaints() {
			t.Error(complaint)
		}
	})
	home := bell.NewHome(t, nil, "--json", "--set", fmt.Sprintf("dht.bootstrap=%s", bootstrap),
		"--set", "dht.mainline=false", "--set", "dht.discovery=false")
	own := home.NewAccount(t)

	refused := home.Start(t, "call", alice.ID())
	if code := refused.ExitCode(t, patience); code != 4 {
		t.Errorf("a stranger's call ended with exit code %d:\n%s", code, refused.Output())
	}
	if out := refused.Output(); !strings.Contains(out, "contact add") {
		t.Errorf("a stranger is not told what helps:\n%s", out)
	}
	home.Do(t, "contact", "add", alice.ID())
	request, err := alice.NextContactRequest(soon(t))
	must(t, err)
	if request.From.String() != own {
		t.Errorf("the request is from %s, want %s", request.From, own)
	}
	must(t, alice.Accept(soon(t), request))

	heard, ear := filepath.Join(home.Dir, "heard.wav"), &calltest.Ear{}
	calling := home.Start(t, "call", alice.ID(), "--tone", "440", "--record", heard, "--for", "4s")
	in, err := alice.NextCall(soon(t))
	must(t, err)
	must(t, in.Answer(soon(t), today.Setup{Source: &calltest.Tone{Hz: theirs}, Sink: ear}))
	heardReally(t, ear, ours)
	if code := calling.ExitCode(t, patience); code != 0 {
		t.Errorf("call ended with exit code %d:\n%s", code, calling.Output())
	}
	<-in.Done()
	wantTone(t, heard, theirs)

	back := filepath.Join(home.Dir, "back.wav")
	answering := home.Start(t, "answer", "--once", "--tone", "440", "--record", back)
	_, _, err = answering.Await(0, patience, func(e bell.Event) bool { return e.Event == "ready" })
	must(t, err)
	id, err := identity.ParseAccountID(own)
	must(t, err)
	c, err := alice.Dial(soon(t), id, today.Setup{Source: &calltest.Tone{Hz: theirs}, Sink: ear})
	must(t, err)
	heardReally(t, ear, ours)
	must(t, c.Hold(soon(t)))
	must(t, c.Resume(soon(t)))
	heardReally(t, ear, ours)
	must(t, c.Hangup(soon(t)))
	if code := answering.ExitCode(t, patience); code != 0 {
		t.Errorf("answer ended with exit code %d:\n%s", code, answering.Output())
	}
	wantTone(t, back, theirs)
	requestIDs(t, alice)
}

// heardReally waits until real buffers are full.
func heardReally(t testing.TB, ear *calltest.Ear, hz float64) {
	t.Helper()
	time.Sleep(time.Second)
	hears(t, ear, hz)
}

// wantTone checks that a tone is in a recording.
func wantTone(t testing.TB, file string, hz float64) {
	t.Helper()
	wav, err := audio.OpenWAV(file)
	must(t, err)
	defer wav.Close()
	pcm, err := audio.ReadAll(wav, time.Minute)
	must(t, err)
	start, end := wav.Rate()/2, len(pcm)-wav.Rate()/4
	if end-start < wav.Rate() {
		t.Fatalf("%s holds only %d samples of %d Hz", filepath.Base(file), len(pcm), wav.Rate())
	}
	if share := audio.FindTone(pcm[start:end], wav.Rate(), hz); share.Mean < 0.7 || share.Windows < 10 {
		t.Errorf("%s: the tone of %v Hz has a share of %.2f in %d windows", filepath.Base(file), hz, share.Mean, share.Windows)
	}
}
