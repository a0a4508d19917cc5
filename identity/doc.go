// SPDX-License-Identifier: GPL-3.0-or-later

// Package identity owns who somebody is: key pairs, the certificate chains made from them, the ids
// derived from them and their text forms, and the archive in which a whole account travels.
//
// An account is an RSA-4096 key. Its certificate is issued by a CA key of its own, and it issues one
// certificate for each device:
//
//	CA  ──issues──▶  account  ──issues──▶  device
//
// The account id (the "Jami ID") is the SHA-1 of the account's public key, written as 40 hexadecimal
// digits. SHA-1 only names a key here. What proves an identity is the device's private key together
// with the chain, which [Chain.Verify] checks; protocols that carry the SHA-256 [LongID] check it too.
//
// Certificates made by Jami before August 2026 often have a negative serial number. Programs that use
// this package need the setting x509negativeserial=1, which go.mod sets for every program and test of
// this module.
//
// The package knows neither sockets nor names. No private key appears in its logs, errors or %v output.
package identity
