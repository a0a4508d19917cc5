// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

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
	l.exchange.Lock()
	events := l.talk.agreed != nil && l.talk.agreed.Media[0].Events != nil
	l.exchange.Unlock()
	l.mu.Lock()
	session := l.media
	l.mu.Unlock()
	if session == nil {
		return errors.New("keys can be sent in an established call only")
	}
	if events {
		return session.SendDigits(ctx, keys)
	}
	for _, key := range keys {
		body := fmt.Sprintf("Signal=%c\r\nDuration=%d\r\n", key, infoDigitTime)
		status, err := l.session.Info(ctx, dtmfRelay, []byte(body))
		if err != nil {
			return err
		}
		if status >= 300 {
			return &sip.StatusError{Code: status, Phrase: "to a digit"}
		}
	}
	return nil
}

// inDialog takes a request of the far end inside the call: digits by INFO. Others are refused as
// the unknown content they are.
func (l *Leg) inDialog(e *sip.InDialog) {
	if e.Method != "INFO" || !strings.EqualFold(strings.TrimSpace(e.ContentType), dtmfRelay) {
		e.Reject(415, "Unsupported Media Type")
		return
	}
	key, ok := parseRelay(e.Body)
	if !ok {
		e.Reject(400, "Bad Request")
		return
	}
	e.Accept()
	l.emit(Digit{Key: key})
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
