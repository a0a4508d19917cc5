// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/pion/stun/v4"

	"bellwire/link/ice"
)

// secret is one end's credentials, which sign what is asked of it and what it answers.
type secret struct{ ufrag, pwd string }

func (s secret) integrity() stun.MessageIntegrity { return stun.NewShortTermIntegrity(s.pwd) }

// request is a Binding request to be sent (RFC 8445, section 7.1).
type request struct {
	id       [stun.TransactionIDSize]byte
	priority uint32 // of the candidate the far end may learn of
	role     ice.Role
	tie      uint64
	nominate bool // USE-CANDIDATE
}

// message returns the request of the end from to the end to.
func (r request) message(from, to secret) ([]byte, error) {
	setters := []stun.Setter{
		stun.BindingRequest,
		stun.NewTransactionIDSetter(r.id),
		stun.NewUsername(to.ufrag + ":" + from.ufrag),
		attribute(stun.AttrPriority, binary.BigEndian.AppendUint32(nil, r.priority)),
		attribute(roleAttribute(r.role), binary.BigEndian.AppendUint64(nil, r.tie)),
	}
	if r.nominate {
		setters = append(setters, attribute(stun.AttrUseCandidate, nil))
	}
	return build(append(setters, to.integrity())...)
}

func roleAttribute(role ice.Role) stun.AttrType {
	if role == ice.Controlling {
		return stun.AttrICEControlling
	}
	return stun.AttrICEControlled
}

func attribute(t stun.AttrType, value []byte) stun.Setter {
	return stun.RawAttribute{Type: t, Value: value}
}

// build appends the fingerprint, which every message of ICE ends with.
func build(setters ...stun.Setter) ([]byte, error) {
	m, err := stun.Build(append(setters, stun.Fingerprint)...)
	if err != nil {
		return nil, err
	}
	return m.Raw, nil
}

// parse reads a message that couldBeCheck. It keeps a copy.
func parse(b []byte) (*stun.Message, error) {
	m := new(stun.Message)
	_, err := m.Write(b)
	return m, err
}

// authenticate returns 0 for a request that is meant for the end with this secret by one who knows it,
// or else the code of the error to answer (RFC 8489, section 9.1.3).
func authenticate(m *stun.Message, own secret) stun.ErrorCode {
	username, err := m.Get(stun.AttrUsername)
	if err != nil || !m.Contains(stun.AttrMessageIntegrity) {
		return stun.CodeBadRequest
	}
	if ufrag, _, ok := strings.Cut(string(username), ":"); !ok || ufrag != own.ufrag || !signed(m, own) {
		return stun.CodeUnauthorized
	}
	return 0
}

// signed reports whether the message carries the signature of one who knows the secret.
func signed(m *stun.Message, by secret) bool {
	value, err := m.Get(stun.AttrMessageIntegrity)
	return err == nil && len(value) == 20 && by.integrity().Check(m) == nil
}

// reply answers a request, or returns nil for what needs no answer.
func reply(m *stun.Message, from netip.AddrPort, own secret) ([]byte, error) {
	if m.Type.Class != stun.ClassRequest {
		return nil, nil
	}
	if code := authenticate(m, own); code != 0 {
		return failure(m, code, own)
	}
	return success(m, from, own)
}

// success answers a request that came from this address.
func success(m *stun.Message, from netip.AddrPort, own secret) ([]byte, error) {
	mapped := &stun.XORMappedAddress{IP: from.Addr().AsSlice(), Port: int(from.Port())}
	return build(stun.BindingSuccess, m, mapped, own.integrity())
}

// failure answers a request with an error. What is not authenticated is not signed either.
func failure(m *stun.Message, code stun.ErrorCode, own secret) ([]byte, error) {
	setters := []stun.Setter{stun.BindingError, m, code}
	if code == stun.CodeRoleConflict {
		setters = append(setters, own.integrity())
	}
	return build(setters...)
}

// claim is the role an authenticated request says its sender has, with its tie-breaker.
func claim(m *stun.Message) (role ice.Role, tie uint64, ok bool) {
	for _, role := range []ice.Role{ice.Controlling, ice.Controlled} {
		if value, err := m.Get(roleAttribute(role)); err == nil && len(value) == 8 {
			return role, binary.BigEndian.Uint64(value), true
		}
	}
	return ice.Controlled, 0, false
}

// priorityOf returns the PRIORITY of a request, zero without.
func priorityOf(m *stun.Message) uint32 {
	if value, err := m.Get(stun.AttrPriority); err == nil && len(value) == 4 {
		return binary.BigEndian.Uint32(value)
	}
	return 0
}
