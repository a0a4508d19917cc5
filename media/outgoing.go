// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"bellwire/media/codec"
	"bellwire/media/srtp"
)

// keying is what protects one direction.
type keying struct {
	suite srtp.Suite
	key   srtp.Key
}

// outgoing is what an update brings to the sender.
type outgoing struct {
	stream  Stream
	keys    keying
	sealer  *srtp.Sealer  // nil keeps the present one
	encoder codec.Encoder // nil keeps the present one
}

func (o *outgoing) discard() {
	if o.encoder != nil {
		o.encoder.Close()
	}
}

// prepare makes what is new in a stream.
func (s *sender) prepare(stream Stream) (*outgoing, error) {
	s.mu.Lock()
	former, keys, first := s.stream, s.keys, s.sealer == nil
	s.mu.Unlock()
	o := &outgoing{stream: stream, keys: keying{stream.Suite, stream.LocalKey}}
	var err error
	if first || keys != o.keys {
		if o.sealer, err = srtp.NewSealer(stream.Suite, stream.LocalKey); err != nil {
			return nil, err
		}
	}
	if first || !sameCodec(former.Codec, stream.Codec) {
		if o.encoder, err = stream.Codec.NewEncoder(); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// apply puts an update into effect and returns our SSRC. A new key waits when that is asked for.
func (s *sender) apply(o *outgoing, update uint32, wait bool) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = nil
	switch {
	case o.sealer == nil:
	case wait:
		s.waiting, s.waitingFor = o, update
	default:
		s.use(o)
	}
	s.stream = o.stream
	if o.encoder != nil {
		if s.encoder != nil {
			s.encoder.Close()
		}
		s.encoder = o.encoder
		s.pcm = make([]int16, s.stream.Codec.SamplesPerFrame())
		s.talking = false
		s.convert()
	}
	return s.ssrc
}

// use changes the key.
func (s *sender) use(o *outgoing) {
	switch {
	case s.sealer == nil:
	case s.announced:
		o.sealer.Continue(s.sealer)
	default:
		s.begin()
	}
	s.sealer, s.keys = o.sealer, o.keys
}

// renew uses the key that waits when the far end was heard under its own of the same update. It
// returns our SSRC if it did.
func (s *sender) renew(heard uint32) (ssrc uint32, renewed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == nil || s.waitingFor != heard {
		return 0, false
	}
	s.use(s.waiting)
	s.waiting = nil
	return s.ssrc, true
}
