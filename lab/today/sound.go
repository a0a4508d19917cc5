// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"fmt"
	"strings"

	"bellwire/media"
	"bellwire/media/codec"
	"bellwire/media/srtp"
)

// cryptoSuite is what the daemon offers.
const cryptoSuite = "AES_CM_128_HMAC_SHA1_80"

func newCrypto() string { return cryptoSuite + " " + srtp.NewKey(srtp.AESCM128SHA1_80).Inline() }

func keyOf(crypto string) (srtp.Key, error) {
	_, key, _ := strings.Cut(crypto, " ")
	return srtp.ParseInline(srtp.AESCM128SHA1_80, key)
}

// keep remembers ports that are not connected yet, so that the end of the call closes them.
func (c *Call) keep(o *ports) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ports != nil {
		c.ports.close()
	}
	c.ports = o
	if c.isOver() {
		o.close()
	}
}

// connect runs the ICE of new ports and begins the sound over it; the former ICE ends.
func (c *Call) connect(ctx context.Context, o *ports) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	c.line.c.peer.spawn(func() {
		select {
		case <-c.done:
			cancel()
		case <-stop:
		}
	})
	duct, err := o.connect(ctx, c.far, c.line.c.peer.complain)
	switch {
	case c.isOver() && err != nil:
		return errOver
	case err != nil:
		return err
	}
	c.silence()
	c.mu.Lock()
	former := c.duct
	if c.isOver() {
		former = duct
	} else {
		c.duct, c.ports = duct, nil
	}
	c.mu.Unlock()
	if former != nil {
		former.close()
	}
	return c.play()
}

// play begins the sound with the keys of the last offer and answer.
func (c *Call) play() error {
	ours, theirs := &c.own.media[0], &c.far.media[0]
	sendKey, err := keyOf(ours.crypto)
	if err != nil {
		return err
	}
	receiveKey, err := keyOf(theirs.crypto)
	if err != nil {
		return fmt.Errorf("the far end's key: %w", err)
	}
	send, _ := theirs.find("opus/48000/2")
	receive, _ := ours.find("opus/48000/2")
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.isOver():
		return errOver
	case c.held:
		return nil // nothing runs while we hold
	}
	c.sound, err = media.Start(media.Config{
		Path: use{c.duct},
		Stream: media.Stream{
			Codec: codec.Opus(), SendPT: send.pt, ReceivePT: receive.pt,
			Suite: srtp.AESCM128SHA1_80, LocalKey: sendKey, RemoteKey: receiveKey, PlainRTCP: true,
			Send: true, Receive: true,
		},
		Source: c.setup.Source,
		Sink:   c.setup.Sink,
	})
	return err
}

// silence ends the sound that runs.
func (c *Call) silence() {
	c.mu.Lock()
	sound := c.sound
	c.sound = nil
	c.mu.Unlock()
	if sound != nil {
		_ = sound.Close()
	}
}

// Stats are the figures of the sound that runs.
func (c *Call) Stats() media.Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sound == nil {
		return media.Stats{}
	}
	return c.sound.Stats()
}
