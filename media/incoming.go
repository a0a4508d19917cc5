// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"time"

	"bellwire/media/srtp"
)

// incoming is what an update brings to the receiver.
type incoming struct {
	stream Stream
	keys   keying
	opener *srtp.Opener // nil keeps the present one
	voices []*voice
}

// prepare makes what is new in a stream; voices that stay keep their buffers.
func (r *receiver) prepare(stream Stream) (*incoming, error) {
	r.mu.Lock()
	keys, present, first := r.keys, r.voices, r.opener == nil
	r.mu.Unlock()
	in := &incoming{stream: stream, keys: keying{stream.Suite, stream.RemoteKey}}
	for _, f := range stream.formats() {
		v := find(present, f)
		if v == nil {
			var err error
			if v, err = newVoice(f); err != nil {
				return nil, err
			}
		}
		in.voices = append(in.voices, v)
	}
	if first || keys != in.keys {
		var err error
		if in.opener, err = srtp.NewOpener(stream.Suite, stream.RemoteKey); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// apply puts an update into effect. A new key waits when that is asked for.
func (r *receiver) apply(in *incoming, update uint32, wait bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = nil
	if in.opener != nil {
		if r.opener != nil {
			in.opener.Continue(r.opener)
		}
		if wait {
			r.waiting, r.waitingFor = in, update
		} else {
			r.use(in)
		}
	}
	if r.current == nil || find(in.voices, r.current.Format) == nil {
		r.change(in.voices[0])
	}
	if r.stream.Receive && !in.stream.Receive {
		r.current.player.Restart() // what waits is not played when the call is resumed
	}
	for _, v := range r.voices {
		if find(in.voices, v.Format) == nil {
			r.add(v.player.Stats())
		}
	}
	r.stream, r.voices = in.stream, in.voices
}

// use changes the key. Who speaks under a new key may do so as another source.
func (r *receiver) use(in *incoming) {
	if r.opener != nil {
		r.former, r.formerEnds, r.rekeyed = r.opener, time.Now().Add(overlap), true
	}
	r.opener, r.keys = in.opener, in.keys
}

// open takes the protection off: by the present key, by the one the far end may change to at any
// time, or by the one before, which packets on the way still have.
func (r *receiver) open(p []byte, now time.Time) (plain []byte, late bool, err error) {
	if plain, err = r.opener.OpenRTP(r.plain, p); err == nil {
		return plain, false, nil
	}
	if r.waiting != nil {
		if plain, err := r.waiting.opener.OpenRTP(r.plain, p); err == nil {
			r.use(r.waiting)
			r.waiting = nil
			r.renewed.Store(r.waitingFor)
			return plain, false, nil
		}
	}
	if r.former == nil {
		return plain, false, err
	}
	if now.After(r.formerEnds) {
		r.former = nil
		return plain, false, err
	}
	plain, err = r.former.OpenRTP(r.plain, p)
	return plain, true, err
}
