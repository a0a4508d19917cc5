// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"bellwire/internal/peer"
	"bellwire/media/rtp"
)

// TestFromFFmpeg opens what ffmpeg sends: one second of a tone in G.711, with its reports. ffmpeg
// knows the short tag under two names, and only with that of DTLS does it leave SRTCP the long tag
// that RFC 4568 6.2 asks for.
func TestFromFFmpeg(t *testing.T) {
	ffmpeg := peer.Need(t, "ffmpeg")
	for s, name := range map[Suite]string{
		AESCM128SHA1_80: "AES_CM_128_HMAC_SHA1_80",
		AESCM128SHA1_32: "SRTP_AES128_CM_HMAC_SHA1_32",
	} {
		t.Run(s.String(), func(t *testing.T) {
			conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			k := NewKey(s)
			opener, _ := NewOpener(s, k)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, ffmpeg, "-v", "error", "-f", "lavfi", "-i", "sine=440:sample_rate=8000:duration=1",
				"-acodec", "pcm_mulaw", "-f", "rtp", "-srtp_out_suite", name,
				"-srtp_out_params", strings.TrimPrefix(k.Inline(), "inline:"),
				fmt.Sprintf("srtp://%s?rtcpport=%d&pkt_size=200", conn.LocalAddr(), conn.LocalAddr().(*net.UDPAddr).Port))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
			var packets, reports int
			buf := make([]byte, 2048)
			for {
				n, err := conn.Read(buf)
				if err != nil {
					break
				}
				if rtp.IsRTCP(buf[:n]) {
					reports++
					_, err = opener.OpenRTCP(nil, buf[:n])
				} else {
					packets++
					_, err = opener.OpenRTP(nil, buf[:n])
				}
				if err != nil {
					t.Errorf("packet %d, report %d: %v", packets, reports, err)
				}
			}
			if packets < 40 || reports == 0 {
				t.Errorf("%d packets and %d reports came", packets, reports)
			}
		})
	}
}
