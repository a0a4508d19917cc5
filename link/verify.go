// SPDX-License-Identifier: GPL-3.0-or-later

package link

import (
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"bellwire/identity"
)

// Expectation is what the far end of a connection has to prove.
type Expectation struct {
	// Account is the account that was called; zero accepts every account, as an accepting end does.
	Account identity.AccountID
	// Key is the device's key: the one that was called, or the one that signed the offer.
	Key *identity.PublicKey
	// Now tells the time for the validity of certificates; nil is time.Now.
	Now func() time.Time
}

// Verify decides who the far end is from the certificates of its TLS handshake, leaf first. Dial
// and accept, and every carrier, come here and nowhere else. That the far end holds the private key
// is for TLS to see. Every error wraps [ErrNotAuthenticated].
func Verify(rawCerts [][]byte, want Expectation) (Peer, error) {
	chain, err := identity.ParseChainDER(rawCerts)
	if err != nil {
		return Peer{}, notAuthenticated(err)
	}
	if want.Key == nil || !chain.DeviceKey().Equal(want.Key) {
		return Peer{}, notAuthenticated(errors.New("its certificate is of another device than the one that was asked"))
	}
	if err := chain.Verify(want.now()); err != nil {
		return Peer{}, notAuthenticated(err)
	}
	if !want.Account.IsZero() && chain.AccountID() != want.Account {
		return Peer{}, notAuthenticated(fmt.Errorf("it belongs to account %s, not to %s", chain.AccountID(), want.Account))
	}
	return Peer{
		Account: chain.AccountID(),
		Device:  chain.DeviceID(),
		LongID:  chain.LongID(),
		Chain:   chain,
	}, nil
}

func notAuthenticated(reason error) error {
	return fmt.Errorf("%w: %w", ErrNotAuthenticated, reason)
}

func (want Expectation) now() time.Time {
	if want.Now != nil {
		return want.Now()
	}
	return time.Now()
}

// TLS returns the configuration with which carriers shake hands in either role: TLS 1.3, both ends
// show their chain, Verify decides, and verdict is called with its result. Sessions are never
// resumed, so that every connection is a proof of its own.
func (want Expectation) TLS(own *identity.Device, verdict func(Peer, error)) *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{own.TLSCertificate()},
		ClientAuth:             tls.RequireAnyClientCert,
		InsecureSkipVerify:     true, // names and public authorities mean nothing here; see Verify
		SessionTicketsDisabled: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			raw := make([][]byte, len(state.PeerCertificates))
			for i, cert := range state.PeerCertificates {
				raw[i] = cert.Raw
			}
			peer, err := Verify(raw, want)
			verdict(peer, err)
			return err
		},
	}
}
