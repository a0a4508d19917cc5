// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import (
	"errors"
	"fmt"
	"io"
	"time"

	"bellwire/media/audio"
)

const (
	// recordRate is the rate of recordings and tones in Hz: all that Opus carries.
	recordRate = 48000
	// echoLimit bounds how much sound waits to be sent back.
	echoLimit = 500 * time.Millisecond

	minTone, maxTone = 20, 20000 // Hz
)

// Sound is what a call plays and records where nobody speaks into a microphone.
type Sound struct {
	File   string  `json:"file,omitempty"`   // WAV file to send; absolute
	Tone   float64 `json:"tone,omitempty"`   // Hz, sent after the file; 0: none
	Record string  `json:"record,omitempty"` // WAV file for what is heard; absolute
	Echo   bool    `json:"echo,omitempty"`   // send back what is heard, after the file
}

// openSound is a Sound with its files open.
type openSound struct {
	source audio.Source // nil is silence
	sink   audio.Sink   // nil discards
	files  []io.Closer
}

// Check says what is wrong with a sound, as far as can be seen without making its recording.
func (s Sound) Check() error {
	s.Record = ""
	o, err := s.open()
	if err != nil {
		return err
	}
	return o.close()
}

// open opens the files and checks the rest. Files stay open until close.
func (s Sound) open() (*openSound, error) {
	o := &openSound{}
	if err := o.fill(s); err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

func (o *openSound) fill(s Sound) error {
	if s.Echo && s.Tone != 0 {
		return errors.New("a call sends either a tone or an echo, not both")
	}
	if s.Tone != 0 && (s.Tone < minTone || s.Tone > maxTone) {
		return fmt.Errorf("a tone of %g Hz cannot be heard; choose one from %d to %d Hz", s.Tone, minTone, maxTone)
	}
	if s.File != "" {
		file, err := audio.OpenWAV(s.File)
		if err != nil {
			return err
		}
		o.files = append(o.files, file)
		o.then(file)
	}
	if s.Tone != 0 {
		o.then(audio.NewTone(audio.Tone{Hz: s.Tone, SampleRate: recordRate}))
	}
	if s.Echo {
		pipe := audio.NewPipe(recordRate, echoLimit)
		o.then(pipe)
		o.sink = pipe
	}
	if s.Record != "" {
		recorder, err := audio.CreateWAV(s.Record, recordRate)
		if err != nil {
			return err
		}
		o.files = append(o.files, recorder)
		o.hear(recorder)
	}
	return nil
}

// then adds a source behind those there are.
func (o *openSound) then(s audio.Source) {
	s = audio.AtRate(s, recordRate)
	if o.source == nil {
		o.source = s
		return
	}
	o.source = audio.Sequence(o.source, s)
}

// hear adds a sink beside the one there is.
func (o *openSound) hear(s audio.Sink) {
	if o.sink == nil {
		o.sink = s
		return
	}
	o.sink = tee{o.sink, s}
}

// close closes the files.
func (o *openSound) close() error {
	var failures []error
	for _, f := range o.files {
		failures = append(failures, f.Close())
	}
	return errors.Join(failures...)
}

// tee is a sink that writes to two of the same rate.
type tee struct{ first, second audio.Sink }

func (t tee) Rate() int { return t.first.Rate() }

func (t tee) WritePCM(pcm []int16) error {
	return errors.Join(t.first.WritePCM(pcm), t.second.WritePCM(pcm))
}
