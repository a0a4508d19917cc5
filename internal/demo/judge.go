// SPDX-License-Identifier: GPL-3.0-or-later

package demo

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"bellwire/media/audio"
)

// maxLost is how many packets of a call on this machine may be lost: none is normal, a few happen on
// a machine that is busy with other things.
const maxLost = 5

const (
	enoughTone = 2 * time.Second
	// pure is the part of a window's power in a tone that speech does not reach.
	pure = 0.8
)

// result is what one side reported of the call.
type result struct {
	*party
	states map[string]event
}

// writeSpeech writes what a party says to its file.
func writeSpeech(p *party) error {
	said := p.speech()
	pcm, err := audio.ReadAll(said, limit)
	if err != nil {
		return fmt.Errorf("read what %s says: %w", p.name, err)
	}
	file, err := audio.CreateWAV(p.says, said.Rate())
	if err != nil {
		return err
	}
	return errors.Join(file.WritePCM(pcm), file.Close())
}

// judge checks the call from both sides and prints the summary.
func (d *demo) judge(caller, callee result) error {
	for _, side := range [][2]result{{caller, callee}, {callee, caller}} {
		if err := checkReport(side[0], side[1]); err != nil {
			return err
		}
		if err := checkSound(side[0], side[1]); err != nil {
			return err
		}
	}
	d.summary(caller, callee)
	return nil
}

// checkReport looks at what a side says of its call.
func checkReport(near, far result) error {
	up, ended := near.states["established"], near.states["ended"]
	switch {
	case up.Peer != far.id:
		return fmt.Errorf("%s talked to %q and not to %s", near.name, up.Peer, far.id)
	case ended.Reason != "hung up":
		return fmt.Errorf("the call of %s ended otherwise than by hanging up: %s", near.name, ended.Reason)
	case ended.SRTP == "" || ended.SRTP == "none":
		return fmt.Errorf("the sound of %s was not encrypted", near.name)
	case ended.Received == 0 || ended.Lost > maxLost:
		return fmt.Errorf("%s received %d packets and lost %d", near.name, ended.Received, ended.Lost)
	}
	return nil
}

// checkSound looks for the far side's tone in what a side heard, and for its own, which must not be
// there.
func checkSound(near, far result) error {
	recording, err := audio.OpenWAV(near.hear)
	if err != nil {
		return err
	}
	defer recording.Close()
	pcm, err := audio.ReadAll(recording, limit)
	if err != nil {
		return fmt.Errorf("read what %s heard: %w", near.name, err)
	}
	if wanted := toneTime(pcm, recording.Rate(), far.tone); wanted < enoughTone {
		return fmt.Errorf("%s heard the tone of %s, %d Hz, for %s only", near.name, far.name, far.tone, wanted)
	}
	if own := toneTime(pcm, recording.Rate(), near.tone); own > 0 {
		return fmt.Errorf("%s heard its own tone, %d Hz, for %s", near.name, near.tone, own)
	}
	return nil
}

// toneTime is for how long a sound is hardly anything but one tone.
func toneTime(pcm []int16, rate, hz int) (total time.Duration) {
	const step = 100 * time.Millisecond
	for window := range slices.Chunk(pcm, rate/10) {
		if audio.FindTone(window, rate, float64(hz)).Mean > pure {
			total += step
		}
	}
	return total
}

func (d *demo) summary(caller, callee result) {
	at := func(r result, state string) time.Time { return r.states[state].Time }
	begin := at(caller, "resolving")
	since := func(r result, from, to string) time.Duration { return rounded(at(r, to).Sub(at(r, from))) }
	end := caller.states["ended"]
	d.say("  found %s's device in the DHT after    %s", callee.name, since(caller, "resolving", "connecting"))
	d.say("  connected, identities proved, after    %s more", since(caller, "connecting", "trying"))
	d.say("  rang at the other side after           %s more", since(caller, "trying", "ringing"))
	d.say("  was answered after                     %s more", since(caller, "ringing", "established"))
	d.say("  from the first to the answer           %s", rounded(at(caller, "established").Sub(begin)))
	d.say("  sound: %s, protected by %s", end.Codec, end.SRTP)
	for _, r := range []result{caller, callee} {
		e := r.states["ended"]
		d.say("  %-6s sent %d packets, received %d, lost %d; jitter %.1f ms, round trip %.1f ms",
			r.name, e.Sent, e.Received, e.Lost, e.JitterMS, e.RTTMS)
	}
	d.say("Each heard the other's tone and not its own. Listen to the recordings:")
	d.say("  %s\n  %s", caller.hear, callee.hear)
}
