// SPDX-License-Identifier: GPL-3.0-or-later

// Package wire owns the packets of the OpenDHT protocol: hashes, messages, node lists, queries, error
// codes and the splitting of large messages. It has no sockets, no goroutines and no clock.
//
// A datagram holds one MessagePack map. Which keys are present decides what it is, in this order:
//
//	e  error        {e: [code, text], r: {id}, t, y: "e", v, n}
//	r  reply        {r: {id, …}, t, y: "r", v, n}
//	p  value data   {n, y: "p", t, p: {index: {o: offset, d: bytes}}}
//	u  old update   {u: {id, …}, t, y: "r", v, n}
//	a  request      {a: {id, …}, q: name, t, y: "q", v, n}
//
// t is the transaction id, v names the program, n is the network id and absent when 0. Unknown keys are
// ignored at every level, so that later versions can add some.
//
// The arguments of requests and the results of replies:
//
//	ping     {id}                                           → {id, sa}
//	find     {id, target, w?}                               → {id, sa, n4?, n6?, token}
//	get      {id, h, q?, w?}                                → {id, sa, n4?, n6?, token, values? | fileds?}
//	put      {id, h, values, c?, token}                     → {id, vid, sa}
//	refresh  {id, h, vid, token}                            → {id, vid, sa}
//	listen   {id, ve, h, token, sid, q?}                    → {id, sa}
//	update   {id, ve, h, sid, values, c?, token}            → {id, sa}
//	         {id, sid, token, re | exp}                     → {id, sa}
//
// Values travel packed; package value knows what is inside.
package wire
