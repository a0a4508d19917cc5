// SPDX-License-Identifier: GPL-3.0-or-later

package web

import (
	"encoding/json"
	"net/http"
)

// events streams until the client goes away, the phone is closed or the client falls behind. What was
// told before the server closes is still sent: it may be the end of the client's call.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	events, end := s.cfg.Phone.Events()
	defer end()
	w.Header().Set("Content-Type", "application/x-ndjson")
	flush := http.NewResponseController(w)
	lines := json.NewEncoder(w)
	flush.Flush() // the client knows from the header that it misses nothing from here on
	closing := s.ctx.Done()
	for {
		select {
		case e, more := <-events:
			if !more || lines.Encode(e) != nil || flush.Flush() != nil {
				return
			}
		case <-r.Context().Done():
			return
		case <-closing:
			end() // closes events behind the last one
			closing = nil
		}
	}
}
