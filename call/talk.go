// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"

	"bellwire/media"
	"bellwire/media/codec"
	"bellwire/media/sdp"
	"bellwire/media/srtp"
)

// Terms are what a line offers and accepts on its legs.
type Terms struct {
	Profile   sdp.Profile
	Codecs    []codec.Codec // preferred first
	Suites    []srtp.Suite  // preferred first
	PlainRTCP bool          // RTCP is not encrypted although RTP is, as Jami does
	// FreshKeys brings new SRTP keys with each description of ours, for far ends that begin SRTP anew
	// when the call is changed and would not know how often the sequence has wrapped. Whether they
	// begin anew shows only in what they send, unless their transport changes too.
	FreshKeys bool
	// UnsaidHold takes an offer inside a call for a hold when it has no ICE lines, and for the end of one
	// when it has some, although the direction of the sound stays sendrecv: Jami holds so. What it offers
	// without ICE besides is a camera being switched off.
	UnsaidHold bool
	// DigitsByInfo sends keys by SIP INFO although the far end writes that it takes RFC 4733.
	DigitsByInfo bool
}

// eventsPayloadType is what our offers propose for telephone-event (RFC 4733); Jami uses the same.
const eventsPayloadType = 101

// talk is the negotiation of one leg: what we put into descriptions, and what came of them. Its
// user makes sure that one exchange ends before the next begins.
type talk struct {
	terms      Terms
	path       MediaPath
	negotiator *sdp.Negotiator
	keys       map[srtp.Suite]srtp.Key // ours, as they were offered last
	suite      srtp.Suite              // that was agreed last
	agreed     *sdp.Agreement
	turns      int // exchanges that came to an agreement
}

// outcome is what an exchange of offer and answer came to.
type outcome struct {
	stream media.Stream
	agreed *sdp.Agreement
	turn   int // counts from 1: a later outcome takes the place of an earlier one
}

func newTalk(terms Terms, path MediaPath) *talk {
	return &talk{
		terms: terms, path: path,
		negotiator: sdp.NewNegotiator(terms.Profile, sessionID()),
		keys:       map[srtp.Suite]srtp.Key{},
	}
}

// key returns our key for a suite. Unless the terms want fresh ones it stays the same for the life of
// the leg, so that a re-INVITE that changes nothing about security disturbs nothing.
func (t *talk) key(suite srtp.Suite) srtp.Key {
	if k, ok := t.keys[suite]; ok && !t.terms.FreshKeys {
		return k
	}
	t.keys[suite] = srtp.NewKey(suite)
	return t.keys[suite]
}

// leave forgets the key of the suite before this one: with a change of suite the counters of packets may
// begin anew, and what was sent under a key must not be followed by the same numbers under it.
func (t *talk) leave(next srtp.Suite) {
	if t.suite != next {
		delete(t.keys, t.suite)
		t.suite = next
	}
}

// sessionID is the random o= id of a description; it is kept positive in 63 bits since some
// peers read it as signed.
func sessionID() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return binary.BigEndian.Uint64(b[:]) >> 1
}

// local is our side of a description with one audio stream.
func (t *talk) local(direction sdp.Direction) sdp.Local {
	audio := sdp.LocalMedia{Kind: "audio", Port: 9, Direction: direction}
	for _, c := range t.terms.Codecs {
		audio.Codecs = append(audio.Codecs, sdp.Codec{
			PayloadType: c.PayloadType, Name: c.Name, Clock: c.ClockRate, Channels: c.Channels, Params: c.Fmtp,
		})
	}
	audio.Codecs = append(audio.Codecs, sdp.Codec{
		PayloadType: eventsPayloadType, Name: "telephone-event", Clock: 8000, Params: "0-15",
	})
	for _, suite := range t.terms.Suites {
		if suite != srtp.Plain {
			audio.Crypto = append(audio.Crypto, sdp.Crypto{Suite: suite.String(), Params: t.key(suite).Inline()})
		}
	}
	return sdp.Local{Media: []sdp.LocalMedia{audio}}
}

// offer writes our offer.
func (t *talk) offer(ctx context.Context, direction sdp.Direction) ([]byte, error) {
	l := t.local(direction)
	if err := t.path.Describe(ctx, &l, nil); err != nil {
		return nil, err
	}
	return t.negotiator.Offer(l)
}

// answered takes the far end's answer to our offer.
func (t *talk) answered(body []byte) (outcome, error) {
	agreed, err := t.negotiator.Answered(body)
	if err != nil {
		return outcome{}, err
	}
	return t.settle(agreed)
}

