// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

import (
	"strconv"
	"strings"
)

const maxCandidates = 64 // of one media

// hasICE reports whether a description speaks of ICE for a media.
func (s *Session) hasICE(m *Media) bool {
	return s.Attributes.Has("ice-ufrag") || m.Attributes.Has("ice-ufrag") || m.Attributes.Has("candidate")
}

// credentials returns those of the media, or of the session.
func (s *Session) credentials(m *Media) ICE {
	if ice := credentialsIn(m.Attributes); ice != (ICE{}) {
		return ice
	}
	return credentialsIn(s.Attributes)
}

func credentialsIn(as Attributes) (ice ICE) {
	ice.Ufrag, _ = as.Get("ice-ufrag")
	ice.Pwd, _ = as.Get("ice-pwd")
	return ice
}

// candidates returns the candidates of the media at that index. Components may be counted through all media, as Jami
// does, or anew in each (RFC 8839); they are returned counted anew.
func (m *Media) candidates(index, components int) []string {
	var list []string
	for _, c := range m.Attributes.All("candidate") {
		if len(list) == maxCandidates {
			break
		}
		if componentOf(c) > components {
			c = shiftComponent(c, -index*components)
		}
		list = append(list, c)
	}
	return list
}

// componentOf returns the component of a candidate, its second word; 0 when it has none.
func componentOf(candidate string) int {
	f := strings.SplitN(candidate, " ", 3)
	if len(f) < 3 {
		return 0
	}
	n, err := strconv.ParseUint(f[1], 10, 16)
	if err != nil {
		return 0
	}
	return int(n)
}

// shiftComponent adds to the component of a candidate.
func shiftComponent(candidate string, by int) string {
	n := componentOf(candidate)
	if by == 0 || n == 0 || n+by < 1 {
		return candidate
	}
	f := strings.SplitN(candidate, " ", 3)
	return f[0] + " " + strconv.Itoa(n+by) + " " + f[2]
}
