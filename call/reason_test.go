// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"testing"

	"bellwire/sip"
)

func TestHowTheEndOfASessionIsCalled(t *testing.T) {
	broken := sip.ErrFlowEnded
	for _, c := range []struct {
		name    string
		ended   sip.Ended
		reached bool
		want    Reason
	}{
		{"hung up", sip.Ended{Code: 200}, true, HungUp},
		{"hung up before we noticed the answer", sip.Ended{Code: 200}, false, HungUp},
		{"the connection broke in the call", sip.Ended{Code: 503, Err: broken}, true, ConnectionLost},
		{"the connection broke before it", sip.Ended{Code: 503, Err: broken}, false, Unreachable},
		{"declined", sip.Ended{Code: 603}, false, Declined},
		{"busy", sip.Ended{Code: 486}, false, Busy},
		{"expired at our end", sip.Ended{Code: 487}, true, Cancelled},
	} {
		if got := endOf(c.ended, c.reached); got.Reason != c.want {
			t.Errorf("%s: %v, want %v", c.name, got.Reason, c.want)
		}
	}
}
