// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamid

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bellwire/internal/peer"
	"bellwire/lab/proc"
	"bellwire/lab/wait"
	"bellwire/media/audio"
)

// Ear records what a daemon plays.
type Ear struct {
	file     string
	recorder *proc.Process
}

// Listen records what the daemon plays from now until Stop or the end of the test.
func (d *Daemon) Listen(t testing.TB) *Ear {
	t.Helper()
	file, err := os.CreateTemp(d.dir, "heard")
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	e := &Ear{file: file.Name()}
	e.recorder = proc.Start(t, proc.Spec{
		Path: peer.Need(t, "parec"),
		Args: []string{"-d", "spk.monitor", "--raw", "--format=s16le", "--channels=1", fmt.Sprintf("--rate=%d", soundRate), "--latency-msec=20", e.file},
		Dir:  d.dir,
		Env:  d.sound.env,
	})
	t.Cleanup(func() { e.keep(t) })
	wait.For(t, 10*time.Second, "the recorder", func() bool { return e.samples() > 0 })
	return e
}

// keep saves the recording when the test failed, where the files of tests are kept.
func (e *Ear) keep(t testing.TB) {
	if t.Failed() {
		saveFile(t, filepath.Base(e.file)+".s16le", func() ([]byte, error) { return os.ReadFile(e.file) })
	}
}

// samples is how many were recorded so far.
func (e *Ear) samples() int {
	info, err := os.Stat(e.file)
	if err != nil {
		return 0
	}
	return int(info.Size() / 2)
}

func (e *Ear) read(t testing.TB, from, count int) []int16 {
	t.Helper()
	file, err := os.Open(e.file)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	raw := make([]byte, 2*count)
	if _, err := file.ReadAt(raw, int64(2*from)); err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, count)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return pcm
}

const (
	// settled is how long a tone must have been heard without a gap to be there: a machine that has
	// much to do makes gaps in longer pieces.
	settled = 300 * time.Millisecond
	// present is the least share of a tone that is there, absent the most of one that is not.
	present, absent = 0.8, 0.1
)

// Hear waits until a tone is heard, and checks that until then another was not. Both are in Hz.
func (e *Ear) Hear(t testing.TB, there, notThere float64, limit time.Duration) {
	t.Helper()
	from, want := e.samples(), samplesOf(settled)
	var share audio.Share
	found := wait.Until(limit, func() bool {
		now := e.samples()
		if now-want < from {
			return false
		}
		share = audio.FindTone(e.read(t, now-want, want), soundRate, there)
		return share.Windows >= 3 && share.Least >= present
	})
	if !found {
		t.Fatalf("no tone of %v Hz was heard in %v; the last piece is %+v", there, limit, share)
	}
	all := e.read(t, from, e.samples()-from)
	if share := audio.FindTone(all, soundRate, notThere); share.Mean > absent {
		t.Errorf("a tone of %v Hz has a share of %.2f of what is heard", notThere, share.Mean)
	}
}

func samplesOf(d time.Duration) int { return int(d.Seconds() * soundRate) }

// AwaitSilence waits until nothing is heard.
func (e *Ear) AwaitSilence(t testing.TB, limit time.Duration) {
	t.Helper()
	from, want := e.samples(), samplesOf(settled)
	wait.For(t, limit, "silence from the recorder", func() bool {
		now := e.samples()
		return now-want >= from && audio.FindTone(e.read(t, now-want, want), soundRate, soundRate/4).Windows == 0
	})
}

// Stop ends the recording.
func (e *Ear) Stop() { e.recorder.Kill() }
