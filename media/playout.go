// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"log/slog"
	"sync"
	"time"

	"bellwire/media/audio"
)

// playout takes a frame at a time from the player of the stream to the sink.
type playout struct {
	log *slog.Logger

	mu        sync.Mutex // guards all below; held while a frame is handed over
	sink      audio.Sink // as given
	converted audio.Sink // takes sound at rate
	rate      int
}

// frame plays what is due, silence where nothing is heard.
func (o *playout) frame(v *voice, heard bool, now time.Time) {
	if heard {
		v.player.Frame(v.frame, now)
	} else {
		clear(v.frame)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sink == nil {
		return
	}
	if o.converted == nil || o.rate != v.Codec.SampleRate {
		o.rate = v.Codec.SampleRate
		o.converted = audio.SinkAtRate(o.sink, o.rate)
	}
	if err := o.converted.WritePCM(v.frame); err != nil {
		o.log.Warn("the received sound is no longer taken", "err", err)
		o.sink, o.converted = nil, nil
	}
}

func (o *playout) setSink(sink audio.Sink) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sink, o.converted = sink, nil
}
