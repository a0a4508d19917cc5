// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package calls

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwire/internal/leak"
	"bellwire/internal/peer"
	"bellwire/lab/bell"
	"bellwire/media/audio"
)

const limit = 30 * time.Second

// TestACallBetweenTwoMachines has each side send a tone and find the other's, and only that, in what
// it recorded.
func TestACallBetweenTwoMachines(t *testing.T) {
	peer.NeedRoot(t)
	for _, tt := range []struct {
		family string
		v6     bool
	}{{"IPv4", false}, {"IPv6", true}} {
		t.Run(tt.family, func(t *testing.T) {
			leak.Check(t)
			place := NewPlace(t, 2, tt.v6)
			alice, aliceID := place.NewHome(t, 0)
			bob, bobID := place.NewHome(t, 1)
			atAlice, atBob := filepath.Join(alice.Dir, "heard.wav"), filepath.Join(bob.Dir, "heard.wav")

			answering := Answer(t, bob, "--once", "--tone", "770", "--record", atBob)
			calling := alice.Start(t, "call", bobID, "--tone", "440", "--record", atAlice, "--for", "3s")
			established, _, err := calling.Await(0, limit, bell.State("established"))
			if err != nil {
				t.Fatal(err)
			}
			if established.Peer != bobID {
				t.Errorf("the caller is told that it talks to %s, want %s", established.Peer, bobID)
			}
			if e, _, err := answering.Await(0, limit, bell.State("established")); err != nil || e.Peer != aliceID {
				t.Errorf("the callee is told that it talks to %s, %v; want %s", e.Peer, err, aliceID)
			}
			if code := calling.ExitCode(t, limit); code != 0 {
				t.Errorf("call ended with exit code %d:\n%s", code, calling.Output())
			}
			if code := answering.ExitCode(t, limit); code != 0 {
				t.Errorf("answer ended with exit code %d:\n%s", code, answering.Output())
			}
			wantTone(t, atAlice, 770, 440)
			wantTone(t, atBob, 440, 770)
		})
	}
}

// wantTone checks that one tone is in a recording and another is not. The first moments are left out:
// the buffer fills then.
func wantTone(t *testing.T, file string, there, absent float64) {
	t.Helper()
	wav, err := audio.OpenWAV(file)
	if err != nil {
		t.Error(err)
		return
	}
	defer wav.Close()
	pcm, err := audio.ReadAll(wav, time.Minute)
	if err != nil {
		t.Error(err)
		return
	}
	start, end := wav.Rate()/2, len(pcm)-wav.Rate()/4
	if end-start < wav.Rate() {
		t.Errorf("%s holds only %d samples of %d Hz", filepath.Base(file), len(pcm), wav.Rate())
		return
	}
	if share := audio.FindTone(pcm[start:end], wav.Rate(), there); share.Mean < 0.8 || share.Windows < 10 {
		t.Errorf("%s: the tone of %v Hz has a share of %.2f in %d windows", filepath.Base(file), there, share.Mean, share.Windows)
	}
	if share := audio.FindTone(pcm[start:end], wav.Rate(), absent); share.Mean > 0.1 {
		t.Errorf("%s: one's own tone of %v Hz has a share of %.2f", filepath.Base(file), absent, share.Mean)
	}
}

// TestInterruptEndsACallPolitely presses Ctrl-C at the caller: both commands end, the callee learns
// of it at once.
func TestInterruptEndsACallPolitely(t *testing.T) {
	peer.NeedRoot(t)
	leak.Check(t)
	place := NewPlace(t, 2, false)
	alice, _ := place.NewHome(t, 0)
	bob, bobID := place.NewHome(t, 1)
	answering := Answer(t, bob, "--once", "--tone", "770")
	calling := alice.Start(t, "call", bobID, "--tone", "440")
	if _, _, err := calling.Await(0, limit, bell.State("established")); err != nil {
		t.Fatal(err)
	}
	pressed := time.Now()
	calling.Signal(os.Interrupt)
	ended, _, err := answering.Await(0, limit, bell.State("ended"))
	if err != nil {
		t.Fatal(err)
	}
	if took := ended.Received.Sub(pressed); took > 2*time.Second {
		t.Errorf("the callee learnt of the end after %v", took)
	}
	if code := calling.ExitCode(t, limit); code != 0 {
		t.Errorf("call ended with exit code %d:\n%s", code, calling.Output())
	}
	if code := answering.ExitCode(t, limit); code != 0 {
		t.Errorf("answer ended with exit code %d:\n%s", code, answering.Output())
	}
}

// TestExitCodes checks what a script relies on, and that a person gets one sentence.
func TestExitCodes(t *testing.T) {
	peer.NeedRoot(t)
	leak.Check(t)
	place := NewPlace(t, 2, false)
	alice, _ := place.NewHome(t, 0)
	_, bobID := place.NewHome(t, 1) // has an account but never went online
	for _, tt := range []struct {
		what string
		args []string
		code int
	}{
		{"an unknown id", []string{"call", "00112233445566778899aabbccddeeff00112233"}, 4},
		{"an account that is not online", []string{"call", bobID}, 4},
		{"an id with a digit too few", []string{"call", bobID[1:]}, 3},
		{"an id with a letter that is no digit", []string{"call", "g" + bobID[1:]}, 3},
		{"an unknown command", []string{"telephone"}, 2},
		{"an unknown flag", []string{"call", bobID, "--loud"}, 2},
		{"a sound file that is not there", []string{"call", bobID, "--send", "/nonexistent.wav"}, 1},
	} {
		run := alice.Start(t, tt.args...)
		if code := run.ExitCode(t, time.Minute); code != tt.code {
			t.Errorf("%s: exit code %d, want %d; output:\n%s", tt.what, code, tt.code, run.Output())
		}
		if n := complaints(run); n != 1 {
			t.Errorf("%s: %d lines on standard error, want one sentence:\n%s", tt.what, n, run.Output())
		}
	}
}

// complaints counts the lines on standard error, without the notice of the first start.
func complaints(run *bell.Run) (n int) {
	for _, l := range run.Lines(0) {
		if l.Error && !strings.Contains(l.Text, "first start") {
			n++
		}
	}
	return n
}
