// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"strings"

	"bellwire/media/codec"
	"bellwire/media/sdp"
)

// sameCodec compares by encoding name and clock rate, as an rtpmap line names them; the number of
// channels counts only where the names leave a doubt, which they do for none of ours.
func sameCodec(a sdp.Codec, b codec.Codec) bool {
	return strings.EqualFold(a.Name, b.Name) && a.Clock == b.ClockRate
}
