// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

var (
	opus   = Codec{PayloadType: 104, Name: "opus", Clock: 48000, Channels: 2}
	g722   = Codec{PayloadType: 9, Name: "G722", Clock: 8000}
	pcmu   = Codec{PayloadType: 0, Name: "PCMU", Clock: 8000}
	events = Codec{PayloadType: 101, Name: "telephone-event", Clock: 8000, Params: "0-15"}
)

// audio is a Local with one sound media.
func audio(key string, codecs ...Codec) Local {
	return Local{
		Host: netip.MustParseAddr("192.0.2.1"),
		Media: []LocalMedia{{
			Kind: "audio", Port: 4000, Codecs: codecs, Direction: SendRecv, SSRC: 77, CName: "c" + key,
			Crypto: []Crypto{
				{Suite: "AES_CM_128_HMAC_SHA1_80", Params: "inline:" + key},
				{Suite: "AES_CM_128_HMAC_SHA1_32", Params: "inline:short" + key},
			},
		}},
	}
}

// exchange makes an offer and its answer and returns what both sides understood.
func exchange(t *testing.T, a, b *Negotiator, la, lb Local) (atA, atB *Agreement, offer, answer string) {
	t.Helper()
	o, err := a.Offer(la)
	if err != nil {
		t.Fatal(err)
	}
	w, atB, err := b.Answer(o, lb)
	if err != nil {
		t.Fatal(err)
	}
	if atA, err = a.Answered(w); err != nil {
		t.Fatal(err)
	}
	return atA, atB, string(o), string(w)
}

func TestBothSidesUnderstandTheSame(t *testing.T) {
	for _, profile := range []Profile{Jami(), Bellwire()} {
		t.Run(profile.Name, func(t *testing.T) {
			lb := audio("B", pcmu, Codec{PayloadType: 96, Name: "OPUS", Clock: 48000, Channels: 2, Params: "useinbandfec=1"}, events)
			a, b, offer, answer := exchange(t, NewNegotiator(profile, 1), NewNegotiator(profile, 2), audio("A", g722, opus, pcmu, events), lb)
			pa, pb := a.Accepted("audio"), b.Accepted("audio")
			if pa == nil || pb == nil {
				t.Fatalf("not accepted:\n%s\n%s", offer, answer)
			}
			if pa.Codec.Name != "OPUS" || pa.Codec.PayloadType != 104 || pa.Codec.Params != "useinbandfec=1" || pb.Codec != opus {
				t.Errorf("codecs %+v and %+v", pa.Codec, pb.Codec)
			}
			if len(pb.Receive) != 3 || pb.Receive[0].PayloadType != 104 || pb.Receive[1].PayloadType != 0 {
				t.Errorf("the answer takes %+v", pb.Receive)
			}
			if pa.Encrypt.Params != "inline:A" || pa.Decrypt.Params != "inline:B" || pb.Encrypt.Params != "inline:B" || pb.Decrypt.Params != "inline:A" {
				t.Errorf("keys: %+v %+v", pa, pb)
			}
			if pa.Remote != netip.MustParseAddrPort("192.0.2.1:4000") || pa.Mux != profile.Mux || pb.Mux != profile.Mux {
				t.Errorf("paths: %+v %+v", pa, pb)
			}
			if onLink := profile.Path != ""; pa.OnLink != onLink || pb.OnLink != onLink {
				t.Errorf("on the link: %v %v", pa.OnLink, pb.OnLink)
			}
			if profile.SSRC && (len(pa.SSRC) != 1 || pa.SSRC[0] != 77 || pa.CName != "cB") {
				t.Errorf("source %v %q", pa.SSRC, pa.CName)
			}
		})
	}
}

func TestProfilesMeet(t *testing.T) {
	_, b, _, answer := exchange(t, NewNegotiator(Jami(), 1), NewNegotiator(Bellwire(), 2), audio("A", opus), audio("B", opus))
	if p := b.Accepted("audio"); p.Mux || p.OnLink || strings.Contains(answer, "mux") || strings.Contains(answer, pathAttribute) {
		t.Errorf("what was not offered is answered:\n%s", answer)
	}
}

