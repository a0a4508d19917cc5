// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"crypto/x509"
	"io"
	"time"
)

// Renewed returns the account with certificates that are valid at now: itself if they are, else with new
// ones of the same keys for ten years, so that the account id stays. Without the CA's key nothing can be
// renewed, and the account is returned as it is.
func (a *Account) Renewed(random io.Reader, now time.Time) (*Account, error) {
	if a.CAKey == nil || checkTime(a.Cert, now) == nil && checkTime(a.CA, now) == nil {
		return a, nil
	}
	valid := ValidFrom(now)
	top, err := issue(random, subject{caName, a.CAKey.Public(), true}, issuer{nil, a.CAKey}, valid)
	if err != nil {
		return nil, err
	}
	cert, err := issue(random, subject{accountName, a.Key.Public(), true}, issuer{top, a.CAKey}, valid)
	if err != nil {
		return nil, err
	}
	return NewAccountOf(a.Key, a.CAKey, []*x509.Certificate{cert, top}, a.EthKey)
}
