// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import "fmt"

// phrases are the reason phrases of the responses made here and of those callers commonly choose (RFC 3261 section 21).
var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK",
	400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
	413: "Request Entity Too Large", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension",
	480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 486: "Busy Here",
	487: "Request Terminated", 488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error",
	501: "Not Implemented", 503: "Service Unavailable", 505: "Version Not Supported", 600: "Busy Everywhere",
	603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
}

// phraseFor returns the caller's phrase, or the usual one.
func phraseFor(code int, phrase string) string {
	if phrase == "" {
		phrase = phrases[code]
	}
	if phrase == "" {
		phrase = fmt.Sprintf("Status %d", code)
	}
	return phrase
}

// checkRefusal guards what callers refuse with.
func checkRefusal(code int, phrase string) error {
	if code < 300 || code > 699 {
		return fmt.Errorf("%w: %d is not a refusing status (300 to 699)", ErrInvalid, code)
	}
	if hasControl(phrase) {
		return fmt.Errorf("%w: the reason phrase holds a control character", ErrInvalid)
	}
	return nil
}
