// SPDX-License-Identifier: GPL-3.0-or-later

// Package offer carries link offers and answers as values of the DHT, in the form of Jami's
// connection requests.
//
// A value of user type "peer_request", encrypted for the device it is meant for, lies under the
// device's two request keys: the one of Jami's versions until 2026, made of the short device id, and
// today's, made of the long one. Its data is a MessagePack map:
//
//	id        uint    names the attempt; the answer repeats it
//	ice_msg   str     ICE-TCP credentials and candidates, see package ice
//	isAnswer  bool
//	connType  str     why, for push notifications; empty in answers
//	bw        map     between Bellwires, ignored by Jami: ICE-UDP
//	  v       uint    version of this map, 1
//	  u, p    str     ufrag and password
//	  c       bin     candidates, see appendCandidates
//	  t       uint    in offers: when it was made, in milliseconds since 1970, which orders the
//	                  offers of one device
//
// Whoever knows a public key can put values under its request keys, and each costs milliseconds to
// decrypt; [Config.Decrypts] bounds that. Answers between Bellwires go past that bound: their value
// id follows from a secret of the offer.
package offer
