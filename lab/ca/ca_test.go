// SPDX-License-Identifier: GPL-3.0-or-later

package ca

import (
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"testing"
)

func TestOnlyAGoodCertificateVerifies(t *testing.T) {
	a := New(t)
	addr := netip.MustParseAddr("10.77.0.1")
	for _, kind := range []Kind{Good, Expired, NotYet, WrongName, SelfSigned, ForClients, NameOnly} {
		p := a.Issue(t, kind, []string{"pbx.test"}, addr)
		pair, err := tls.LoadX509KeyPair(p.CertificateFile, p.KeyFile)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"pbx.test", addr.String()} {
			_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: a.Pool(), DNSName: name})
			if (err == nil) != (kind == Good) {
				t.Errorf("a certificate that is %s, for %s: %v", kind, name, err)
			}
		}
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: New(t).Pool(), DNSName: "pbx.test"}); err == nil {
			t.Errorf("a certificate that is %s is good to another authority", kind)
		}
	}
}
