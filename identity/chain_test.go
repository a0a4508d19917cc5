// SPDX-License-Identifier: GPL-3.0-or-later

package identity_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"testing"

	"bellwire/identity"
	"bellwire/internal/testid"
)

func TestRecordedChains(t *testing.T) {
	for _, tc := range []struct{ file, account, device string }{
		{"a-device-chain.pem", "43405cf89d9a70b9dd4abdd84330dac4e46ef89c", "853c5c09ccbf96004656878fbb08f764663095b3"},
		{"b-device-chain.pem", "", ""},
		{"today-device-chain.pem", "", ""},
	} {
		t.Run(tc.file, func(t *testing.T) {
			text := recorded(t, "jami/"+tc.file)
			chain, err := identity.ParseChainPEM(text)
			if err != nil {
				t.Fatal(err)
			}
			if err := chain.Verify(recordedAt); err != nil {
				t.Error(err)
			}
			if tc.account != "" && (chain.AccountID().String() != tc.account || chain.DeviceID().String() != tc.device) {
				t.Errorf("account %s, device %s", chain.AccountID(), chain.DeviceID())
			}
			// Whoever made the certificate wrote its ids into it.
			if uid := uidOf(t, chain.Device); uid != chain.DeviceID().String() {
				t.Errorf("device %s has the UID %s", chain.DeviceID(), uid)
			}
			if uid := uidOf(t, chain.Account); uid != chain.AccountID().String() {
				t.Errorf("account %s has the UID %s", chain.AccountID(), uid)
			}
			again, err := identity.ParseChainPEM(chain.AppendPEM(nil))
			if err != nil || !again.DeviceKey().Equal(chain.DeviceKey()) || len(again.Certificates()) != 3 {
				t.Errorf("written and read again: %v", err)
			}
			if _, err := identity.ParseChainDER(chain.DER()); err != nil {
				t.Errorf("as DER: %v", err)
			}
		})
	}
}

// TestNegativeSerialsLoad shows that the setting in go.mod reaches the tests, and that the recordings
// are of use for it.
func TestNegativeSerialsLoad(t *testing.T) {
	negative := 0
	for _, file := range []string{"a-device-chain.pem", "b-device-chain.pem"} {
		chain := must[identity.Chain](t)(identity.ParseChainPEM(recorded(t, "jami/"+file)))
		for _, cert := range chain.Certificates() {
			if cert.SerialNumber.Cmp(big.NewInt(0)) < 0 {
				negative++
			}
		}
	}
	for _, name := range []string{"identity-alice-2048", "identity-carol-4096"} {
		block, _ := pem.Decode([]byte(vector(t, name)["certificate_pem"]))
		cert := must[*x509.Certificate](t)(x509.ParseCertificate(block.Bytes))
		if cert.SerialNumber.Sign() < 0 {
			negative++
		}
	}
	if negative < 3 {
		t.Errorf("%d of the recorded certificates have a negative serial number, want at least 3", negative)
	}
}

func TestParseChainRefuses(t *testing.T) {
	alice := testid.Device(t, "alice")
	good := alice.Chain.AppendPEM(nil)
	selfSigned := signed(t, template("Jami device"), alice.Key, nil, alice.Key)
	many := make([][]byte, 0, 9)
	for range 9 {
		many = append(many, alice.Chain.Account.Raw)
	}
	for _, tc := range []struct {
		name  string
		parse func() (identity.Chain, error)
		want  error
	}{
		{"nothing", pemChain(nil), identity.ErrChain},
		{"no PEM", pemChain([]byte("hello")), identity.ErrChain},
		{"cut", pemChain(good[:len(good)/4]), identity.ErrChain},
		{"the device alone", derChain(alice.Chain.Device.Raw), identity.ErrChain},
		{"a self-signed device alone", derChain(selfSigned.Raw), identity.ErrSelfSigned},
		{"no certificate", derChain(), identity.ErrChain},
		{"garbage", derChain(alice.Chain.Device.Raw, []byte{1, 2, 3}), identity.ErrChain},
		{"trailing bytes", derChain(append(bytes.Clone(alice.Chain.Device.Raw), 0), alice.Chain.Account.Raw), identity.ErrChain},
		{"nine certificates", derChain(many...), identity.ErrChain},
		{"a megabyte", pemChain(bytes.Repeat(good, 200)), identity.ErrChain},
		{"an elliptic device", derChain(ellipticDevice(t).Raw, alice.Chain.Account.Raw), identity.ErrChain},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := tc.parse(); !errors.Is(err, tc.want) {
				t.Errorf("error %v, want %v", err, tc.want)
			}
		})
	}
}

func TestZeroChain(t *testing.T) {
	var c identity.Chain
	if !c.IsZero() || c.DeviceKey() != nil || c.AccountKey() != nil || !c.AccountID().IsZero() || !c.DeviceID().IsZero() || !c.LongID().IsZero() {
		t.Error("the zero chain names somebody")
	}
	if err := c.Verify(recordedAt); !errors.Is(err, identity.ErrChain) {
		t.Errorf("the zero chain verifies: %v", err)
	}
}

func pemChain(text []byte) func() (identity.Chain, error) {
	return func() (identity.Chain, error) { return identity.ParseChainPEM(text) }
}

func derChain(certs ...[]byte) func() (identity.Chain, error) {
	return func() (identity.Chain, error) { return identity.ParseChainDER(certs) }
}

func uidOf(t *testing.T, cert *x509.Certificate) string {
	t.Helper()
	for _, name := range cert.Subject.Names {
		if name.Type.String() == "0.9.2342.19200300.100.1.1" {
			return name.Value.(string)
		}
	}
	t.Fatal("the subject has no UID")
	return ""
}
