// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"errors"
	"fmt"
	"time"

	"bellwire/call"
	"bellwire/identity"
	"bellwire/link"
)

// strangerPatience is how long a device of an account that has not confirmed us has to answer an offer.
// Today's Jami does not answer strangers at all, and one that does needs a few seconds.
const strangerPatience = 12 * time.Second

// patience is for link.Target: zero is as long as Jami waits.
func (l *Line) patience(account identity.AccountID) time.Duration {
	if l.book.Get(account).State == call.Confirmed {
		return 0
	}
	return strangerPatience
}

// silent is the error of a device that is announced and does not answer somebody who is no contact.
type silent struct {
	account identity.AccountID
	asked   bool
	cause   error
}

func (e *silent) Error() string {
	const fact = "it is online but does not answer; newer Jami clients only answer contacts"
	if e.asked {
		return fact + ", and it has not confirmed our contact request yet"
	}
	return fmt.Sprintf("%s; send a request with: bellwire contact add %s", fact, e.account)
}

func (e *silent) Unwrap() []error { return []error{call.ErrContactsOnly, e.cause} }

// explain turns the error of connecting to a device of an account into one that says what may help.
func (l *Line) explain(account identity.AccountID, err error) error {
	state := l.book.Get(account).State
	if !errors.Is(err, link.ErrNoAnswer) || state == call.Confirmed {
		return err
	}
	return &call.Error{Reason: call.Unreachable, Err: &silent{account, state == call.Requested, err}}
}
