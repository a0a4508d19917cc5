// SPDX-License-Identifier: GPL-3.0-or-later

package identity_test

import (
	"testing"

	"bellwire/identity"
	"bellwire/internal/testid"
)

func BenchmarkNewPrivateKey4096(b *testing.B) {
	for b.Loop() {
		if _, err := identity.NewPrivateKey(randomSource, identity.KeyBits); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign4096(b *testing.B) {
	key, data := testid.Device(b, "alice").Key, make([]byte, 1000)
	for b.Loop() {
		if _, err := key.Sign(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify4096(b *testing.B) {
	key, data := testid.Device(b, "alice").Key, make([]byte, 1000)
	signature := must[[]byte](b)(key.Sign(data))
	for b.Loop() {
		if err := key.Public().Verify(data, signature); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncrypt4096(b *testing.B) {
	key, data := testid.Device(b, "alice").Key.Public(), make([]byte, 2000)
	for b.Loop() {
		if _, err := key.Encrypt(randomSource, data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecrypt4096(b *testing.B) {
	key := testid.Device(b, "alice").Key
	cypher := must[[]byte](b)(key.Public().Encrypt(randomSource, make([]byte, 2000)))
	for b.Loop() {
		if _, err := key.Decrypt(cypher); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParsePublicKey4096(b *testing.B) {
	der := testid.Device(b, "alice").Key.Public().DER()
	for b.Loop() {
		if _, err := identity.ParsePublicKey(der); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseAndVerifyChain(b *testing.B) {
	der := testid.Device(b, "alice").Chain.DER()
	for b.Loop() {
		chain, err := identity.ParseChainDER(der)
		if err != nil {
			b.Fatal(err)
		}
		if err := chain.Verify(verifyAt); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenWithPassword(b *testing.B) {
	sealed := must[[]byte](b)(identity.SealWithPassword(randomSource, make([]byte, 10_000), "password"))
	for b.Loop() {
		if _, err := identity.OpenWithPassword(sealed, "password"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseDevicePEM(b *testing.B) {
	text := must[[]byte](b)(testid.Device(b, "alice").PEM())
	for b.Loop() {
		if _, err := identity.ParseDevicePEM(text); err != nil {
			b.Fatal(err)
		}
	}
}