func TestDirections(t *testing.T) {
	for _, c := range []struct{ offered, able, answered, caller Direction }{
		{SendRecv, SendRecv, SendRecv, SendRecv},
		{SendOnly, SendRecv, RecvOnly, SendOnly},
		{RecvOnly, SendRecv, SendOnly, RecvOnly},
		{Inactive, SendRecv, Inactive, Inactive},
		{SendRecv, SendOnly, SendOnly, RecvOnly},
		{SendOnly, SendOnly, Inactive, Inactive},
		{RecvOnly, SendOnly, SendOnly, RecvOnly},
	} {
		la, lb := audio("A", opus), audio("B", opus)
		la.Media[0].Direction, lb.Media[0].Direction = c.offered, c.able
		a, b, _, answer := exchange(t, NewNegotiator(Jami(), 1), NewNegotiator(Jami(), 2), la, lb)
		if !strings.Contains(answer, "a="+c.answered.String()+"\r\n") || b.Media[0].Direction != c.answered || a.Media[0].Direction != c.caller {
			t.Errorf("%v offered to %v: answered %v, caller %v", c.offered, c.able, b.Media[0].Direction, a.Media[0].Direction)
		}
	}
}

const head = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"

func TestOffersOfOthers(t *testing.T) {
	const sdes = "a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:abc\r\n"
	for _, c := range []struct {
		name, media string
		check       func(*MediaPlan, string) bool
	}{
		{"static payload types need no rtpmap", "m=audio 6000 RTP/SAVP 18 0\r\n" + sdes,
			func(p *MediaPlan, answer string) bool {
				return p.Codec.Name == "PCMU" && p.Decrypt.Tag == 7 && p.Encrypt.Tag == 7
			}},
		{"no direction is sendrecv", "m=audio 6000 RTP/SAVP 0\r\n" + sdes,
			func(p *MediaPlan, answer string) bool { return p.Direction == SendRecv }},
		{"direction of the session", "a=sendonly\r\nm=audio 6000 RTP/SAVP 0\r\n" + sdes,
			func(p *MediaPlan, answer string) bool { return p.Direction == RecvOnly }},
		{"direction behind the keys", "m=audio 6000 RTP/SAVP 0\r\n" + sdes + "a=recvonly\r\n",
			func(p *MediaPlan, answer string) bool { return p.Direction == SendOnly }},
		{"hold of RFC 2543", "m=audio 6000 RTP/SAVP 0\r\nc=IN IP4 0.0.0.0\r\n" + sdes,
			func(p *MediaPlan, answer string) bool { return p.Direction == RecvOnly }},
		{"not with ICE", "m=audio 9 RTP/SAVP 0\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\n" + sdes,
			func(p *MediaPlan, answer string) bool { return p.Direction == SendRecv && p.ICE == ICE{"u", "p"} }},
		{"RTCP elsewhere", "m=audio 6000 RTP/SAVP 0\r\na=rtcp:7000 IN IP4 192.0.2.8\r\n" + sdes,
			func(p *MediaPlan, answer string) bool {
				return p.RemoteRTCP == netip.MustParseAddrPort("192.0.2.8:7000")
			}},
		{"RTCP beside", "m=audio 6000 RTP/SAVP 0\r\n" + sdes,
			func(p *MediaPlan, answer string) bool {
				return p.RemoteRTCP == netip.MustParseAddrPort("192.0.2.9:6001")
			}},
		{"several suites: the first we know", "m=audio 6000 RTP/SAVP 0\r\na=crypto:1 F8_128_HMAC_SHA1_80 inline:x\r\n" + sdes + "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:y\r\n",
			func(p *MediaPlan, answer string) bool {
				return p.Decrypt.Params == "inline:abc" && strings.Contains(answer, "a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:shortB\r\n")
			}},
		{"demanding session parameters", "m=audio 6000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x UNENCRYPTED_SRTCP\r\n" + sdes,
			func(p *MediaPlan, answer string) bool { return p.Decrypt.Tag == 7 }},
		{"the same codec twice", "m=audio 6000 RTP/SAVP 0 96\r\na=rtpmap:96 pcmu/8000\r\n" + sdes,
			func(p *MediaPlan, answer string) bool { return len(p.Receive) == 1 }},
		{"video first", "m=video 7000 RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio 6000 RTP/SAVP 0\r\n" + sdes,
			func(p *MediaPlan, answer string) bool {
				return p.Kind == "audio" && strings.Contains(answer, "m=video 0 RTP/SAVP 96\r\nm=audio 4000 ")
			}},
		{"two audios, one of ours", "m=audio 6000 RTP/SAVP 0\r\n" + sdes + "m=audio 8000 RTP/SAVP 0\r\n" + sdes,
			func(p *MediaPlan, answer string) bool { return strings.Contains(answer, "m=audio 0 RTP/SAVP 0\r\n") }},
		{"ptime", "m=audio 6000 RTP/SAVP 0\r\na=ptime:30\r\n" + sdes,
			func(p *MediaPlan, answer string) bool { return p.PTime == 30 }},
	} {
		answer, a, err := NewNegotiator(Jami(), 1).Answer([]byte(head+c.media), audio("B", opus, pcmu))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if p := a.Accepted("audio"); p == nil || !c.check(p, string(answer)) {
			t.Errorf("%s: %+v\n%s", c.name, p, answer)
		}
	}
}

