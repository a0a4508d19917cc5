// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package sipp

import (
	"embed"
	"fmt"
	"strings"
	"testing"
	"text/template"
)

// Scenarios that call, or ask, Config.User at Config.Remote. Those to a phone expect that it answers.
const (
	Options    = "options"    // OPTIONS, 200
	Register   = "register"   // Users are Credentials; Keys: expires
	Call       = "call"       // INVITE, 200, ACK, Config.Pause, BYE
	LateOffer  = "lateoffer"  // INVITE without SDP, 200 with an offer, ACK with the answer
	Duplicates = "duplicates" // INVITE, ACK and BYE come again after their answers
	OutOfOrder = "outoforder" // a re-INVITE with an old CSeq is refused with 500, the call goes on
	NoACK      = "noack"      // the 200 is sent again and again, then BYE: 32 s
	ByeCrosses = "byecrosses" // awaits a BYE, sends one itself before it answers
	Glare      = "glare"      // awaits a re-INVITE, sends one itself: 491 both ways, then takes the next
	Stranger   = "stranger"   // requests inside no dialog: 481 each
	Cancel     = "cancel"     // INVITE, 180, CANCEL, 487
)

// Scenarios that wait to be called.
const (
	Answers    = "answers"    // 180, 200, waits for BYE
	Refuses    = "refuses"    // Keys: code, reason
	Moved      = "moved"      // 302; Keys: first, second, URIs
	Forks      = "forks"      // 180 from two branches, 200 from the second
	TwoAnswers = "twoanswers" // 200 from one branch, then from another: ACK to both, BYE to the second
	Reliable   = "reliable"   // 180 with 100rel: awaits PRACK
	TimerSmall = "timersmall" // 422 with Min-SE 120, then as Answers
	Silent     = "silent"     // no answer at all to the INVITE: 33 s
)

// Credentials are a line of Config.Users: the name, and the header that answers a challenge to it.
func Credentials(user, password string) []string {
	return []string{user, fmt.Sprintf("[authentication username=%s password=%s]", user, password)}
}

//go:embed scenarios/*.xml
var scenarios embed.FS

// head starts each request: the URI is that of the far end's Contact once there is one.
const head = `%[1]s %[2]s SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]sipp[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: %[3]d %[4]s
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
`

const offer = `Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
`

const nothing = "Content-Length: 0\n\n"

// reply answers the last request received, as the party with a tag.
const reply = `SIP/2.0 %s
[last_Via:]
[last_Record-Route:]
[last_From:]
[last_To:];tag=[pid]sipp[call_number]%s
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
`

// again answers a request inside a dialog, whose To has a tag already.
const again = `SIP/2.0 %s
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
`

// refused acknowledges the final answer just received, which was not 2xx: with the branch of the request
// (RFC 3261 section 17.1.1.3).
const refused = `ACK %s SIP/2.0
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
CSeq: %d ACK
Max-Forwards: 70
Content-Length: 0

`

// outside is the URI of a request that begins something.
const outside = "sip:[service]@[remote_ip]:[remote_port]"

// words are what the files of scenarios use beside the XML of SIPp.
var words = template.FuncMap{
	// begin is the head of a request outside a dialog, inside of one within it; cseq is its number. An ACK
	// for 200 and a request have a branch of their own each time they are sent.
	"begin":  func(method string, cseq int) string { return fmt.Sprintf(head, method, outside, cseq, method) },
	"inside": func(method string, cseq int) string { return fmt.Sprintf(head, method, "[next_url]", cseq, method) },
	"offer":  func() string { return offer },
	"empty":  func() string { return nothing },
	"refused": func(where string, cseq int) string {
		return fmt.Sprintf(refused, map[string]string{"begin": outside, "inside": "[next_url]"}[where], cseq)
	},
	"reply": func(status, branch string) string { return fmt.Sprintf(reply, status, branch) },
	"again": func(status string) string { return fmt.Sprintf(again, status) },
}

// text is the XML of a scenario: that of a name of this package, or what was given. Keys are put in here
// and not by SIPp, which wants to see codes and lengths of pauses before it knows its own.
func text(t testing.TB, scenario string, keys map[string]string) string {
	t.Helper()
	source := scenario
	if !strings.HasPrefix(strings.TrimSpace(scenario), "<") {
		file, err := scenarios.ReadFile("scenarios/" + scenario + ".xml")
		if err != nil {
			t.Fatalf("no scenario %q: %v", scenario, err)
		}
		source = string(file)
	}
	tmpl, err := template.New("scenario").Funcs(words).Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if !strings.HasPrefix(source, "<?xml") {
		b.WriteString("<?xml version=\"1.0\"?>\n") // without it nothing is read
	}
	if err := tmpl.Execute(&b, nil); err != nil {
		t.Fatal(err)
	}
	xml := b.String()
	for name, value := range keys {
		xml = strings.ReplaceAll(xml, "["+name+"]", value)
	}
	return xml
}
