// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"bellwire/call"
	"bellwire/identity"
	"bellwire/link"
)

const (
	// maxText bounds a text in bytes: with its headers a message stays below what Jami reads.
	maxText = 6000
	// textTime bounds the delivery of a text to all devices.
	textTime = 40 * time.Second
	// textGrace is how long further devices have once one has taken a text.
	textGrace = time.Second
)

// SendText sends a text to every device of an account that is online, at once, and returns nil when at
// least one has taken it: devices that are off delay nothing.
func (l *Line) SendText(ctx context.Context, target string, t call.Text) error {
	account, err := identity.ParseAccountID(target)
	if err != nil {
		return &call.Error{Reason: call.NotFound, Err: err}
	}
	if len(t.Body) > maxText || !utf8.ValidString(t.Body) {
		return fmt.Errorf("a text has at most %d bytes of UTF-8, this one has %d", maxText, len(t.Body))
	}
	if t.Body == "" {
		return errors.New("an empty text is not sent")
	}
	if t.ID == 0 {
		return errors.New("a text without an id is not sent: it could not be told from others")
	}
	sending, stop := context.WithTimeout(l.ctx, textTime)
	results := make(chan error, maxDevices+1) // nobody waits to write
	if !l.spawn(func() { defer stop(); l.textAll(sending, account, t, results) }) {
		stop()
		return &call.Error{Reason: call.Failed, Err: link.ErrClosed}
	}
	var failure error
	var enough <-chan time.Time // once a device has it
	for {
		select {
		case err, more := <-results:
			switch {
			case !more && enough != nil:
				return nil
			case !more && failure == nil:
				return &call.Error{Reason: call.Unreachable, Err: errNoDevice}
			case !more:
				return failure
			case err != nil:
				failure = worse(failure, err)
			case enough == nil:
				enough = time.After(textGrace)
			}
		case <-enough:
			return nil
		case <-ctx.Done():
			stop()
			if enough != nil {
				return nil
			}
			return ended(ctx)
		}
	}
}

// textAll sends a text to the devices of an account and closes results when none is left: first those
// we are connected to, which need not be looked up, then those the DHT knows.
func (l *Line) textAll(ctx context.Context, account identity.AccountID, t call.Text, results chan<- error) {
	var devices sync.WaitGroup
	begun := map[identity.DeviceID]bool{}
	begin := func(key *identity.PublicKey) {
		if id := identity.DeviceID(key.KeyID()); !begun[id] && len(begun) < maxDevices {
			begun[id] = true
			devices.Go(func() { results <- l.textDevice(ctx, account, key, t) })
		}
	}
	for _, connection := range l.linksTo(account) {
		begin(connection.Peer().Chain.DeviceKey())
	}
	for key, err := range l.devices(ctx, account) {
		if err != nil {
			results <- resolveError(ctx, err)
			break
		}
		begin(key)
	}
	devices.Wait()
	close(results)
}

// textDevice sends a text to one device. A connection of earlier that turns out to be dead is replaced,
// once.
func (l *Line) textDevice(ctx context.Context, account identity.AccountID, key *identity.PublicKey, t call.Text) error {
	former, err := l.textOnce(ctx, account, key, t)
	if former != nil && call.ReasonOf(err) == call.Unreachable && ctx.Err() == nil {
		former.Close() // it may be half closed, and would be handed out once more
		_, err = l.textOnce(ctx, account, key, t)
	}
	return err
}

// textOnce sends a text over the connection there is, or over a new one. former is the one there was.
func (l *Line) textOnce(ctx context.Context, account identity.AccountID, key *identity.PublicKey, t call.Text) (former link.Link, err error) {
	connection, err := l.cfg.Links.Dial(ctx, link.Target{
		Account: account, Key: key, Purpose: plainText, Patience: l.patience(account),
	})
	if err != nil {
		return nil, l.explain(account, connectError(ctx, err))
	}
	if l.inUse(connection) {
		former = connection
		l.spawn(func() { l.probe(connection) })
	}
	return former, l.textOver(ctx, connection, t)
}
