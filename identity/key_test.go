// SPDX-License-Identifier: GPL-3.0-or-later

package identity_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"bellwire/identity"
	"bellwire/internal/testid"
)

func TestRecordedKeysHaveTheirIDs(t *testing.T) {
	for _, name := range []string{"identity-alice-2048", "identity-bob-2048", "identity-carol-4096"} {
		t.Run(name, func(t *testing.T) {
			v, key := vector(t, name), recordedKey(t, name)
			public := key.Public()
			if got := hex.EncodeToString(public.DER()); got != v["public_key_der"] {
				t.Errorf("DER %s", got)
			}
			if public.KeyID().String() != v["id"] || public.LongID().String() != v["long_id"] {
				t.Errorf("ids %s and %s, want %s and %s", public.KeyID(), public.LongID(), v["id"], v["long_id"])
			}
			parsed, err := identity.ParsePublicKey(unhex(t, v["public_key_der"]))
			if err != nil || !parsed.Equal(public) {
				t.Errorf("parsed %v, %v", parsed, err)
			}
		})
	}
}

func TestSignatureIsTheRecordedOne(t *testing.T) {
	alice := recordedKey(t, "identity-alice-2048")
	want := unhex(t, vector(t, "crypto-rsa")["signature_of_short_by_alice"])
	got, err := alice.Sign([]byte("short"))
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("signature %x, %v", got, err)
	}
	if err := alice.Public().Verify([]byte("short"), want); err != nil {
		t.Error(err)
	}
	want[100] ^= 1
	if err := alice.Public().Verify([]byte("short"), want); !errors.Is(err, identity.ErrSignature) {
		t.Errorf("a changed signature: %v", err)
	}
}

// TestReceiptSignature checks the account's signature of the receipts the real daemon keeps.
func TestReceiptSignature(t *testing.T) {
	for _, who := range []string{"a", "b"} {
		receipt := recorded(t, "jami/"+who+"-receipt.json")
		signature, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(recorded(t, "jami/"+who+"-receipt.sig.b64"))))
		if err != nil {
			t.Fatal(err)
		}
		chain := must[identity.Chain](t)(identity.ParseChainPEM(recorded(t, "jami/"+who+"-device-chain.pem")))
		if err := chain.AccountKey().Verify(receipt, signature); err != nil {
			t.Errorf("receipt of %s: %v", who, err)
		}
		var fields struct {
			ID  identity.AccountID `json:"id"`
			Dev identity.DeviceID  `json:"dev"`
		}
		if err := json.Unmarshal(receipt, &fields); err != nil {
			t.Fatal(err)
		}
		if fields.ID != chain.AccountID() || fields.Dev != chain.DeviceID() {
			t.Errorf("receipt of %s names %s and %s, chain %s and %s", who, fields.ID, fields.Dev, chain.AccountID(), chain.DeviceID())
		}
	}
}

func TestParsePublicKeyRefuses(t *testing.T) {
	good := testid.Key2048(t, 0).Public()
	spki := func(n *big.Int, e int) []byte {
		der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: n, E: e})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	odd := func(bits uint) *big.Int {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		return n.SetBit(n, 0, 1)
	}
	curve := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	ecDER := must[[]byte](t)(x509.MarshalPKIXPublicKey(&curve.PublicKey))
	for _, tc := range []struct {
		name string
		der  []byte
	}{
		{"nothing", nil},
		{"cut", good.DER()[:100]},
		{"trailing byte", append(bytes.Clone(good.DER()), 0)},
		{"2047 bits", spki(odd(2047), 65537)},
		{"8193 bits", spki(odd(8193), 65537)},
		{"8200 bits", spki(odd(8200), 65537)},
		{"a megabyte", bytes.Repeat([]byte{0x30}, 1<<20)},
		{"even modulus", spki(new(big.Int).Lsh(big.NewInt(1), 2047), 65537)},
		{"exponent 1", spki(odd(2048), 1)},
		{"exponent 3", spki(odd(2048), 3)},
		{"even exponent", spki(odd(2048), 65538)},
		{"elliptic curve", ecDER},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if key, err := identity.ParsePublicKey(tc.der); !errors.Is(err, identity.ErrPublicKey) {
				t.Errorf("got %v, %v", key, err)
			}
		})
	}
	if _, err := identity.ParsePublicKey(spki(odd(8192), 65537)); err != nil {
		t.Errorf("8192 bits: %v", err)
	}
}

func TestParsedKeyIsIndependentOfItsSource(t *testing.T) {
	der := bytes.Clone(testid.Key2048(t, 0).Public().DER())
	key := must[*identity.PublicKey](t)(identity.ParsePublicKey(der))
	clear(der)
	if !key.Equal(testid.Key2048(t, 0).Public()) {
		t.Error("changing the bytes parsed from changed the key")
	}
}

func TestPublicKeyEqual(t *testing.T) {
	a, b := testid.Key2048(t, 0).Public(), testid.Key2048(t, 1).Public()
	var none *identity.PublicKey
	if !a.Equal(a) || a.Equal(b) || a.Equal(none) || none.Equal(a) || !none.Equal(none) {
		t.Error("Equal is wrong")
	}
}

func TestPrivateKeyPEM(t *testing.T) {
	key := testid.Key2048(t, 0)
	text := must[[]byte](t)(key.PEM())
	if same := must[*identity.PrivateKey](t)(identity.ParsePrivateKeyPEM(text)); !same.Public().Equal(key.Public()) {
		t.Error("another key came back")
	}
	for name, bad := range map[string][]byte{
		"empty":       nil,
		"cut":         text[:len(text)/2],
		"damaged":     bytes.Replace(text, []byte("A"), []byte("B"), 20),
		"certificate": recorded(t, "jami/a-account-chain.pem"),
		"too long":    bytes.Repeat(text, 20),
	} {
		if _, err := identity.ParsePrivateKeyPEM(bad); !errors.Is(err, identity.ErrPrivateKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := identity.NewPrivateKey(rand.Reader, 1024); !errors.Is(err, identity.ErrPrivateKey) {
		t.Errorf("1024 bits: %v", err)
	}
}

// TestNothingPrintsSecrets prints everything that holds a private key in every way and looks for the
// private exponent and for anything long.
func TestNothingPrintsSecrets(t *testing.T) {
	account, device := testid.Account(t, "alice"), testid.Device(t, "alice")
	archive := &identity.Archive{Account: account}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		for _, value := range []any{device.Key, *device.Key, device, *device, account, *account, archive, *archive} {
			out := fmt.Sprintf(verb, value)
			for _, key := range []*identity.PrivateKey{device.Key, account.Key, account.CAKey} {
				secrets := []string{key.RSA().D.String(), key.RSA().D.Text(16), key.RSA().Primes[0].String(), key.RSA().Primes[0].Text(16)}
				for _, secret := range secrets {
					if strings.Contains(strings.ToLower(out), secret) {
						t.Errorf("%s of %T shows a private key", verb, value)
					}
				}
			}
			if strings.Contains(out, fmt.Sprint(account.EthKey)[1:20]) || strings.Contains(out, hex.EncodeToString(account.EthKey)) {
				t.Errorf("%s of %T shows the name owner key", verb, value)
			}
			if len(out) > 200 {
				t.Errorf("%s of %T has %d characters: %.80s", verb, value, len(out), out)
			}
		}
	}
}
