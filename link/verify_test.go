// SPDX-License-Identifier: GPL-3.0-or-later

package link_test

import (
	"errors"
	"testing"
	"time"

	"bellwire/identity"
	"bellwire/internal/testid"
	"bellwire/link"
)

func TestVerify(t *testing.T) {
	alice, bob := testid.Device(t, "alice"), testid.Device(t, "bob")
	alice2 := testid.Device(t, "alice2")
	valid := testid.Valid()
	within := func() time.Time { return valid.NotBefore.AddDate(1, 0, 0) }
	after := func() time.Time { return valid.NotAfter.AddDate(1, 0, 0) }
	key := alice.Key.Public()
	for name, c := range map[string]struct {
		certs [][]byte
		want  link.Expectation
		err   error
	}{
		"the device that was called":    {alice.Chain.DER(), link.Expectation{Account: alice.AccountID(), Key: key, Now: within}, nil},
		"a caller of any account":       {alice.Chain.DER(), link.Expectation{Key: key, Now: within}, nil},
		"another account":               {alice.Chain.DER(), link.Expectation{Account: bob.AccountID(), Key: key, Now: within}, link.ErrNotAuthenticated},
		"another device":                {bob.Chain.DER(), link.Expectation{Key: key, Now: within}, link.ErrNotAuthenticated},
		"another device of the account": {alice2.Chain.DER(), link.Expectation{Account: alice.AccountID(), Key: key, Now: within}, link.ErrNotAuthenticated},
		"no key to compare with":        {alice.Chain.DER(), link.Expectation{Account: alice.AccountID(), Now: within}, link.ErrNotAuthenticated},
		"expired":                       {alice.Chain.DER(), link.Expectation{Key: key, Now: after}, identity.ErrExpired},
		"no certificate":                {nil, link.Expectation{Key: key, Now: within}, link.ErrNotAuthenticated},
		"nonsense":                      {[][]byte{{1, 2, 3}}, link.Expectation{Key: key, Now: within}, link.ErrNotAuthenticated},
		"device certificate alone":      {alice.Chain.DER()[:1], link.Expectation{Key: key, Now: within}, link.ErrNotAuthenticated},
		"certificates in wrong order":   {[][]byte{alice.Chain.DER()[1], alice.Chain.DER()[0]}, link.Expectation{Key: key, Now: within}, link.ErrNotAuthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			peer, err := link.Verify(c.certs, c.want)
			switch {
			case c.err == nil && err != nil:
				t.Error(err)
			case c.err == nil:
				if peer.Account != alice.AccountID() || peer.Device != alice.ID() || peer.LongID != alice.LongID() {
					t.Errorf("peer %+v, want alice", peer)
				}
			case !errors.Is(err, c.err) || !errors.Is(err, link.ErrNotAuthenticated):
				t.Errorf("error %v, want %v", err, c.err)
			case !peer.Account.IsZero():
				t.Error("a peer was returned with an error")
			}
		})
	}
}
