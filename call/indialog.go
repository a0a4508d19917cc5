// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"strings"

	"bellwire/sip"
)

// inDialog takes a request of the far end inside the call. Contents it does not know are refused as
// that.
func (l *Leg) inDialog(e *sip.InDialog) {
	kind, _, _ := strings.Cut(e.ContentType, ";") // Jami writes parameters that are none
	switch e.Method + " " + strings.ToLower(strings.TrimSpace(kind)) {
	case "INFO " + dtmfRelay:
		l.takeRelay(e)
	case "INFO application/media_control+xml":
		// Requests for a picture, the turn of a camera, and that the far end records or is mute: nothing
		// that changes our sound.
		e.Accept()
	case "MESSAGE text/plain":
		l.takeText(e)
	case "MESSAGE application/confinfo+json":
		e.Accept() // how a conference the far end holds is laid out on the screen
	default:
		e.Reject(415, "Unsupported Media Type")
	}
}

func (l *Leg) takeRelay(e *sip.InDialog) {
	key, ok := parseRelay(e.Body)
	if !ok {
		e.Reject(400, "Bad Request")
		return
	}
	e.Accept()
	l.emit(Digit{Key: key})
}

func (l *Leg) takeText(e *sip.InDialog) {
	switch {
	case l.ground.Text == nil:
		e.Reject(415, "Unsupported Media Type")
	case l.ground.Text(string(e.Body)):
		e.Accept()
	default:
		e.Reject(480, "Temporarily Unavailable")
	}
}
