// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"time"

	"bellwire/media/audio"
	"bellwire/media/codec"
)

// echoLimit is more than an echo ever has to keep: a frame or two.
const echoLimit = 100 * time.Millisecond

// NewEcho returns a sink that is a source as well: given to a session as both, it sends back what
// the far end says. The codec only chooses the rate, so that nothing has to be converted.
func NewEcho(c codec.Codec) *audio.Pipe { return audio.NewPipe(c.SampleRate, echoLimit) }
