// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import (
	"errors"
	"fmt"
	"time"

	"bellwire/call"
)

// keptText is a text in the store from before its first try until it is delivered or given up. It is
// written once: a process killed between sending and noting sends it again under the same id, by which
// the receiver knows that it has it.
type keptText struct {
	ID      uint64    `json:"id"`
	Account string    `json:"account"`
	Target  string    `json:"target"`
	Text    string    `json:"text"`
	Time    time.Time `json:"time"`
	Entry   string    `json:"entry"` // its key in the history
}

// expired says that a text has waited for too long. One from far in the future was written while the
// clock was wrong.
func (k keptText) expired() bool { return time.Since(k.Time).Abs() > keepTime }

// event tells of a state of the text and of its cause.
func (k keptText) event(state string, cause error) Event {
	e := Event{
		Event: TextEvent, Time: time.Now(), Account: k.Account, Direction: Out, State: state,
		Target: k.Target, Text: k.Text, Message: messageID(k.ID),
	}
	if cause == nil {
		return e
	}
	e.Reason, e.Detail = call.ReasonOf(cause).String(), cause.Error()
	if inner := (*call.Error)(nil); errors.As(cause, &inner) {
		e.Detail = ""
		if inner.Err != nil {
			e.Detail = inner.Err.Error()
		}
	}
	if errors.Is(cause, call.ErrContactsOnly) {
		e.Hint = HintContact
	}
	return e
}

func messageID(id uint64) string { return fmt.Sprintf("%016x", id) }
