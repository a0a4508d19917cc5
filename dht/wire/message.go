// SPDX-License-Identifier: GPL-3.0-or-later

package wire

import "net/netip"

// Agent is the program name our messages carry; informational.
const Agent = "BW01"

// MaxTokenLen is the longest write token the real programs keep.
const MaxTokenLen = 64

// Kind tells messages apart.
type Kind uint8

// Kinds of messages.
const (
	Ping Kind = 1 + iota
	Find
	Get
	Put
	Refresh
	Listen
	Update
	Reply
	Error
	// ValueData carries pieces of the values announced by another message with the same transaction id.
	ValueData
	// OldUpdate is the notice of refreshed or expired values to listeners that did not set Updates;
	// its transaction id is their listen socket id.
	OldUpdate
)

var kindNames = [...]string{
	Ping: "ping", Find: "find", Get: "get", Put: "put", Refresh: "refresh", Listen: "listen", Update: "update",
	Reply: "reply", Error: "error", ValueData: "value data", OldUpdate: "old update",
}

// String returns the name requests have on the wire, or a word for the other kinds.
func (k Kind) String() string {
	if int(k) < len(kindNames) && k != 0 {
		return kindNames[k]
	}
	return "unknown"
}

// IsRequest reports whether the kind expects a reply.
func (k Kind) IsRequest() bool { return k >= Ping && k <= Update }

// Families is a set of address families.
type Families uint8

// Address families.
const (
	IPv4 Families = 1 << iota
	IPv6
)

// Message is one datagram, of any kind. Fields that the kind does not have are zero, and optional ones
// are absent on the wire when zero.
type Message struct {
	Kind    Kind
	TID     uint32 // t, transaction id
	Network uint32 // n, network id
	Client  bool   // s, the sender only asks and is not to be put into tables
	Agent   string // v, at most 16 bytes are kept

	ID     Hash // sender
	Target Hash // target of find, h of all others; zero when missing
	Want   Families
	// HasQuery tells a query that wants everything (Query is zero) from an absent one.
	HasQuery bool
	Query    Query
	Token    []byte
	VID      uint64 // vid, value id
	Created  int64  // c, seconds since 1970; 0 when absent
	SID      uint32 // sid, listen socket id
	Updates  bool   // ve, the listener understands Update requests

	// Values are packed values. When they are many or long, Append writes their sizes instead and
	// Datagrams the pieces. A message received in that form has Sizes until an Assembler completed it.
	Values [][]byte
	Sizes  []uint32

	Nodes4, Nodes6 []byte     // n4 and n6, see AppendNode and Nodes
	Seen           netip.Addr // sa, the address of the requester as the replier sees it
	Select         Fields     // fileds, the columns of Rows
	Rows           []Row
	Refreshed      []uint64 // re
	Expired        []uint64 // exp

	Code ErrorCode // e
	Text string

	Parts []Part // p
}

// Part is a piece of a packed value.
type Part struct {
	Index  uint32 // position in the list of values
	Offset uint32 // position in the packed value
	Data   []byte
}
