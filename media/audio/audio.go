// SPDX-License-Identifier: GPL-3.0-or-later

// Package audio is where sound comes from and goes to: WAV files, tones, silence, and the
// measurement of tones in what was heard. Samples are 16-bit, mono.
package audio

// Source is read by a call, in its own rhythm, for the sound it sends.
type Source interface {
	// Rate returns the samples per second, the same for the life of the source.
	Rate() int
	// ReadPCM fills dst from its start and returns how many samples it wrote; fewer than len(dst)
	// means silence for the rest of this frame, not the end. It must not block. The error is
	// io.EOF after the last sample; the caller then sends silence and does not ask again.
	ReadPCM(dst []int16) (int, error)
}

// Sink is given the sound a call receives, 20 ms at a time without gaps: what was lost has been
// concealed.
type Sink interface {
	// Rate returns the samples per second it wants, the same for the life of the sink.
	Rate() int
	// WritePCM takes the next samples; pcm is valid only during the call. It must not block.
	// After an error it is not called again.
	WritePCM(pcm []int16) error
}
