// SPDX-License-Identifier: GPL-3.0-or-later

package ice

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// Lengths in bytes before encoding: 48 and 144 bits, which become 8 and 24 characters.
const (
	ufragBytes = 6
	pwdBytes   = 18
)

// Credentials returns a new random ufrag and password.
func Credentials() (ufrag, pwd string) {
	var b [ufragBytes + pwdBytes]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return encodeCredentials(b[:])
}

// AnswerCredentials returns the ufrag and password of the end that answers the one with this
// password. Knowing them beforehand, the offering end can take part in checks that overtake the
// answer; they are as secret as the offer.
func AnswerCredentials(pwd string) (answerUfrag, answerPwd string) {
	mac := hmac.New(sha256.New, []byte(pwd))
	mac.Write([]byte("bellwire ice answer"))
	return encodeCredentials(mac.Sum(nil))
}

// encodeCredentials uses the alphabet of ice-char, which is that of base64.
func encodeCredentials(b []byte) (ufrag, pwd string) {
	return base64.RawStdEncoding.EncodeToString(b[:ufragBytes]),
		base64.RawStdEncoding.EncodeToString(b[ufragBytes : ufragBytes+pwdBytes])
}
