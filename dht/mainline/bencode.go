// SPDX-License-Identifier: GPL-3.0-or-later

package mainline

// maxDepth bounds the nesting of a message. Those of BEP 5 have three levels.
const maxDepth = 8

// wellFormed reports whether b begins with one complete bencoded value (BEP 3) that nests no deeper than
// maxDepth, and whose lengths all fit into b.
func wellFormed(b []byte) bool {
	_, ok := skipValue(b, maxDepth)
	return ok
}

// skipValue returns what follows the value at the beginning of b.
func skipValue(b []byte, depth int) (rest []byte, ok bool) {
	if len(b) == 0 || depth == 0 {
		return nil, false
	}
	switch c := b[0]; {
	case c == 'i':
		return skipInt(b[1:])
	case c == 'l':
		return skipMany(b[1:], depth, false)
	case c == 'd':
		return skipMany(b[1:], depth, true)
	case '0' <= c && c <= '9':
		return skipString(b)
	}
	return nil, false
}

// skipMany passes over the elements of a list or dictionary; the keys of the latter must be strings.
func skipMany(b []byte, depth int, dict bool) (rest []byte, ok bool) {
	for len(b) > 0 && b[0] != 'e' {
		if dict {
			if b, ok = skipString(b); !ok {
				return nil, false
			}
		}
		if b, ok = skipValue(b, depth-1); !ok {
			return nil, false
		}
	}
	if len(b) == 0 {
		return nil, false
	}
	return b[1:], true
}

// maxDigits is the length of the longest number of 64 bits, sign included.
const maxDigits = 20

// skipInt passes over the digits of an integer and the "e" behind them.
func skipInt(b []byte) (rest []byte, ok bool) {
	if len(b) > 0 && b[0] == '-' {
		b = b[1:]
	}
	for i, c := range b {
		switch {
		case c == 'e' && i > 0:
			return b[i+1:], true
		case c < '0' || c > '9' || i >= maxDigits:
			return nil, false
		}
	}
	return nil, false
}

// skipString passes over a length, a colon and as many bytes.
func skipString(b []byte) (rest []byte, ok bool) {
	length := 0
	for i, c := range b {
		switch {
		case c == ':' && i > 0:
			if length > len(b)-i-1 {
				return nil, false
			}
			return b[i+1+length:], true
		case c < '0' || c > '9' || length > len(b):
			return nil, false
		}
		length = 10*length + int(c-'0')
	}
	return nil, false
}
