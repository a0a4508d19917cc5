// SPDX-License-Identifier: GPL-3.0-or-later

// Package value owns what is stored under the keys of the DHT: values, their packed form, signatures and
// encryption, the table of value types with their lifetimes and rules, and the payloads of the built-in
// types. It has no sockets and no clock.
//
// The packed form, with keys in exactly this order:
//
//	value = {"id": uint, "dat": dat, ["p": uint], ["pt": str]}
//	dat   = bin(cypher)                      encrypted
//	      | {"body": body}                   unsigned
//	      | {"body": body, "sig": bin}       signed
//	body  = {["seq": uint, "owner": bin(DER), ["to": bin20]] "type": uint, "data": bin, ["utype": str]}
//
// A signature covers the encoding of body with shortest integers, so the id, the key a value is stored
// under and its priority are not covered. An encrypted value hides a whole dat, and with it the sender.
package value
