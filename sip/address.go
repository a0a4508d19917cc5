// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"fmt"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// URI is a SIP or SIPS URI without password and headers (RFC 3261 section 19.1).
type URI struct {
	Scheme string // "sip" or "sips"; empty means sip
	User   string // may be empty
	Host   string // name or IP address, IPv6 without brackets
	Port   int    // 0 when absent
	Params string // what follows the first semicolon, such as "transport=tls"; may be empty
}

// Address is a name-addr: what From, To and Contact hold.
type Address struct {
	Name string // display name, unquoted; may be empty
	URI  URI
}

// String writes the URI as it stands in a message.
func (u URI) String() string {
	var b strings.Builder
	b.WriteString(u.scheme())
	b.WriteByte(':')
	if u.User != "" {
		b.WriteString(u.User)
		b.WriteByte('@')
	}
	if strings.Contains(u.Host, ":") {
		b.WriteString("[" + u.Host + "]")
	} else {
		b.WriteString(u.Host)
	}
	if u.Port != 0 {
		b.WriteString(":" + strconv.Itoa(u.Port))
	}
	if u.Params != "" {
		b.WriteString(";" + u.Params)
	}
	return b.String()
}

func (u URI) scheme() string {
	if u.Scheme == "" {
		return "sip"
	}
	return u.Scheme
}

// String writes the address with its URI in angle brackets, the name quoted.
func (a Address) String() string {
	uri := "<" + a.URI.String() + ">"
	if a.Name == "" {
		return uri
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.Name) + `" ` + uri
}

// check refuses what would break out of the header field it is written into.
func (a Address) check(what string) error {
	u := a.URI
	switch {
	case hasControl(a.Name) || strings.ContainsAny(u.String(), " <>\"\t") || hasControl(u.String()):
		return fmt.Errorf("%w: the %s address holds characters that are not allowed there", ErrInvalid, what)
	case u.Host == "":
		return fmt.Errorf("%w: the %s address has no host", ErrInvalid, what)
	case u.scheme() != "sip" && u.scheme() != "sips":
		return fmt.Errorf("%w: the %s address is neither sip nor sips", ErrInvalid, what)
	case u.Port < 0 || u.Port > 65535:
		return fmt.Errorf("%w: the port of the %s address is not in 0 to 65535", ErrInvalid, what)
	}
	return nil
}

func hasControl(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0
}

// addressOf turns what sipgo parsed into an Address.
func addressOf(name string, uri *sipmsg.Uri) Address {
	return Address{Name: unquote(name), URI: uriOf(uri)}
}

// unquote resolves the quoted pairs of a display name.
func unquote(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func uriOf(u *sipmsg.Uri) URI {
	return URI{
		Scheme: u.Scheme,
		User:   u.User,
		Host:   strings.Trim(u.Host, "[]"),
		Port:   u.Port,
		Params: u.UriParams.ToString(';'),
	}
}

// sipmsgURI turns a URI into sipgo's form, for the Request-URI.
func (u URI) sipmsgURI() sipmsg.Uri {
	m := sipmsg.Uri{Scheme: u.scheme(), User: u.User, Host: u.Host, Port: u.Port}
	for param := range strings.SplitSeq(u.Params, ";") {
		if name, value, _ := strings.Cut(param, "="); name != "" {
			m.UriParams.Add(name, value)
		}
	}
	return m
}
