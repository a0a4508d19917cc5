// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import (
	"fmt"
	"strings"

	"bellwire/call"
)

// Calls that are up or ringing at one time. What strangers may have is a part, so that they cannot keep
// contacts, or our own calls, out.
const (
	maxCalls = 64
	// maxStrangers bounds the incoming calls of people who are no contacts.
	maxStrangers = 16
	// maxOfStranger bounds those of one account.
	maxOfStranger = 4
)

// roomLocked says whether there is room for one more call.
func (p *Phone) roomLocked(c *Call) error {
	if len(p.calls) >= maxCalls {
		return fmt.Errorf("%d calls are up already", len(p.calls))
	}
	if !c.stranger {
		return nil
	}
	strangers, same := 0, 0
	for _, other := range p.calls {
		if !other.stranger {
			continue
		}
		strangers++
		if strings.EqualFold(other.caller, c.caller) {
			same++
		}
	}
	switch {
	case same >= maxOfStranger:
		return fmt.Errorf("%d calls of this stranger are up already", same)
	case strangers >= maxStrangers:
		return fmt.Errorf("%d calls of strangers are up already", strangers)
	}
	return nil
}

// isStranger reports whether an account is neither a contact of the line nor somebody we asked to
// become one, nor the line's own account on another device. On a line that knows nobody nobody is one.
func isStranger(line call.Line, id string) bool {
	people, ok := line.(call.Directory)
	if !ok || strings.EqualFold(id, line.ID()) {
		return false
	}
	switch stateOf(people, id).State {
	case call.Confirmed, call.Requested:
		return false
	}
	return true
}
