// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"errors"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"bellwire/sip/locate/dnstest"
)

// FuzzAnswer reads what a name server may say. Whatever it is, names are names, numbers of records are bounded and
// lives are possible.
func FuzzAnswer(f *testing.F) {
	for _, kind := range []dnsmessage.Type{typeNAPTR, dnsmessage.TypeSRV} {
		m := dnsmessage.Message{Header: dnsmessage.Header{Response: true}, Questions: []dnsmessage.Question{ask(f, kind).asked}}
		add := func(bodies ...dnsmessage.ResourceBody) {
			m := m
			m.Answers = nil
			for _, body := range bodies {
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: 60}, Body: body})
			}
			packet, err := m.Pack()
			if err != nil {
				f.Fatal(err)
			}
			f.Add(kind == typeNAPTR, packet)
		}
		add()
		add(dnstest.NAPTR(1, 2, "s", "SIPS+D2T", "_sips._tcp.x.example"), dnstest.NAPTR(1, 2, "", "", "."))
		add(dnstest.SRV(1, 2, 3, "a.example"), dnstest.SRV(0, 0, 0, "."))
		add(dnstest.CNAME("b.example"), dnstest.Addr("192.0.2.1"))
		m.RCode = dnsmessage.RCodeNameError
		m.Authorities = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: 60},
			Body:   &dnsmessage.SOAResource{NS: m.Questions[0].Name, MBox: m.Questions[0].Name, MinTTL: 30},
		}}
		add()
	}
	f.Fuzz(func(t *testing.T, naptr bool, packet []byte) {
		q := ask(t, dnsmessage.TypeSRV)
		if naptr {
			q = ask(t, typeNAPTR)
		}
		a, err := q.read(packet)
		if err != nil {
			return
		}
		if len(a.naptr) > maxKept || len(a.srv) > maxKept || a.life < 0 || a.life > maxLife {
			t.Errorf("out of bounds: %+v", a)
		}
		names := []string{}
		for _, r := range a.srv {
			names = append(names, r.Target)
		}
		for _, r := range a.naptr {
			names = append(names, r.Replacement)
		}
		if slices.ContainsFunc(names, func(n string) bool { return n != "" && !isName(n) }) {
			t.Errorf("not names: %q", names)
		}
	})
}

// ask is a question whose identifier is 0.
func ask(t testing.TB, kind dnsmessage.Type) question {
	t.Helper()
	q, err := newQuestion("x.example", kind, false)
	if err != nil {
		t.Fatal(err)
	}
	q.id = 0
	return q
}

// Single records that cannot be read leave the others.
func TestOddAnswers(t *testing.T) {
	q := ask(t, typeNAPTR)
	good := dnstest.NAPTR(1, 2, "s", "SIP+D2U", "_sip._udp.x.example")
	record := func(body dnsmessage.ResourceBody) dnsmessage.Resource {
		return dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.asked.Name, Class: dnsmessage.ClassINET, TTL: 60}, Body: body}
	}
	raw := func(data string) dnsmessage.Resource {
		return record(&dnsmessage.UnknownResource{Type: typeNAPTR, Data: []byte(data)})
	}
	chaos := record(good)
	chaos.Header.Class = dnsmessage.ClassCHAOS
	elsewhere := record(good)
	elsewhere.Header.Name = dnsmessage.MustNewName("y.example.")
	m := dnsmessage.Message{Header: dnsmessage.Header{Response: true}, Questions: []dnsmessage.Question{q.asked}}
	m.Answers = []dnsmessage.Resource{
		raw(""), raw("\x00\x01\x00"), raw("\x00\x01\x00\x01\x09s"), raw("\x00\x01\x00\x01\x01s\x00\x00"),
		raw("\x00\x01\x00\x01\x01s\x00\x00\xc0\x0c"), raw("\x00\x01\x00\x01\x01s\x00\x00\x03a/b\x00"),
		record(dnstest.Addr("192.0.2.1")), chaos, elsewhere, record(good),
	}
	packet, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	a, err := q.read(packet)
	if err != nil || len(a.naptr) != 1 || a.naptr[0].Service != "SIP+D2U" || a.life != time.Minute {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := q.read(packet[:len(packet)-1]); !errors.Is(err, errMalformed) {
		t.Errorf("cut: %v", err)
	}
	m.Answers = slices.Repeat(m.Answers, 100)
	if packet, err = m.Pack(); err != nil {
		t.Fatal(err)
	}
	if a, err = q.read(packet); err != nil || len(a.naptr) == 0 || len(a.naptr) > maxKept {
		t.Errorf("%d records of many, %v", len(a.naptr), err)
	}
}
