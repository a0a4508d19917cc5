// SPDX-License-Identifier: GPL-3.0-or-later

package asterisk

import (
	"cmp"
	"fmt"
	"strings"
)

// Algorithms of digests, as Account.Auth has them.
const (
	MD5       = "MD5"
	SHA256    = "SHA-256"
	SHA512256 = "SHA-512-256"
)

// Security is how the packets of calls are protected.
type Security string

// Kinds of security. Asterisk refuses another kind than the account's with 488.
const (
	Plain    Security = "no"
	SDES     Security = "sdes"
	DTLS     Security = "dtls"
	Optional Security = "sdes optional" // SDES where the phone has it, else plain
)

// Account is a phone that may register. Only User must be given.
type Account struct {
	User     string   // 1001 to 1009, also its number
	Password string   // PasswordOf(User)
	Auth     []string // one challenge for each, in this order; MD5
	Codecs   []string // of opus, g722, ulaw, alaw, in order of preference; all four

	Security Security // Plain
	AVPF     bool     // the profile with F: Asterisk refuses the one that it was not set to, with 488
	ICE, Mux bool     // offered and accepted; a phone without them is taken too
	IPv6     bool     // sound over IPv6

	DTMF   string // rfc4733 (the default), inband, info, auto, auto_info
	Rel100 string // no, required, peer_supported, yes (the default)
	Timers string // of sessions: no, required, always, yes (the default)
	// SessionExpires and MinSE are in seconds; 0 is 1800 and 90.
	SessionExpires, MinSE int

	MaxContacts int // 5; the newest push out the oldest
	// MinExpires and MaxExpires bound the seconds for which a phone registers; 0 is 1 and 7200.
	MinExpires, MaxExpires int
	// Mailbox has Asterisk tell the phone of voicemail without being asked (RFC 3842 section 4), in place
	// of letting it subscribe.
	Mailbox bool
	// Qualify has Asterisk ask the phone with OPTIONS every so many seconds; 0 is never.
	Qualify int
	// Direct lets phones exchange sound directly: Asterisk sends re-INVITEs for it.
	Direct bool
	// NAT has Asterisk answer to where packets come from, in place of what they say. Without it a request
	// to a phone over TCP or TLS goes over a connection of Asterisk's own making to the phone's Contact,
	// where a phone that is behind NAT, or has no certificate, cannot be reached.
	NAT bool

	// Endpoint and AOR are further options, lines without a newline, as in pjsip.conf.
	Endpoint, AOR []string
}

// PasswordOf is the password of an account whose Password is not set.
func PasswordOf(user string) string { return "secret-" + user }

// Phones are plain accounts with nothing but a user, 1001 to 1009.
func Phones() (all []Account) {
	for n := 1; n <= 9; n++ {
		all = append(all, Account{User: fmt.Sprintf("100%d", n)})
	}
	return all
}

// text is the account in the language of pjsip.conf.
func (a Account) text() string {
	var b strings.Builder
	section := func(kind string) { fmt.Fprintf(&b, "\n[%s]\ntype = %s\n", a.User, kind) }
	set := func(name string, value any) { fmt.Fprintf(&b, "%s = %v\n", name, value) }
	flag := func(name string, on bool) { set(name, map[bool]string{true: "yes", false: "no"}[on]) }
	number := func(name string, value, otherwise int) { set(name, cmp.Or(value, otherwise)) }

	section("auth")
	set("auth_type", "digest")
	set("username", a.User)
	set("password", cmp.Or(a.Password, PasswordOf(a.User)))
	set("supported_algorithms_uas", cmp.Or(strings.Join(a.Auth, ","), MD5))

	section("aor")
	number("max_contacts", a.MaxContacts, 5)
	set("remove_existing", "yes")
	number("minimum_expiration", a.MinExpires, 1)
	number("maximum_expiration", a.MaxExpires, 7200)
	set("qualify_frequency", a.Qualify)
	set("support_path", "yes")
	if !a.Mailbox {
		set("mailboxes", a.User+"@default")
	}
	lines(&b, a.AOR)

	section("endpoint")
	set("context", "phones")
	set("message_context", "texts")
	set("subscribe_context", "phones")
	set("auth", a.User)
	set("aors", a.User)
	set("callerid", fmt.Sprintf("Phone %[1]s <%[1]s>", a.User))
	set("disallow", "all")
	set("allow", cmp.Or(strings.Join(a.Codecs, ","), "opus,g722,ulaw,alaw"))
	security := cmp.Or(a.Security, Plain)
	if security == Optional {
		security = SDES
		set("media_encryption_optimistic", "yes")
	}
	set("media_encryption", security)
	if security == DTLS {
		set("dtls_auto_generate_cert", "yes")
		set("dtls_verify", "fingerprint")
		set("dtls_setup", "actpass")
	}
	flag("use_avpf", a.AVPF)
	flag("ice_support", a.ICE)
	flag("rtcp_mux", a.Mux)
	flag("rtp_ipv6", a.IPv6)
	set("dtmf_mode", cmp.Or(a.DTMF, "rfc4733"))
	set("100rel", cmp.Or(a.Rel100, "yes"))
	set("timers", cmp.Or(a.Timers, "yes"))
	number("timers_sess_expires", a.SessionExpires, 1800)
	number("timers_min_se", a.MinSE, 90)
	flag("direct_media", a.Direct)
	flag("force_rport", a.NAT)
	flag("rewrite_contact", a.NAT)
	flag("rtp_symmetric", a.NAT)
	set("allow_subscribe", "yes")
	if a.Mailbox {
		set("mailboxes", a.User+"@default")
	}
	set("send_pai", "yes")
	set("send_diversion", "yes")
	set("device_state_busy_at", "0")
	lines(&b, a.Endpoint)
	return b.String()
}

func lines(b *strings.Builder, all []string) {
	for _, l := range all {
		b.WriteString(l + "\n")
	}
}
