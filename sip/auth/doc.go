// SPDX-License-Identifier: GPL-3.0-or-later

// Package auth owns digest authentication of a user agent client (RFC 3261 section 22, RFC 7616, RFC 8760): it reads
// what 401 and 407 responses ask for and writes the header fields that answer. It works on plain values and knows
// neither sockets nor messages.
//
// A Client keeps the logins of one account and what its servers last asked for, so that later requests carry an answer
// from the start. An Exchange is one request with its repetitions:
//
//	e, err := client.Begin(request)
//	for {
//		// send the request with e.Headers(), wait for the final response
//		// 401 or 407: err = e.Challenged(wwwAuthenticate, proxyAuthenticate); on nil once more
//		// otherwise:  e.Accepted(authenticationInfo, proxyAuthenticationInfo); done
//	}
//
// Challenged is what ends the loop: with ErrWrongPassword as soon as that is sure, and with ErrEndless otherwise. An
// ACK cannot be challenged and repeats the header fields of its INVITE as they were; a CANCEL carries none (RFC 3261
// section 22.1).
//
// Values that come quoted are hashed and sent back as they stand between the quotes, backslashes included, which is
// the letter of RFC 7616 section 3.4 and what SIP servers do. A user name is hashed as it is and escaped when written.
// Text is UTF-8 whatever charset says; it is not normalised.
package auth
