// SPDX-License-Identifier: GPL-3.0-or-later

package call_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"bellwire/call"
	"bellwire/sip"
)

const pictureWanted = `<?xml version="1.0" encoding="utf-8" ?><media_control><vc_primitive> <stream_id>1</stream_id>` +
	`<to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>`

func TestRequestsInsideACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, _ := calledByJami(t, recorded(t, "2026-call-audio-01-sent-INVITE"))
		defer j.leg.Hangup(t.Context())
		for _, c := range []struct {
			method, kind, body string
			want               int
		}{
			{"INFO", "application/media_control+xml", pictureWanted, 200},
			{"INFO", "Application/Media_Control+XML ; x", "recording_state=1", 200},
			{"INFO", "application/dtmf-relay", "Signal=5\r\nDuration=250\r\n", 200},
			{"INFO", "application/dtmf-relay", "Signal=x\r\n", 400},
			{"INFO", "application/other", "", 415},
			{"MESSAGE", "text/plain", "hello", 200},
			{"MESSAGE", "text/plain; utf8", "hello again", 200},
			{"MESSAGE", "text/plain", "too many", 480},
			{"MESSAGE", "application/confInfo+json", "[]", 200},
			{"MESSAGE", "application/confOrder+json", "{}", 415},
			{"MESSAGE", "x-ring/ring.profile.vcard;id=1;part=1;of=1", "BEGIN:VCARD", 415},
		} {
			send := j.session.Info
			if c.method == "MESSAGE" {
				send = j.session.Message
			}
			if status, err := send(t.Context(), c.kind, []byte(c.body)); err != nil || status != c.want {
				t.Errorf("%s %s %q is answered %d, %v; want %d", c.method, c.kind, c.body, status, err, c.want)
			}
		}
		if event := <-j.leg.Events(); event != (call.Digit{Key: '5'}) {
			t.Errorf("we are told %+v", event)
		}
		if want := []string{"hello", "hello again", "too many"}; !slices.Equal(j.texts, want) {
			t.Errorf("texts %q, want %q", j.texts, want)
		}
	})
}

// Jami sends keys by INFO and refuses those it gets, which is no failure of whoever pressed them.
func TestDigitsToJami(t *testing.T) {
	for status, fails := range map[int]bool{200: false, 500: false, 415: true} {
		synctest.Test(t, func(t *testing.T) {
			j, _ := calledByJami(t, recorded(t, "2026-call-audio-01-sent-INVITE"))
			defer j.leg.Hangup(t.Context())
			var keys []string
			go func() {
				for event := range j.session.Events() {
					e, ok := event.(*sip.InDialog)
					if !ok {
						continue
					}
					keys = append(keys, e.ContentType+" "+string(e.Body))
					if status == 200 {
						e.Accept()
					} else {
						e.Reject(status, "Unhandled by dialog usages")
					}
				}
			}()
			if err := j.leg.SendDigits(t.Context(), "5#"); (err != nil) != fails {
				t.Errorf("answered %d the command says %v", status, err)
			}
			want := "application/dtmf-relay Signal=5\r\nDuration=250\r\n,application/dtmf-relay Signal=#\r\nDuration=250\r\n"
			if got := strings.Join(keys, ","); !fails && got != want {
				t.Errorf("sent %q, want %q", got, want)
			}
		})
	}
}
