// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"bellwire/media/audio"
	"bellwire/media/codec"
	"bellwire/media/path"
	"bellwire/media/rtp"
	"bellwire/media/srtp"
)

// sender turns the source into packets, a frame at a time.
type sender struct {
	log       *slog.Logger
	announced bool // our SSRC is in the SDP, so it stays

	mu         sync.Mutex // guards all below; held while a frame is made
	stream     Stream
	sealer     *srtp.Sealer
	keys       keying    // of sealer
	waiting    *outgoing // has a key that is used once the far end is heard under its own
	waitingFor uint32    // the update that brought waiting
	encoder    codec.Encoder
	source     audio.Source // as given
	converted  audio.Source // at the codec's rate; nil for silence
	muted      bool
	press      pressing

	ssrc      uint32
	sequence  uint16
	timestamp uint32
	talking   bool // the frame before was sent, so the next needs no marker
	packets   uint64
	octets    uint64
	total     uint64    // packets of sources of ours before this one
	lastAt    time.Time // when timestamp was sent
	failed    bool      // a write failed and was logged

	pcm     []int16
	payload []byte
	packet  []byte
}

func (s *sender) init(cfg Config, log *slog.Logger) {
	s.log = log
	s.source = cfg.Source
	s.ssrc, s.announced = cfg.SSRC, cfg.SSRC != 0
	s.payload = make([]byte, 0, path.MTU)
	s.packet = make([]byte, 0, path.MTU+srtp.Overhead)
	s.begin()
}

// begin starts a stream: numbers are random, so that they tell nothing (RFC 3550 5.1). The
// sequence begins in the lower half, so that it does not wrap before the peer has seen it.
func (s *sender) begin() {
	if !s.announced {
		s.ssrc = NewSSRC()
	}
	s.sequence = uint16(random32()) >> 1
	s.timestamp = random32()
	s.talking = false
	s.total += s.packets
	s.packets, s.octets = 0, 0
}

// convert adapts the source to the codec.
func (s *sender) convert() {
	s.converted = nil
	if s.source != nil {
		s.converted = audio.AtRate(s.source, s.stream.Codec.SampleRate)
	}
}

func (s *sender) setSource(source audio.Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.source = source
	s.convert()
}

func (s *sender) mute(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.muted = on
}

// frame sends what belongs into one frame: sound, or a part of a digit.
func (s *sender) frame(p path.Path, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stream.Send {
		s.talking = false
		s.press.abandon(ErrHeld)
	} else {
		s.read()
		if s.press.active() {
			s.sendDigit(p)
		} else {
			s.sendSound(p)
		}
	}
	s.lastAt = now
	s.timestamp += s.stream.Codec.ClockPerFrame()
}

// skip lets the stream's clock run over frames for which there was no time.
func (s *sender) skip(frames int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timestamp += uint32(frames) * s.stream.Codec.ClockPerFrame()
}

// read fills pcm from the source, with silence where it has nothing.
func (s *sender) read() {
	n := 0
	if s.converted != nil {
		var err error
		n, err = s.converted.ReadPCM(s.pcm)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				s.log.Warn("the sound to be sent ended early", "err", err)
			}
			s.source, s.converted = nil, nil
		}
	}
	if s.muted {
		n = 0
	}
	clear(s.pcm[n:])
}

func (s *sender) sendSound(p path.Path) {
	payload, err := s.encoder.Encode(s.payload[:0], s.pcm)
	if err != nil {
		s.complain("sound cannot be encoded", err)
		return
	}
	s.payload = payload
	s.write(p, s.stream.SendPT, !s.talking, s.timestamp)
	s.talking = true
}

// write sends payload as one packet.
func (s *sender) write(p path.Path, payloadType uint8, marker bool, timestamp uint32) {
	h := rtp.Header{Marker: marker, PayloadType: payloadType, Sequence: s.sequence, Timestamp: timestamp, SSRC: s.ssrc}
	s.sequence++
	packet := append(h.Append(s.packet[:0]), s.payload...)
	packet, err := s.sealer.SealRTP(packet[:0], packet)
	if err != nil {
		s.complain("a packet cannot be protected", err)
		return
	}
	if err := p.WriteRTP(packet); err != nil {
		s.complain("a packet cannot be sent", err)
		return
	}
	s.failed = false
	s.packets++
	s.octets += uint64(len(s.payload))
}

// complain logs the first of a row of failures; the path may have a bad moment fifty times a second.
func (s *sender) complain(what string, err error) {
	if !s.failed {
		s.log.Warn(what, "err", err)
	}
	s.failed = true
}

func (s *sender) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.press.abandon(ErrClosed)
	if err := s.encoder.Close(); err != nil {
		s.log.Debug("the encoder was not closed", "err", err)
	}
}

// sameCodec reports whether an encoder of one serves for the other.
func sameCodec(a, b codec.Codec) bool {
	return a.Name == b.Name && a.ClockRate == b.ClockRate && a.SampleRate == b.SampleRate
}
