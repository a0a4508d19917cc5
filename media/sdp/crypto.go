// SPDX-License-Identifier: GPL-3.0-or-later

package sdp

import (
	"strconv"
	"strings"
)

const maxCryptos = 16 // a=crypto lines looked at in one media

// Crypto is an a=crypto line (RFC 4568). Params is opaque here ("inline:…").
type Crypto struct {
	Tag     int // of at most nine digits; set by the Negotiator in what we send
	Suite   string
	Params  string
	Session string // session parameters; empty as a rule
}

// String leaves out the key, which has no place in logs.
func (c Crypto) String() string { return strconv.Itoa(c.Tag) + " " + c.Suite }

func (c Crypto) line() string {
	s := strconv.Itoa(c.Tag) + " " + c.Suite + " " + c.Params
	if c.Session != "" {
		s += " " + c.Session
	}
	return s
}

// Cryptos reads the a=crypto lines of a media that are well formed.
func (m *Media) Cryptos() []Crypto {
	var list []Crypto
	for _, a := range m.Attributes {
		f := strings.Fields(a.Value)
		if a.Name != "crypto" || len(f) < 3 || len(list) == maxCryptos || len(f[0]) > 9 {
			continue
		}
		tag, err := strconv.ParseUint(f[0], 10, 31)
		if err != nil {
			continue
		}
		list = append(list, Crypto{Tag: int(tag), Suite: f[1], Params: f[2], Session: strings.Join(f[3:], " ")})
	}
	return list
}

// usable reports whether the session parameters may be passed over: those marked so by "-", and the window size hint
// (RFC 4568 section 6.3).
func (c Crypto) usable() bool {
	for p := range strings.FieldsSeq(c.Session) {
		if !strings.HasPrefix(p, "-") && !strings.HasPrefix(p, "WSH=") {
			return false
		}
	}
	return true
}

// chooseCrypto takes the first offered line that we have a key for and returns both sides' lines, ours under the
// offered tag.
func chooseCrypto(offered, ours []Crypto) (encrypt, decrypt *Crypto) {
	for _, o := range offered {
		for _, c := range ours {
			if o.usable() && strings.EqualFold(o.Suite, c.Suite) {
				c.Tag = o.Tag
				return &c, &o
			}
		}
	}
	return nil, nil
}

// answeredCrypto finds the line of ours that an answer chose.
func answeredCrypto(answered, ours []Crypto) (encrypt, decrypt *Crypto) {
	if len(answered) != 1 || !answered[0].usable() {
		return nil, nil
	}
	for _, c := range ours {
		if c.Tag == answered[0].Tag && strings.EqualFold(c.Suite, answered[0].Suite) {
			return &c, &answered[0]
		}
	}
	return nil, nil
}