func TestRefusedOffers(t *testing.T) {
	for name, media := range map[string]string{
		"no key":           "m=audio 6000 RTP/SAVP 0\r\n",
		"plain":            "m=audio 6000 RTP/AVP 0\r\n",
		"unknown suite":    "m=audio 6000 RTP/SAVP 0\r\na=crypto:1 F8_128_HMAC_SHA1_80 inline:x\r\n",
		"unknown codec":    "m=audio 6000 RTP/SAVP 18\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n",
		"digits alone":     "m=audio 6000 RTP/SAVP 101\r\na=rtpmap:101 telephone-event/8000\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n",
		"only video":       "m=video 6000 RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\n",
		"unknown protocol": "m=audio 6000 TCP/RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n",
	} {
		n := NewNegotiator(Jami(), 1)
		if _, a, err := n.Answer([]byte(head+media), audio("B", pcmu, events)); !errors.Is(err, ErrNoCommon) {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

func TestVersionRisesWithChanges(t *testing.T) {
	n := NewNegotiator(Jami(), 5)
	version := func(l Local) uint64 {
		b, err := n.Offer(l)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		return s.Origin.Version
	}
	a, b := audio("A", opus), audio("B", opus)
	if v := []uint64{version(a), version(a), version(b), version(b), version(a)}; v[0] != 0 || v[1] != 0 || v[2] != 1 || v[3] != 1 || v[4] != 2 {
		t.Errorf("versions %v, want 0 0 1 1 2", v)
	}
}

func TestMediaKeepTheirPlaces(t *testing.T) {
	la, lb := audio("A", opus), audio("B", opus)
	video := LocalMedia{Kind: "video", Port: 5000, Codecs: []Codec{{96, "VP8", 90000, 0, ""}}, Direction: SendRecv, Crypto: la.Media[0].Crypto}
	a, b := NewNegotiator(Jami(), 1), NewNegotiator(Jami(), 2)
	la.Media = append(la.Media, video)
	exchange(t, a, b, la, lb)
	// The callee, who had nothing for the video, offers: its audio alone, in the first place.
	_, _, offer, answer := exchange(t, b, a, lb, la)
	if !strings.Contains(offer, "m=video 0 ") || !strings.Contains(answer, "m=video 0 ") {
		t.Errorf("offer\n%s\nanswer\n%s", offer, answer)
	}
	// Now with video of its own: the refused m= line stays, another is added.
	lb.Media = append(lb.Media, video)
	atB, atA, offer, _ := exchange(t, b, a, lb, la)
	if len(atB.Media) != 3 || atB.Media[1].Accepted || atA.Media[2].Accepted {
		t.Errorf("offer\n%s\n%+v", offer, atB.Media)
	}
	// Switched off by the caller.
	la.Media[1].Port = 0
	if _, _, offer, _ = exchange(t, a, b, la, lb); !strings.Contains(offer, "m=video 0 ") {
		t.Errorf("offer\n%s", offer)
	}
}

func TestRefusedOfferLeavesNoTrace(t *testing.T) {
	n := NewNegotiator(Jami(), 1)
	l := audio("A", opus)
	l.Media = append(l.Media, l.Media[0])
	if _, err := n.Offer(l); err != nil {
		t.Fatal(err)
	}
	n.Refused()
	if _, err := n.Answered([]byte(head)); !errors.Is(err, ErrMismatch) {
		t.Errorf("an answer to a refused offer: %v", err)
	}
	b, err := n.Offer(audio("A", opus))
	if err != nil || strings.Count(string(b), "m=audio") != 1 {
		t.Errorf("the next offer has the media of the refused one: %v\n%s", err, b)
	}
}

func TestBadAnswers(t *testing.T) {
	const key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n"
	for name, answer := range map[string]string{
		"fewer media": head,
		"more media":  head + strings.Repeat("m=audio 1 RTP/SAVP 0\r\n"+key, 2),
		"not SDP":     "hello",
	} {
		n := NewNegotiator(Jami(), 1)
		if _, err := n.Offer(audio("A", pcmu)); err != nil {
			t.Fatal(err)
		}
		if a, err := n.Answered([]byte(answer)); err == nil {
			t.Errorf("%s: %+v", name, a)
		}
	}
	for name, media := range map[string]string{
		"refused":         "m=audio 0 RTP/SAVP 0\r\n" + key,
		"no key":          "m=audio 9 RTP/SAVP 0\r\n",
		"two keys":        "m=audio 9 RTP/SAVP 0\r\n" + key + key,
		"unoffered tag":   "m=audio 9 RTP/SAVP 0\r\na=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:x\r\n",
		"unoffered suite": "m=audio 9 RTP/SAVP 0\r\na=crypto:1 AEAD_AES_128_GCM inline:x\r\n",
		"unoffered codec": "m=audio 9 RTP/SAVP 8\r\n" + key,
		"of another kind": "m=video 9 RTP/SAVP 0\r\n" + key,
	} {
		n := NewNegotiator(Jami(), 1)
		if _, err := n.Offer(audio("A", pcmu)); err != nil {
			t.Fatal(err)
		}
		a, err := n.Answered([]byte(head + media))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if a.Accepted("audio") != nil {
			t.Errorf("%s is accepted: %+v", name, a.Media)
		}
	}
}

func TestTextCannotAddLines(t *testing.T) {
	l := audio("A\r\na=evil:1", opus)
	l.Media[0].Candidates, l.ICE = []string{"x 1 UDP\na=evil:2"}, ICE{"u\r\na=evil:3", "p"}
	b, err := NewNegotiator(Bellwire(), 1).Offer(l)
	if err != nil || strings.Contains(string(b), "\na=evil") {
		t.Errorf("%v\n%s", err, b)
	}
}

// BenchmarkExchange is an offer, its answer, and both read.
func BenchmarkExchange(b *testing.B) {
	la, lb := audio("A", opus, g722, pcmu, events), audio("B", opus, pcmu, events)
	b.ReportAllocs()
	for b.Loop() {
		caller, callee := NewNegotiator(Jami(), 1), NewNegotiator(Jami(), 2)
		offer, _ := caller.Offer(la)
		answer, _, err := callee.Answer(offer, lb)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := caller.Answered(answer); err != nil {
			b.Fatal(err)
		}
	}
}
