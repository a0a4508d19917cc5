// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package asterisk_test

import (
	"slices"
	"testing"

	"bellwire/lab/asterisk"
	"bellwire/lab/baresip"
	"bellwire/lab/ca"
	"bellwire/lab/netns"
	"bellwire/lab/sound"
)

// TestEachTransportSecurityAndCodec has phones hear the staircase at the same time: how far up it goes
// proves the codec.
func TestEachTransportSecurityAndCodec(t *testing.T) {
	kinds := []struct {
		name    string
		account asterisk.Account
		phone   baresip.Config
		stairs  int // of sound.Staircase
	}{
		{"udp, plain, PCMA", asterisk.Account{}, baresip.Config{Codec: baresip.PCMA}, 4},
		{"tcp, SDES, G.722", asterisk.Account{Security: asterisk.SDES}, baresip.Config{Transport: "tcp", Codec: baresip.G722, Security: "srtp-mand"}, 6},
		{"tls, DTLS, Opus", asterisk.Account{Security: asterisk.DTLS, AVPF: true, NAT: true}, baresip.Config{Transport: "tls", Codec: baresip.Opus, Security: "dtls_srtp"}, 7},
		{"udp, DTLS, ICE, mux, PCMU", asterisk.Account{Security: asterisk.DTLS, AVPF: true, ICE: true, Mux: true}, baresip.Config{Security: "dtls_srtp", ICE: true, Mux: true}, 4},
	}
	pair := ca.New(t).Issue(t, ca.Good, []string{"pbx.test"}, netns.EndAddr(0))
	o := newOffice(t, len(kinds), func(c *asterisk.Config) {
		c.Certificate = &pair
		for i, k := range kinds {
			k.account.User = user(i)
			c.Accounts = append(c.Accounts, k.account)
		}
	})
	var phones []*baresip.Phone
	for i, k := range kinds {
		phones = append(phones, o.phone(t, user(i), func(c *baresip.Config) {
			k.phone.In, k.phone.User, k.phone.Password, k.phone.Server = c.In, c.User, c.Password, c.Server
			if k.phone.Transport == "tls" {
				k.phone.Server = o.pbx.AddrTLS()
			}
			*c = k.phone
		}))
	}
	for _, p := range phones {
		p.Dial(t, asterisk.StairsAt)
	}
	for i, k := range kinds {
		phones[i].Await(t, 0, limit, baresip.Closed)
		if heard := phones[i].Heard(t).Heard(t, sound.Staircase...); !slices.Equal(heard, sound.Staircase[:k.stairs]) {
			t.Errorf("%s: heard %v", k.name, heard)
		}
	}
}

func user(i int) string { return asterisk.Phones()[i].User }

// TestOtherSecurityIsRefused shows that an account takes nothing but its own kind.
func TestOtherSecurityIsRefused(t *testing.T) {
	o := newOffice(t, 2, func(c *asterisk.Config) {
		c.Accounts = []asterisk.Account{{User: "1001", Security: asterisk.SDES}, {User: "1002"}}
	})
	for user, security := range map[string]string{"1001": "", "1002": "srtp-mand"} {
		p := o.phone(t, user, func(c *baresip.Config) { c.Security = security })
		p.Dial(t, asterisk.ToneAt)
		if e := p.Await(t, 0, limit, baresip.Closed); e.Param != "488 Not Acceptable Here" {
			t.Errorf("%s with %q: %s", user, security, e.Param)
		}
	}
}
