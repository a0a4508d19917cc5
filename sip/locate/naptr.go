// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"encoding/binary"
	"strings"
)

// parseNAPTR reads the data of a NAPTR record (RFC 3403 section 4.1): order, preference, then flags, service and
// regular expression as strings with a length byte, then the replacement, a name that is never compressed (RFC 3597
// section 4).
func parseNAPTR(data []byte) (r NAPTR, ok bool) {
	if len(data) < 4 {
		return r, false
	}
	r.Order, r.Preference = binary.BigEndian.Uint16(data), binary.BigEndian.Uint16(data[2:])
	var texts [3]string
	rest := data[4:]
	for i := range texts {
		if texts[i], rest, ok = lengthText(rest); !ok {
			return r, false
		}
	}
	r.Flags, r.Service = texts[0], texts[1]
	var labels []string
	for {
		var label string
		if label, rest, ok = lengthText(rest); !ok {
			return r, false
		}
		if label == "" {
			break
		}
		labels = append(labels, label)
	}
	r.Replacement = strings.ToLower(strings.Join(labels, "."))
	return r, r.Replacement == "" || isName(r.Replacement)
}

func lengthText(data []byte) (text string, rest []byte, ok bool) {
	if len(data) == 0 || len(data) <= int(data[0]) {
		return "", nil, false
	}
	n := 1 + int(data[0])
	return string(data[1:n]), data[n:], true
}
