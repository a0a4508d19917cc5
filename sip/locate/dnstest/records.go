// SPDX-License-Identifier: GPL-3.0-or-later

package dnstest

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// TypeNAPTR is the type of NAPTR records.
const TypeNAPTR = dnsmessage.Type(35)

// SRV is the data of an SRV record; the target "." means that the service is not offered.
func SRV(priority, weight, port uint16, target string) dnsmessage.ResourceBody {
	return &dnsmessage.SRVResource{Priority: priority, Weight: weight, Port: port, Target: name(target)}
}

// CNAME is the data of an alias.
func CNAME(target string) dnsmessage.ResourceBody {
	return &dnsmessage.CNAMEResource{CNAME: name(target)}
}

// Addr is the data of an A or AAAA record.
func Addr(text string) dnsmessage.ResourceBody {
	addr := netip.MustParseAddr(text)
	if addr.Is4() {
		return &dnsmessage.AResource{A: addr.As4()}
	}
	return &dnsmessage.AAAAResource{AAAA: addr.As16()}
}

// NAPTR is the data of a NAPTR record without a regular expression.
func NAPTR(order, preference uint16, flags, service, replacement string) dnsmessage.ResourceBody {
	data := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, order), preference)
	texts := []string{flags, service, ""}
	if replacement != "." {
		texts = append(texts, strings.Split(strings.TrimSuffix(replacement, "."), ".")...)
	}
	for _, text := range append(texts, "") {
		data = append(append(data, byte(len(text))), text...)
	}
	return &dnsmessage.UnknownResource{Type: TypeNAPTR, Data: data}
}

func name(s string) dnsmessage.Name {
	return dnsmessage.MustNewName(strings.TrimSuffix(s, ".") + ".")
}

// typeOf is the type of a record with this data.
func typeOf(body dnsmessage.ResourceBody) dnsmessage.Type {
	switch b := body.(type) {
	case *dnsmessage.SRVResource:
		return dnsmessage.TypeSRV
	case *dnsmessage.CNAMEResource:
		return dnsmessage.TypeCNAME
	case *dnsmessage.AResource:
		return dnsmessage.TypeA
	case *dnsmessage.AAAAResource:
		return dnsmessage.TypeAAAA
	case *dnsmessage.UnknownResource:
		return b.Type
	}
	return 0
}
