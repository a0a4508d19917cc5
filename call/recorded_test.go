// SPDX-License-Identifier: GPL-3.0-or-later

package call_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/call"
	"bellwire/media/rtp"
)

// speaksICE reports whether a description has lines of ICE.
func speaksICE(description string) bool {
	return strings.Contains(description, "a=ice-ufrag:") && strings.Contains(description, "a=candidate:")
}

func has(t *testing.T, description string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(description, line+"\r\n") {
			t.Errorf("there is no line %q in\n%s", line, description)
		}
	}
}

// The calls of both generations of Jami, as far as their caller goes: offer, hold, resume.
func TestARecordedCall(t *testing.T) {
	for generation, files := range map[string][3]string{
		"2023": {"2023-call-video-01-sent-INVITE", "2023-call-video-12-sent-INVITE", "2023-call-video-17-sent-INVITE"},
		"2026": {"2026-call-audio-01-sent-INVITE", "2026-call-audio-06-sent-INVITE", "2026-call-audio-09-sent-INVITE"},
	} {
		t.Run(generation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				offer, hold, resume := recorded(t, files[0]), recorded(t, files[1]), recorded(t, files[2])
				j, answer := calledByJami(t, offer)
				defer j.leg.Hangup(t.Context())
				has(t, answer, "m=audio 9 RTP/SAVP 104 101", "a=rtpmap:104 opus/48000/2", "a=rtpmap:101 telephone-event/8000", "a=sendrecv")
				if n := strings.Count(answer, "a=crypto:"); n != 1 || !speaksICE(answer) {
					t.Errorf("%d keys in the answer\n%s", n, answer)
				}
				if strings.Contains(string(offer), "m=video") {
					has(t, answer, "m=video 0 RTP/SAVP 96")
				}
				if _, all := j.hears(keyIn(t, answer)); !all {
					t.Error("the caller cannot open what we send")
				}
				if n := j.speaks(keyIn(t, string(offer)), 1); n != 10 {
					t.Errorf("we took %d of 10 packets", n)
				}

				held := j.reoffer(hold)
				has(t, held, "m=audio 9 RTP/SAVP 104 101", "a=sendrecv")
				if speaksICE(held) {
					t.Errorf("a hold without ICE is answered\n%s", held)
				}
				if keyIn(t, held) == keyIn(t, answer) {
					t.Error("the answer to the hold has the former key")
				}
				synctest.Wait()
				if !j.leg.Held() || <-j.leg.Events() != (call.HeldByPeer{On: true}) {
					t.Error("nobody is told that the caller holds")
				}

				again := make(chan string)
				go func() { again <- j.reoffer(resume) }()
				resumed := <-again
				if !speaksICE(resumed) {
					t.Errorf("a restart of ICE is answered\n%s", resumed)
				}
				if _, all := j.hears(keyIn(t, answer)); !all {
					t.Error("while the new way is looked for we do not send as before")
				}
				j.way.connect <- struct{}{}
				synctest.Wait()
				if _, all := j.hears(keyIn(t, resumed)); !all {
					t.Error("we do not send under the new key on the new way")
				}
				synctest.Wait()
				if j.leg.Held() || <-j.leg.Events() != (call.HeldByPeer{On: false}) {
					t.Error("nobody is told that the caller holds no longer")
				}
				if n := j.speaks(keyIn(t, string(resume)), 2); n != 10 {
					t.Errorf("we took %d of 10 packets on the new way", n)
				}
			})
		})
	}
}

// A new offer without new ICE brings new keys. Jami 13.7.0 goes on with the former ones all the same, be
// it the one who offers or answers; by the letter of RFC 3264 a far end uses the new ones.
func TestKeysOfAnOfferWithoutICE(t *testing.T) {
	start := func(t *testing.T) (j *jami, ours, theirs [2]string) {
		offer, hold := recorded(t, "2026-call-audio-01-sent-INVITE"), recorded(t, "2026-call-audio-06-sent-INVITE")
		j, answer := calledByJami(t, offer)
		if n := j.speaks(keyIn(t, string(offer)), 1); n != 10 {
			t.Errorf("we took %d of 10 packets", n)
		}
		return j, [2]string{answer, j.reoffer(hold)}, [2]string{string(offer), string(hold)}
	}
	t.Run("not used", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			j, ours, theirs := start(t)
			defer j.leg.Hangup(t.Context())
			before, _ := j.hears(keyIn(t, ours[0]))
			<-time.After(time.Minute)
			if n := j.speaks(keyIn(t, theirs[0]), 1); n != 10 {
				t.Errorf("we took %d of 10 packets under the former key", n)
			}
			if after, all := j.hears(keyIn(t, ours[0])); !all || after != before {
				t.Errorf("we no longer send under the former key: source %08x, before %08x", after, before)
			}
		})
	})
	t.Run("used", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			j, ours, theirs := start(t)
			defer j.leg.Hangup(t.Context())
			before, _ := j.hears(keyIn(t, ours[0]))
			<-time.After(25 * time.Minute) // the sequence has wrapped
			if n := j.speaks(keyIn(t, theirs[1]), 2); n != 10 {
				t.Errorf("we took %d of 10 packets under the new key, from a new source", n)
			}
			if after, all := j.hears(keyIn(t, ours[1])); !all || after == before {
				t.Errorf("a far end that begins anew cannot open what we send: source %08x, before %08x", after, before)
			}
		})
	})
}

func TestVideoIsDeclinedAndTheCallGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, _ := calledByJami(t, recorded(t, "2026-call-audio-01-sent-INVITE"))
		defer j.leg.Hangup(t.Context())
		camera := recorded(t, "2026-call-video-24-sent-INVITE")
		j.way.connect <- struct{}{}
		answer := j.reoffer(camera)
		has(t, answer, "m=audio 9 RTP/SAVP 104 101", "m=video 0 RTP/SAVP 96")
		synctest.Wait()
		if n := j.speaks(keyIn(t, string(camera)), 2); n != 10 {
			t.Errorf("we took %d of 10 packets", n)
		}
		if _, all := j.hears(keyIn(t, answer)); !all {
			t.Error("the caller cannot open what we send")
		}
	})
}

func TestReportsAreNotEncrypted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		offer := recorded(t, "2026-call-audio-01-sent-INVITE")
		j, _ := calledByJami(t, offer)
		defer j.leg.Hangup(t.Context())
		j.speaks(keyIn(t, string(offer)), 7)
		r, err := rtp.ParseReport(<-j.way.reports, 7)
		for err == nil && !r.HasBlock { // the first may be from before anything was heard
			r, err = rtp.ParseReport(<-j.way.reports, 7)
		}
		if err != nil || !r.HasSender {
			t.Errorf("our report is %+v, %v", r, err)
		}
		theirs := rtp.Report{SSRC: 7, HasSender: true, Sender: rtp.SenderInfo{NTP: rtp.NTP(time.Now())}}
		theirs.HasBlock, theirs.Block = true, rtp.Block{SSRC: r.SSRC, Lost: 3}
		(*j.way.rtcp.Load())(theirs.Append(nil))
		if lost := j.leg.Stats().RemoteLost; lost != 3 {
			t.Errorf("the report of the far end says that 3 packets were lost, we read %d", lost)
		}
	})
}