// answer takes the far end's offer and writes our answer.
func (t *talk) answer(ctx context.Context, offer []byte, direction sdp.Direction) ([]byte, outcome, error) {
	l := t.local(direction)
	offered, err := t.negotiator.Offered(offer, l)
	if err != nil {
		return nil, outcome{}, err
	}
	if err := t.path.Describe(ctx, &l, offered); err != nil {
		return nil, outcome{}, err
	}
	body, agreed, err := t.negotiator.Answer(offer, l)
	if err != nil {
		return nil, outcome{}, err
	}
	o, err := t.settle(agreed)
	return body, o, err
}

// settle turns an agreement into what the media session needs.
func (t *talk) settle(agreed *sdp.Agreement) (outcome, error) {
	plan := agreed.Accepted("audio")
	if plan == nil {
		return outcome{}, fmt.Errorf("the far end refused the sound: %w", sdp.ErrNoCommon)
	}
	i := slices.IndexFunc(t.terms.Codecs, func(c codec.Codec) bool {
		_, same := receivedAs(plan.Receive, c)
		return same && sameCodec(plan.Codec, c)
	})
	if i < 0 {
		return outcome{}, fmt.Errorf("codec %s/%d was agreed but not offered: %w", plan.Codec.Name, plan.Codec.Clock, sdp.ErrNoCommon)
	}
	receive, _ := receivedAs(plan.Receive, t.terms.Codecs[i])
	stream := media.Stream{
		Codec:     t.terms.Codecs[i],
		SendPT:    plan.Codec.PayloadType,
		ReceivePT: receive,
		PlainRTCP: t.terms.PlainRTCP,
		Send:      plan.Direction&sdp.SendOnly != 0,
		Receive:   plan.Direction&sdp.RecvOnly != 0,
		Tentative: t.terms.FreshKeys && !agreed.Restart,
	}
	if i := slices.IndexFunc(plan.Receive, sdp.Codec.IsEvents); plan.Events != nil && i >= 0 {
		stream.DigitsSendPT, stream.DigitsReceivePT = plan.Events.PayloadType, plan.Receive[i].PayloadType
	}
	if err := t.secure(plan, &stream); err != nil {
		return outcome{}, err
	}
	t.agreed = agreed
	t.turns++
	return outcome{stream, agreed, t.turns}, nil
}

// secure fills in the suite and the keys. Plain RTP is taken only where the terms name it.
func (t *talk) secure(plan *sdp.MediaPlan, stream *media.Stream) error {
	if plan.Encrypt == nil || plan.Decrypt == nil {
		if !slices.Contains(t.terms.Suites, srtp.Plain) {
			return fmt.Errorf("the far end offers no SRTP key and this line takes no plain RTP: %w", sdp.ErrNoCommon)
		}
		t.leave(srtp.Plain)
		stream.Suite = srtp.Plain
		return nil
	}
	suite, known := srtp.ParseSuite(plan.Encrypt.Suite)
	if !known || plan.Decrypt.Suite != plan.Encrypt.Suite {
		return fmt.Errorf("SRTP suites %q and %q do not match: %w", plan.Encrypt.Suite, plan.Decrypt.Suite, sdp.ErrNoCommon)
	}
	local, ours := t.keys[suite]
	if !ours {
		return fmt.Errorf("SRTP suite %s was not offered: %w", suite, sdp.ErrNoCommon)
	}
	remote, err := srtp.ParseInline(suite, plan.Decrypt.Params)
	if err != nil {
		return err
	}
	t.leave(suite)
	stream.Suite, stream.LocalKey, stream.RemoteKey = suite, local, remote
	return nil
}

// receivedAs returns the payload type under which a codec of ours arrives.
func receivedAs(list []sdp.Codec, c codec.Codec) (payloadType uint8, ok bool) {
	for _, r := range list {
		if sameCodec(r, c) {
			return r.PayloadType, true
		}
	}
	return 0, false
}

// heldByOffer reports whether the offer of the far end that was answered last holds the call.
func (t *talk) heldByOffer() bool {
	if t.agreed.Accepted("audio").Direction&sdp.SendOnly == 0 {
		return true
	}
	cameraOff := func(plan sdp.MediaPlan) bool { return plan.Kind == "video" && plan.Theirs == sdp.RecvOnly }
	return t.terms.UnsaidHold && !t.agreed.Restart && !slices.ContainsFunc(t.agreed.Media, cameraOff)
}
