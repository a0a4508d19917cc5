// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"strconv"
	"time"
)

// Stats are the figures of a call.
type Stats struct {
	Codec       string        // encoding name and clock rate as in SDP, for example "opus/48000"
	SRTP        string        // SRTP profile, "none" for plain RTP
	Sent        uint64        // RTP packets
	Received    uint64        // RTP packets that were authentic and part of the stream
	Refused     uint64        // packets that failed authentication, were replayed or malformed
	Lost        uint64        // packets that never came (RFC 3550 A.3)
	Late        uint64        // packets that came after their place had been played
	Jitter      time.Duration // interarrival jitter (RFC 3550 A.8)
	RTT         time.Duration // round trip by RTCP; 0 when not known
	BufferDelay time.Duration // present delay of the jitter buffer
	Concealed   time.Duration // sound made up in place of lost packets
	RemoteLost  uint64        // packets of ours the far end reports lost
	FirstPacket time.Time     // when the first authentic RTP packet came; zero before
}

// Stats returns the figures as they are now; after Close, those of the whole call.
func (s *Session) Stats() Stats {
	var st Stats
	s.send.stats(&st)
	s.receive.statistics(&st)
	return st
}

func (s *sender) stats(st *Stats) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Codec = s.stream.Codec.Name + "/" + strconv.Itoa(s.stream.Codec.ClockRate)
	st.SRTP = s.stream.Suite.String()
	st.Sent = s.total + s.packets
}

func (r *receiver) statistics(st *Stats) {
	r.mu.Lock()
	defer r.mu.Unlock()
	st.Received, st.Refused = r.received, r.refused
	st.Lost = uint64(r.lost + r.stats.Lost())
	st.Jitter = r.stats.Jitter()
	st.RTT = r.peer.rtt
	st.RemoteLost = r.peer.before + r.peer.lost
	st.FirstPacket = r.firstAt
	st.BufferDelay = r.current.player.Stats().Delay
	st.Late, st.Concealed = r.played.Late, r.played.Concealed
	for _, v := range r.voices {
		p := v.player.Stats()
		st.Late += p.Late
		st.Concealed += p.Concealed
	}
}
