// SPDX-License-Identifier: GPL-3.0-or-later

// Package discovery owns finding DHT nodes on the local network, as OpenDHT does it: by multicast on UDP
// port 8888, groups 239.192.0.1 and ff08::101. Its datagrams are MessagePack:
//
//	"q"                               the question who is there, to the group
//	{"dht": [id, port, network id]}   the answer, to the asker; and the announcement, to the group
//
// A node asks and announces itself when it starts and when its connection to the network changed.
// Nothing is signed: what is found are addresses worth a ping, no more.
package discovery
