// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
)

const (
	// maxChainCerts bounds a chain. Accounts have three certificates; those of an organisation have
	// further ones above.
	maxChainCerts = 8
	// maxChainBytes bounds a chain in DER or PEM. Chains of three take 4.1 KB in DER.
	maxChainBytes = 64 << 10

	pemCertificate = "CERTIFICATE"
)

// parseCertificatesDER parses a bounded list of certificates. The error wraps ErrChain.
func parseCertificatesDER(certs [][]byte) ([]*x509.Certificate, error) {
	if len(certs) > maxChainCerts {
		return nil, fmt.Errorf("%w: %d certificates are more than %d", ErrChain, len(certs), maxChainCerts)
	}
	total := 0
	for _, der := range certs {
		total += len(der)
	}
	if total > maxChainBytes {
		return nil, fmt.Errorf("%w: %d bytes are more than %d", ErrChain, total, maxChainBytes)
	}
	parsed := make([]*x509.Certificate, 0, len(certs))
	for i, der := range certs {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%w: certificate %d: %w", ErrChain, i+1, err)
		}
		parsed = append(parsed, cert)
	}
	return parsed, nil
}

// parseCertificates parses the certificate blocks of a PEM text and skips others.
func parseCertificates(text []byte) ([]*x509.Certificate, error) {
	if len(text) > maxChainBytes {
		return nil, fmt.Errorf("%w: %d bytes are more than %d", ErrChain, len(text), maxChainBytes)
	}
	var certs [][]byte
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return parseCertificatesDER(certs)
		}
		if block.Type == pemCertificate {
			certs = append(certs, block.Bytes)
		}
		text = rest
	}
}

// appendCertificates appends certificates as concatenated PEM blocks.
func appendCertificates(b []byte, certs ...*x509.Certificate) []byte {
	for _, cert := range certs {
		b = append(b, pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: cert.Raw})...)
	}
	return b
}
