// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamid

import (
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

// soundRate is the rate in Hz of the sound server, the same as Opus has, so that nothing is converted.
const soundRate = 48000

// soundServer is a PulseAudio of one daemon: what it plays goes nowhere but to those who record it,
// and its microphone hums.
type soundServer struct {
	env      []string // for its clients
	ringtone string   // a WAV file
}

// startSound runs a sound server until the test ends. The microphone gives a tone of that many hertz
// at half of full scale, or silence for 0.
func startSound(t testing.TB, dir string, tone float64) *soundServer {
	t.Helper()
	program := peer.Need(t, "pulseaudio")
	s := &soundServer{ringtone: silence(t, dir)}
	socket, script := filepath.Join(dir, "sound"), filepath.Join(dir, "sound.pa")
	commands := fmt.Sprintf(`load-module module-native-protocol-unix auth-anonymous=1 socket=%[1]s
load-module module-null-sink sink_name=spk rate=%[2]d channels=1
load-module module-null-sink sink_name=hum rate=%[2]d channels=1
set-default-sink spk
set-default-source hum.monitor
`, socket, soundRate)
	if tone > 0 {
		commands += fmt.Sprintf("load-module module-sine sink=hum frequency=%.0f\n", tone)
	}
	if err := os.WriteFile(script, []byte(commands), 0o600); err != nil {
		t.Fatal(err)
	}
	// Shared memory would be left behind by a server that is killed.
	server := proc.Start(t, proc.Spec{
		Path: program,
		Args: []string{"-n", "-F", script, "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=1", "--use-pid-file=0"},
		Dir:  dir,
		Env:  []string{"HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent"},
	})
	wait.For(t, 10*time.Second, "the sound server", func() bool {
		if _, err := os.Stat(socket); err == nil {
			return true
		}
		select {
		case <-server.Ended():
			t.Fatalf("the sound server ended:\n%s", server.Output())
		default:
		}
		return false
	})
	s.env = []string{
		"PULSE_SERVER=unix:" + socket,
		"PULSE_COOKIE=" + filepath.Join(dir, "cookie"),
		"PULSE_LATENCY_MSEC=20", // or jamid sends its packets in bursts
	}
	return s
}

// silence writes a second of it to a WAV file. It is the ringtone: when a call is accepted at once,
// faster than a person could, the daemon may go on ringing during the call.
func silence(t testing.TB, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "silence.wav")
	file, err := audio.CreateWAV(name, soundRate)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.WritePCM(make([]int16, soundRate)); err != nil {
		t.Fatal(err)
	}
	return name
}
