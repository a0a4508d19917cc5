// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorded returns the descriptions that two generations of the official client exchanged, by file name.
func recorded(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/jami/*.sdp")
	if err != nil || len(files) == 0 {
		t.Fatal("no recordings", err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(f)] = b
	}
	return all
}

func TestRecordedDescriptionsComeBackToTheLetter(t *testing.T) {
	for name, b := range recorded(t) {
		s, err := Parse(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := string(s.Append(nil)); got != string(b) {
			t.Errorf("%s comes back as\n%s", name, got)
		}
	}
}

// localLike describes a side the way a recorded description does, with its addresses and keys.
func localLike(t testing.TB, s *Session) Local {
	t.Helper()
	l := Local{Host: netip.MustParseAddr(s.Connection.Host), ICE: credentialsIn(s.Attributes)}
	for i := range s.Media {
		m := &s.Media[i]
		rtp, rtcp := s.addresses(m)
		l.Media = append(l.Media, LocalMedia{
			Kind: m.Kind, Port: int(rtp.Port()), RTCPPort: int(rtcp.Port()), Codecs: m.Codecs(),
			Direction: s.direction(m), Crypto: m.Cryptos(), Candidates: m.candidates(i, 2),
		})
	}
	return l
}

// anonymous takes out of a description what two speakers may call as they like: user, id and version of o=, and s=.
func anonymous(b []byte) string {
	lines := strings.Split(string(b), "\r\n")
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "o="):
			f := strings.Fields(line)
			lines[i] = "o= " + strings.Join(f[3:], " ")
		case strings.HasPrefix(line, "s="):
			lines[i] = "s="
		}
	}
	return strings.Join(lines, "\n")
}

func TestJamiProfileWritesWhatJamiWrites(t *testing.T) {
	for name, b := range recorded(t) {
		if !strings.Contains(name, "sent-INVITE") {
			continue
		}
		theirs, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := NewNegotiator(Jami(), 1).Offer(localLike(t, theirs))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := anonymous(ours), anonymous(b); got != want {
			t.Errorf("%s: we write\n%s\nJami wrote\n%s", name, got, want)
		}
	}
}

// A recorded call: the caller's offer, the callee's answer, hold and resume, read by a Negotiator on our side.
func TestRecordedCall(t *testing.T) {
	all := recorded(t)
	for _, generation := range []string{"2023", "2026"} {
		t.Run(generation, func(t *testing.T) {
			offer := all[generation+"-call-video-01-sent-INVITE.sdp"]
			answer := all[generation+"-call-video-04-rcvd-200-INVITE.sdp"]
			hold := all[generation+"-call-video-12-sent-INVITE.sdp"]
			theirs, _ := Parse(offer)
			caller, callee := NewNegotiator(Jami(), 1), NewNegotiator(Jami(), 2)
			if _, err := caller.Offer(localLike(t, theirs)); err != nil {
				t.Fatal(err)
			}
			a, err := caller.Answered(answer)
			if err != nil {
				t.Fatal(err)
			}
			if !a.Restart || a.ICE.Ufrag == "" || len(a.Media) != 2 {
				t.Fatalf("agreement %+v", a)
			}
			audio, video := a.Accepted("audio"), a.Accepted("video")
			if audio == nil || audio.Codec.Name != "opus" || audio.Codec.PayloadType != 104 || audio.Events == nil ||
				audio.Events.PayloadType != 101 || audio.Direction != SendRecv || audio.Mux {
				t.Errorf("audio %+v", audio)
			}
			if video == nil || video.Codec.Name != "H264" || !strings.Contains(video.Codec.Params, "profile-level-id") {
				t.Errorf("video %+v", video)
			}
			for _, plan := range []*MediaPlan{audio, video} {
				if plan.Encrypt == nil || plan.Decrypt == nil || plan.Encrypt.Params == plan.Decrypt.Params {
					t.Errorf("keys of %s: %v %v", plan.Kind, plan.Encrypt, plan.Decrypt)
				}
				components := map[int]bool{}
				for _, c := range plan.Candidates {
					components[componentOf(c)] = true
				}
				if len(components) != 2 || !components[1] || !components[2] {
					t.Errorf("components of %s: %v", plan.Kind, components)
				}
			}
			mine, _ := Parse(answer)
			if _, _, err := callee.Answer(offer, localLike(t, mine)); err != nil {
				t.Fatal(err)
			}
			held, h, err := callee.Answer(hold, localLike(t, mine))
			if err != nil {
				t.Fatal(err)
			}
			if h.Restart || strings.Contains(string(held), "candidate") || strings.Contains(string(held), "ice-") {
				t.Errorf("a hold keeps the transport, but we answered\n%s", held)
			}
			if v := h.Accepted("video"); v == nil || v.Direction != RecvOnly {
				t.Errorf("held video %+v", v)
			}
		})
	}
}
