// SPDX-License-Identifier: GPL-3.0-or-later

//go:build !((linux || darwin) && (amd64 || arm64))

package codec

// opusAvailable returns why Opus cannot be sent: on this system libopus is not looked for.
func opusAvailable() error { return ErrNoLibopus }

func newLibopusEncoder() (Encoder, error) { return nil, ErrNoLibopus }
