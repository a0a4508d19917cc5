// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bellwire/call"
	"bellwire/phone"
)

// soundFlags are what call and answer have in common.
type soundFlags struct {
	send, record string
	tone         float64
	echo         bool
	limit        time.Duration
	keys         string
	name         string
}

func (s *soundFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&s.send, "send", "", "send the sound of this WAV file")
	flags.Float64Var(&s.tone, "tone", 0, "send a tone of this many hertz, after the file if there is one")
	flags.StringVar(&s.record, "record", "", "write what is heard to this WAV file")
	flags.DurationVar(&s.limit, "for", 0, "hang up this long after the answer, such as 10s")
	flags.StringVar(&s.keys, "dtmf", "", "press these keys once the call is up")
	flags.StringVar(&s.name, "as", "", "name to show to the other side")
}

// checkKeys says which of the keys a telephone does not have.
func checkKeys(keys string) error {
	for _, key := range keys {
		if !strings.ContainsRune(call.Digits, key) {
			return usageError{fmt.Errorf("%q is no telephone key; the keys are %s", key, call.Digits)}
		}
	}
	return nil
}

// options checks the flags and makes file names independent of the folder we are in.
func (s *soundFlags) options() (o phone.Options, err error) {
	if s.limit < 0 {
		return o, usageError{fmt.Errorf("--for %s: a call cannot last less than no time", s.limit)}
	}
	if err := checkKeys(s.keys); err != nil {
		return o, err
	}
	o = phone.Options{
		Sound: phone.Sound{Tone: s.tone, Echo: s.echo},
		Name:  s.name,
		Limit: s.limit,
		Keys:  s.keys,
	}
	for _, f := range []struct{ from, to *string }{{&s.send, &o.Sound.File}, {&s.record, &o.Sound.Record}} {
		if *f.from == "" {
			continue
		}
		if *f.to, err = filepath.Abs(*f.from); err != nil {
			return o, err
		}
	}
	return o, nil
}
