// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"bellwire/media"
	"bellwire/sip"
)

const (
	// exchangeTime bounds the answer to a re-INVITE of the far end: its ACK comes within 32 s or
	// never (RFC 3261 section 13.3.1.4).
	exchangeTime = 32 * time.Second
	// infoDigitTime is the length of a key in milliseconds that goes by INFO, as Jami says it.
	infoDigitTime = 250

	dtmfRelay = "application/dtmf-relay"
)

// Digits are the keys of a telephone.
const Digits = "0123456789*#ABCD"

// SendDigits presses keys one after the other and returns when the last one was sent: as RTP
// events (RFC 4733) when the far end takes them, else as INFO requests.
func (l *Leg) SendDigits(ctx context.Context, keys string) error {
	if i := strings.IndexFunc(keys, func(r rune) bool { return !strings.ContainsRune(Digits, r) }); i >= 0 {
		return fmt.Errorf("%q is no telephone key; the keys are %s", keys[i:i+1], Digits)
	}
	l.mu.Lock()
	session := l.media
	l.mu.Unlock()
	if session == nil {
		return errors.New("keys can be sent in an established call only")
	}
	if !l.ground.Terms.DigitsByInfo {
		if err := session.SendDigits(ctx, keys); !errors.Is(err, media.ErrNoDigits) {
			return err
		}
	}
	for _, key := range keys {
		if err := l.infoDigit(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// infoDigit sends one key by INFO. Jami's daemon sends keys so and knows nothing to do with those it
// receives, which it says with 500: they were delivered all the same.
func (l *Leg) infoDigit(ctx context.Context, key rune) error {
	body := fmt.Sprintf("Signal=%c\r\nDuration=%d\r\n", key, infoDigitTime)
	status, err := l.session.Info(ctx, dtmfRelay, []byte(body))
	switch {
	case err != nil:
		return err
	case status == 500 && l.ground.Terms.DigitsByInfo:
		l.log.Debug("the far end has no use for a telephone key")
	case status >= 300:
		return &sip.StatusError{Code: status, Phrase: "to a digit"}
	}
	return nil
}

// parseRelay reads the key of an application/dtmf-relay body: lines of NAME=VALUE.
func parseRelay(body []byte) (key byte, ok bool) {
	for line := range strings.Lines(string(body)) {
		name, value, _ := strings.Cut(line, "=")
		value = strings.ToUpper(strings.TrimSpace(value))
		if strings.EqualFold(strings.TrimSpace(name), "Signal") && len(value) == 1 && strings.Contains(Digits, value) {
			return value[0], true
		}
	}
	return 0, false
}
