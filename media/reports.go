// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"encoding/base64"
	"encoding/binary"
	"time"

	"bellwire/media/path"
	"bellwire/media/rtp"
)

// reports is what the goroutine that writes RTCP needs.
type reports struct {
	cname   string
	buf     []byte
	packets uint64 // sent when the last report was made
}

// init chooses a canonical name that says nothing, where none is given (RFC 7022 4.2).
func (r *reports) init(cname string) {
	if cname == "" {
		var b [12]byte
		for i := 0; i < len(b); i += 4 {
			binary.BigEndian.PutUint32(b[i:], random32())
		}
		cname = base64.RawStdEncoding.EncodeToString(b[:])
	}
	r.cname = cname
	r.buf = make([]byte, 0, path.MTU)
}

// report sends what we sent and how we received, and at the end goodbye.
func (s *Session) report(now time.Time, bye bool) {
	r := rtp.Report{CNAME: s.reports.cname, Bye: bye}
	s.receive.describe(&r, now)
	if err := s.send.report(&s.reports, r, now, s.path); err != nil {
		s.log.Debug("a report was not sent", "err", err)
	}
}

// describe adds the block about the far end's stream.
func (r *receiver) describe(report *rtp.Report, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.known {
		return
	}
	report.Block, report.HasBlock = r.stats.Block(r.ssrc)
	report.Block.LastSR, report.Block.Delay = r.peer.lastReport(now)
}

// report completes a report with our own stream and sends it. It is a sender report if something
// was sent since the last one (RFC 3550 6.4).
func (s *sender) report(b *reports, r rtp.Report, now time.Time, p path.Path) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.SSRC = s.ssrc
	if r.HasSender = s.packets != b.packets && s.packets > 0; r.HasSender {
		since := now.Sub(s.lastAt) // lastAt is a frame before timestamp
		r.Sender = rtp.SenderInfo{
			NTP:       rtp.NTP(now),
			Timestamp: s.timestamp - s.stream.Codec.ClockPerFrame() + uint32(int64(since)*int64(s.stream.Codec.ClockRate)/int64(time.Second)),
			Packets:   uint32(s.packets),
			Octets:    uint32(s.octets),
		}
	}
	b.packets = s.packets
	packet := r.Append(b.buf[:0])
	if !s.stream.PlainRTCP {
		var err error
		if packet, err = s.sealer.SealRTCP(packet[:0], packet); err != nil {
			return err
		}
	}
	return p.WriteRTCP(packet)
}

// peerReports is what the far end's reports said.
type peerReports struct {
	ours   uint32 // the source of ours that blocks are about
	lastSR uint32 // middle of the NTP timestamp of its last sender report
	lastAt time.Time
	rtt    time.Duration
	lost   uint64 // of ours
	before uint64 // lost of sources of ours before this one
}

// follow makes ssrc the source that blocks are about.
func (p *peerReports) follow(ssrc uint32) {
	if p.ours != ssrc {
		p.ours, p.before, p.lost = ssrc, p.before+p.lost, 0
	}
}

// lastReport returns what our block says of its last sender report.
func (p *peerReports) lastReport(now time.Time) (lastSR, delay uint32) {
	if p.lastSR == 0 {
		return 0, 0
	}
	return p.lastSR, rtp.ReportAge(now.Sub(p.lastAt))
}

// report takes one RTCP packet of the path that arrived now.
func (r *receiver) report(p []byte, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	report, ok := r.readReport(p)
	if !ok {
		r.refused++
		return
	}
	r.heardAt = now
	if report.HasSender && r.known && report.SSRC == r.ssrc {
		r.peer.lastSR, r.peer.lastAt = rtp.ShortNTP(report.Sender.NTP), now
	}
	if report.HasBlock {
		if rtt, ok := report.Block.RoundTrip(now); ok {
			r.peer.rtt = rtt
		}
		r.peer.lost = uint64(max(0, report.Block.Lost))
	}
}

// readReport opens and parses a compound packet.
func (r *receiver) readReport(p []byte) (rtp.Report, bool) {
	if len(p) > path.MTU {
		return rtp.Report{}, false
	}
	if !r.stream.PlainRTCP {
		plain, err := r.opener.OpenRTCP(r.plain, p)
		if err != nil && r.waiting != nil {
			plain, err = r.waiting.opener.OpenRTCP(r.plain, p)
		}
		if err != nil && r.former != nil {
			plain, err = r.former.OpenRTCP(r.plain, p)
		}
		if err != nil {
			return rtp.Report{}, false
		}
		p = plain
	}
	report, err := rtp.ParseReport(p, r.peer.ours)
	return report, err == nil
}
