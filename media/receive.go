// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"sync"
	"sync/atomic"
	"time"

	"bellwire/media/jitter"
	"bellwire/media/path"
	"bellwire/media/rtp"
	"bellwire/media/srtp"
)

const (
	// overlap is how long the former key still opens packets after a change: those on the way.
	overlap = 5 * time.Second
	// quietSource is for how long a source must be silent before another one takes its place at
	// once; otherwise the other one needs to be heard some times in a row.
	quietSource = 100 * time.Millisecond
	takeover    = 3
)

// receiver takes packets apart: it opens them, keeps the statistics and passes the payload on to
// the player of its codec.
type receiver struct {
	renewed atomic.Uint32 // the last update whose key, having waited, came into use

	mu         sync.Mutex // guards all below; held for each packet
	stream     Stream
	opener     *srtp.Opener
	keys       keying       // of opener
	former     *srtp.Opener // of the key before, until formerEnds
	formerEnds time.Time
	waiting    *incoming // has a key that the far end may change to
	waitingFor uint32    // the update that brought waiting
	rekeyed    bool      // nothing was heard yet under the present key
	voices     []*voice  // one for each format
	current    *voice
	events     rtp.Digits
	digits     chan rtp.Digit
	closed     bool // digits is

	known    bool // ssrc is
	ssrc     uint32
	rival    uint32 // another source that was heard last
	rivals   int    // how often in a row
	lastAt   time.Time
	firstAt  time.Time
	heardAt  time.Time // when anything authentic came last
	stats    rtp.Receiver
	received uint64
	refused  uint64
	lost     int64        // of sources before this one
	played   jitter.Stats // of voices before these

	plain []byte      // of the packet being taken apart
	peer  peerReports // what the far end's RTCP said
}

// voice is one format that may arrive.
type voice struct {
	Format
	player *jitter.Player
	frame  []int16
}

func newVoice(f Format) (*voice, error) {
	decoder, err := f.Codec.NewDecoder()
	if err != nil {
		return nil, err
	}
	return &voice{
		Format: f,
		player: jitter.NewPlayer(decoder, f.Codec.SampleRate, f.Codec.ClockRate),
		frame:  make([]int16, f.Codec.SamplesPerFrame()),
	}, nil
}

func (r *receiver) init(now time.Time) {
	r.heardAt = now
	r.digits = make(chan rtp.Digit, maxDigits)
	r.plain = make([]byte, 0, path.MTU)
}

func find(voices []*voice, f Format) *voice {
	for _, v := range voices {
		if v.PT == f.PT && sameCodec(v.Codec, f.Codec) {
			return v
		}
	}
	return nil
}

// add keeps the figures of a voice that is no longer used.
func (r *receiver) add(s jitter.Stats) {
	r.played.Late += s.Late
	r.played.Concealed += s.Concealed
}

// follow tells which source of ours the far end's reports are about.
func (r *receiver) follow(ssrc uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.peer.follow(ssrc)
}

// packet takes one RTP packet of the path that arrived now.
func (r *receiver) packet(p []byte, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h, payload, ok := r.unpack(p, now)
	if !ok {
		r.refused++
		return
	}
	r.received++
	r.heardAt = now
	switch {
	case !r.stream.Receive:
	case h.PayloadType == r.stream.DigitsReceivePT && h.PayloadType != 0:
		if d, ok := r.events.Receive(payload, h.Timestamp, r.stream.digitsClock(), now); ok {
			r.give(d)
		}
	default:
		r.sound(h, payload, now)
	}
}

// unpack opens a packet and checks that it is a part of the stream.
func (r *receiver) unpack(p []byte, now time.Time) (h rtp.Header, payload []byte, ok bool) {
	if len(p) > path.MTU {
		return h, nil, false
	}
	plain, late, err := r.open(p, now)
	if err != nil {
		return h, nil, false
	}
	if h, payload, err = rtp.Parse(plain); err != nil {
		return h, nil, false
	}
	return h, payload, r.accept(h, late, now)
}

// accept keeps the statistics, and decides whether the packet is a part of the stream. A late one is
// under the key before.
func (r *receiver) accept(h rtp.Header, late bool, now time.Time) bool {
	if !r.known || h.SSRC != r.ssrc {
		if late || !r.changeSource(h.SSRC, now) {
			return false
		}
	}
	r.rivals = 0
	if !late {
		r.rekeyed = false
	}
	_, verdict := r.stats.Receive(h.Sequence)
	switch verdict {
	case rtp.Drop:
		return false
	case rtp.Restart:
		r.current.player.Restart()
		r.events = rtp.Digits{}
	}
	r.lastAt = now
	if r.firstAt.IsZero() {
		r.firstAt = now
	}
	return true
}

// changeSource decides whether a source takes the place of the one before: a call that is
// transferred goes on with another one, but a stray packet must not cut the sound. The first to be
// heard under a new key is believed at once.
func (r *receiver) changeSource(ssrc uint32, now time.Time) bool {
	if r.known && !r.rekeyed && now.Sub(r.lastAt) < quietSource {
		if ssrc != r.rival {
			r.rival, r.rivals = ssrc, 0
		}
		if r.rivals++; r.rivals < takeover {
			return false
		}
	}
	r.known, r.ssrc = true, ssrc
	r.lost += r.stats.Lost()
	r.stats.Reset(r.current.Codec.ClockRate, r.stream.Suite != srtp.Plain)
	r.peer.lastSR = 0
	return true
}

// sound passes the payload to the player of its codec.
func (r *receiver) sound(h rtp.Header, payload []byte, now time.Time) {
	if h.PayloadType != r.current.PT {
		v := r.byType(h.PayloadType)
		if v == nil {
			return // comfort noise and the like: the player fills the hole
		}
		r.change(v)
	}
	r.stats.Arrive(h.Timestamp, now)
	r.current.player.Put(h.Timestamp, payload, now)
}

// change goes on with another codec.
func (r *receiver) change(v *voice) {
	r.current = v
	v.player.Restart()
	r.stats.SetClockRate(v.Codec.ClockRate)
}

func (r *receiver) byType(payloadType uint8) *voice {
	for _, v := range r.voices {
		if v.PT == payloadType {
			return v
		}
	}
	return nil
}

// listening returns what is to be played now, if anything is to be heard at all, and ends the press of
// a telephone key whose last packets were lost.
func (r *receiver) listening(now time.Time) (v *voice, heard bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d, ok := r.events.Expire(r.stream.digitsClock(), now); ok {
		r.give(d)
	}
	return r.current, r.stream.Receive
}

// give hands a key to the reader; the oldest gives way when nobody reads.
func (r *receiver) give(d rtp.Digit) {
	for !r.closed {
		select {
		case r.digits <- d:
			return
		default:
		}
		select {
		case <-r.digits:
		default:
		}
	}
}

func (r *receiver) heard() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.heardAt
}

func (r *receiver) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	close(r.digits)
}
