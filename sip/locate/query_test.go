// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParseURI(t *testing.T) {
	for text, want := range map[string]Query{
		"sips:pbx.example":     {Secure: true, Host: "pbx.example"},
		"SIP:pbx.example:5070": {Host: "pbx.example", Port: 5070},
		"pbx.example":          {Secure: true, Host: "pbx.example"},
		"pbx:5061":             {Secure: true, Host: "pbx", Port: 5061},
		"sip:1001:pw@pbx.example;transport=TCP;lr?a=b":  {Host: "pbx.example", Transport: TCP},
		"sip:a?b;c@pbx.example;user=phone":              {Host: "pbx.example"},
		"sip:[2001:db8::1]:5070;transport=udp":          {Host: "[2001:db8::1]", Port: 5070, Transport: UDP},
		"sip:[2001:db8::1]":                             {Host: "[2001:db8::1]"},
		"2001:db8::1":                                   {Secure: true, Host: "2001:db8::1"},
		"192.0.2.1:5061":                                {Secure: true, Host: "192.0.2.1", Port: 5061},
		"sip:pbx.example;TRANSPORT=wss":                 {Host: "pbx.example", Transport: WSS},
		"sip:_odd-name.xn--bcher-kva.example.;x;y=z;;=": {Host: "_odd-name.xn--bcher-kva.example."},
	} {
		if q, err := ParseURI(text); err != nil || !reflect.DeepEqual(q, want) {
			t.Errorf("%s: %+v, %v", text, q, err)
		}
	}
	for text, phrase := range map[string]string{
		"":                                       "neither a host name",
		"sip:":                                   "neither a host name",
		"sip:user@":                              "neither a host name",
		"http://pbx.example":                     "port",
		"sip:pbx.example:0":                      "port",
		"sip:pbx.example:65536":                  "port",
		"sip:pbx.example:":                       "port",
		"sip:[2001:db8::1":                       "neither a host name",
		"sip:pbx.example;maddr=192.0.2.1":        "maddr",
		"sip:pbx.example;transport=sctp":         "sctp",
		"sip:b\u00fccher.example":                "xn--",
		"sip:pbx..example":                       "neither a host name",
		"sip:pbx.example\r\n":                    "neither a host name",
		"sip:" + strings.Repeat("a", 64):         "neither a host name",
		"sip:" + strings.Repeat("a.", 127) + "a": "neither a host name",
	} {
		if _, err := ParseURI(text); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), phrase) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ParseURI("sips:pbx.example;transport=udp"); !errors.Is(err, ErrInsecure) {
		t.Errorf("sips over UDP: %v", err)
	}
}
