// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Limits of one answer.
const (
	maxRecords = 128 // read of each section
	maxKept    = 64  // records of the kind asked for
	// noneLife is how long an answer without records stands at most, and if the DNS does not say (RFC 2308 section 5).
	noneLife = 5 * time.Minute
)

var (
	errStrange   = errors.New("a packet that is not the answer")
	errTruncated = errors.New("the answer is cut short")
	errMalformed = errors.New("the answer is malformed")
	errAliases   = errors.New("its aliases lead round in a circle")
)

// answer is what a server said: records, or the name under which to ask on, or nothing.
type answer struct {
	naptr []NAPTR
	srv   []SRV
	alias string
	life  time.Duration
}

// read takes an answer apart. What cannot be read of single records leaves the others.
func (q question) read(packet []byte) (answer, error) {
	var p dnsmessage.Parser
	h, err := p.Start(packet)
	if err != nil {
		return answer{}, errStrange
	}
	questions := make([]dnsmessage.Question, 0, 1)
	for range 2 {
		if asked, err := p.Question(); err == nil {
			questions = append(questions, asked)
		}
	}
	if !q.answeredBy(h, questions) {
		return answer{}, errStrange
	}
	switch {
	case h.RCode != dnsmessage.RCodeSuccess && h.RCode != dnsmessage.RCodeNameError:
		return answer{}, fmt.Errorf("it answers %s", strings.TrimPrefix(h.RCode.String(), "RCode"))
	case h.Truncated:
		return answer{}, errTruncated
	}
	r := reader{p: p, owners: map[string]*owned{}}
	if err := r.answers(); err != nil {
		return answer{}, errMalformed
	}
	a, err := r.follow(nameOf(q.asked.Name))
	if err != nil || len(a.naptr)+len(a.srv) > 0 {
		return a, err
	}
	none, said := r.none()
	if said || h.RCode == dnsmessage.RCodeNameError {
		a.alias = "" // where the alias leads there is nothing
	}
	if a.alias == "" {
		a.life = min(a.life, none)
	}
	return a, nil
}

// reader gathers the records of an answer by owner.
type reader struct {
	p      dnsmessage.Parser
	owners map[string]*owned
}

type owned struct {
	answer
	target string // of its CNAME
}

func (r *reader) answers() error {
	for range maxRecords {
		h, err := r.p.AnswerHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.record(h); err != nil {
			return err
		}
	}
	return r.p.SkipAllAnswers()
}

// record takes one record, or skips it.
func (r *reader) record(h dnsmessage.ResourceHeader) error {
	name := nameOf(h.Name)
	o := r.owners[name]
	if o == nil {
		o = &owned{answer: answer{life: maxLife}}
		r.owners[name] = o
	}
	taken := true
	switch {
	case h.Class != dnsmessage.ClassINET:
		return r.p.SkipAnswer()
	case h.Type == dnsmessage.TypeCNAME:
		cname, err := r.p.CNAMEResource()
		if err != nil {
			return err
		}
		o.target = nameOf(cname.CNAME)
	case h.Type == dnsmessage.TypeSRV:
		srv, err := r.p.SRVResource()
		if err != nil {
			return err
		}
		target := nameOf(srv.Target)
		if taken = len(o.srv) < maxKept && (target == "" || isName(target)); taken {
			o.srv = append(o.srv, SRV{srv.Priority, srv.Weight, srv.Port, target})
		}
	case h.Type == typeNAPTR:
		raw, err := r.p.UnknownResource()
		if err != nil {
			return err
		}
		naptr, ok := parseNAPTR(raw.Data)
		if taken = ok && len(o.naptr) < maxKept; taken {
			o.naptr = append(o.naptr, naptr)
		}
	default:
		return r.p.SkipAnswer()
	}
	if taken {
		o.life = min(o.life, time.Duration(h.TTL)*time.Second)
	}
	return nil
}

// follow goes from the name that was asked for through its aliases to records.
func (r *reader) follow(name string) (answer, error) {
	life, alias := maxLife, ""
	for range maxAliases {
		o := r.owners[name]
		if o == nil {
			return answer{alias: alias, life: life}, nil
		}
		life = min(life, o.life)
		if o.target == "" {
			a := o.answer
			a.life = life
			if len(a.naptr)+len(a.srv) == 0 {
				a.alias = alias
			}
			return a, nil
		}
		name, alias = o.target, o.target
	}
	return answer{}, errAliases
}

// none is how long the absence of records stands (RFC 2308 section 5), and whether the authority said so.
func (r *reader) none() (life time.Duration, said bool) {
	for range maxRecords {
		h, err := r.p.AuthorityHeader()
		if err != nil {
			break
		}
		if h.Type != dnsmessage.TypeSOA {
			if r.p.SkipAuthority() != nil {
				break
			}
			continue
		}
		soa, err := r.p.SOAResource()
		if err != nil {
			break
		}
		return min(time.Duration(min(h.TTL, soa.MinTTL))*time.Second, noneLife), true
	}
	return noneLife, false
}

// nameOf is a name in lower case without its last dot; the root is empty.
func nameOf(n dnsmessage.Name) string {
	return strings.ToLower(strings.TrimSuffix(n.String(), "."))
}
