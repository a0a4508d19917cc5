// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
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
}

// eventsPayloadType is what we propose for telephone-event (RFC 4733); Jami uses the same.
const eventsPayloadType = 101

// talk is the negotiation of one leg: what we put into descriptions, and what came of them. Its
// user makes sure that one exchange ends before the next begins.
type talk struct {
	terms      Terms
	path       MediaPath
	negotiator *sdp.Negotiator
	keys       []offeredKey
	agreed     *sdp.Agreement
}

// offeredKey is a key of ours for one suite. It stays the same for the life of the leg, so that a
// re-INVITE that changes nothing about security disturbs nothing.
type offeredKey struct {
	suite srtp.Suite
	key   srtp.Key
}

func newTalk(terms Terms, path MediaPath) *talk {
	t := &talk{terms: terms, path: path, negotiator: sdp.NewNegotiator(terms.Profile, sessionID())}
	for _, suite := range terms.Suites {
		t.keys = append(t.keys, offeredKey{suite, srtp.NewKey(suite)})
	}
	return t
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
	for _, k := range t.keys {
		if k.suite == srtp.Plain {
			continue
		}
		audio.Crypto = append(audio.Crypto, sdp.Crypto{Suite: k.suite.String(), Params: k.key.Inline()})
	}
	l := sdp.Local{Media: []sdp.LocalMedia{audio}}
	t.path.Describe(&l)
	return l
}

// offer writes our offer.
func (t *talk) offer(direction sdp.Direction) ([]byte, error) {
	return t.negotiator.Offer(t.local(direction))
}

// answered takes the far end's answer to our offer.
func (t *talk) answered(body []byte) (media.Stream, error) {
	agreed, err := t.negotiator.Answered(body)
	if err != nil {
		return media.Stream{}, err
	}
	return t.settle(agreed)
}

// answer takes the far end's offer and writes our answer.
func (t *talk) answer(offer []byte, direction sdp.Direction) ([]byte, media.Stream, error) {
	body, agreed, err := t.negotiator.Answer(offer, t.local(direction))
	if err != nil {
		return nil, media.Stream{}, err
	}
	stream, err := t.settle(agreed)
	return body, stream, err
}

// settle turns an agreement into what the media session needs.
func (t *talk) settle(agreed *sdp.Agreement) (media.Stream, error) {
	if len(agreed.Media) == 0 || !agreed.Media[0].Accepted {
		return media.Stream{}, fmt.Errorf("the far end refused the sound: %w", sdp.ErrNoCommon)
	}
	plan := &agreed.Media[0]
	i := slices.IndexFunc(t.terms.Codecs, func(c codec.Codec) bool {
		_, same := receivedAs(plan.Receive, c)
		return same && sameCodec(plan.Codec, c)
	})
	if i < 0 {
		return media.Stream{}, fmt.Errorf("codec %s/%d was agreed but not offered: %w", plan.Codec.Name, plan.Codec.Clock, sdp.ErrNoCommon)
	}
	receive, _ := receivedAs(plan.Receive, t.terms.Codecs[i])
	stream := media.Stream{
		Codec:     t.terms.Codecs[i],
		SendPT:    plan.Codec.PayloadType,
		ReceivePT: receive,
		PlainRTCP: t.terms.PlainRTCP,
		Send:      plan.Direction&sdp.SendOnly != 0,
		Receive:   plan.Direction&sdp.RecvOnly != 0,
	}
	if plan.Events != nil {
		stream.DigitsSendPT, stream.DigitsReceivePT = plan.Events.PayloadType, eventsPayloadType
	}
	if err := t.secure(plan, &stream); err != nil {
		return media.Stream{}, err
	}
	t.agreed = agreed
	return stream, nil
}

// secure fills in the suite and the keys. Plain RTP is taken only where the terms name it.
func (t *talk) secure(plan *sdp.MediaPlan, stream *media.Stream) error {
	if plan.Encrypt == nil || plan.Decrypt == nil {
		if !slices.Contains(t.terms.Suites, srtp.Plain) {
			return fmt.Errorf("the far end offers no SRTP key and this line takes no plain RTP: %w", sdp.ErrNoCommon)
		}
		stream.Suite = srtp.Plain
		return nil
	}
	suite, known := srtp.ParseSuite(plan.Encrypt.Suite)
	if !known || plan.Decrypt.Suite != plan.Encrypt.Suite {
		return fmt.Errorf("SRTP suites %q and %q do not match: %w", plan.Encrypt.Suite, plan.Decrypt.Suite, sdp.ErrNoCommon)
	}
	remote, err := srtp.ParseInline(suite, plan.Decrypt.Params)
	if err != nil {
		return err
	}
	for _, k := range t.keys {
		if k.suite == suite {
			stream.Suite, stream.LocalKey, stream.RemoteKey = suite, k.key, remote
			return nil
		}
	}
	return fmt.Errorf("SRTP suite %s was not offered: %w", suite, sdp.ErrNoCommon)
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
