// SPDX-License-Identifier: GPL-3.0-or-later

package phone_test

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/call/calltest"
	"bellwire/media/audio"
	"bellwire/phone"
)

// TestTheEndIsToldAtOnce hangs up on a far end that has stopped to answer, in each state, and looks at
// the recording the moment the end is told.
func TestTheEndIsToldAtOnce(t *testing.T) {
	for _, state := range []call.State{call.Trying, call.Ringing, call.Established} {
		t.Run(state.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				go func() {
					in := d.far.Next(t.Context())
					if state >= call.Ringing {
						in.Ring()
					}
					if state == call.Established {
						in.Answer(t.Context(), call.Setup{Source: &calltest.Tone{Hz: 440}})
					}
				}()
				record := filepath.Join(t.TempDir(), "heard.wav")
				c, err := d.phone.Place("", "b", phone.Options{Sound: phone.Sound{Record: record}})
				if err != nil {
					t.Fatal(err)
				}
				d.await(state)
				<-time.After(3500 * time.Millisecond)
				d.far.Silence()
				begin := time.Now()
				c.Hangup()
				end := d.await(call.Ended)
				if took := time.Since(begin); took > 100*time.Millisecond {
					t.Errorf("the end was told after %v", took)
				}
				if state != call.Established {
					return
				}
				if end.Figures == nil || end.Seconds < 3.4 || end.Seconds > 3.7 {
					t.Errorf("figures %+v", end.Figures)
				}
				wav, err := audio.OpenWAV(record)
				if err != nil {
					t.Fatal(err)
				}
				defer wav.Close()
				if got := wav.Duration(); got < 3300*time.Millisecond {
					t.Errorf("%v are recorded of 3.5 s when the end is told", got)
				}
			})
		})
	}
}
