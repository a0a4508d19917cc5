// SPDX-License-Identifier: GPL-3.0-or-later

package ice

import (
	"net/netip"

	pion "github.com/pion/ice/v4"
)

// component is the only one: RTP and RTCP share the path with everything else.
const component = 1

// fromPion describes a candidate of ours.
func fromPion(c pion.Candidate) (Candidate, bool) {
	addr, err := netip.ParseAddr(c.Address())
	if err != nil || c.NetworkType().IsTCP() {
		return Candidate{}, false
	}
	types := map[pion.CandidateType]Type{
		pion.CandidateTypeHost:            Host,
		pion.CandidateTypeServerReflexive: ServerReflexive,
		pion.CandidateTypeRelay:           Relay,
	}
	t, ok := types[c.Type()]
	return Candidate{
		Priority: c.Priority(),
		Addr:     netip.AddrPortFrom(addr.Unmap(), uint16(c.Port())),
		Type:     t,
		Related:  relatedTo(c),
	}, ok
}

// relatedTo returns the base of a reflexive candidate, the reflexive address of a relayed one.
func relatedTo(c pion.Candidate) netip.AddrPort {
	r := c.RelatedAddress()
	if r == nil {
		return netip.AddrPort{}
	}
	addr, err := netip.ParseAddr(r.Address)
	if err != nil || addr.IsUnspecified() {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(r.Port))
}

// toPion makes a remote candidate for the agent.
func toPion(c Candidate) (pion.Candidate, error) {
	addr, port := c.Addr.Addr().String(), int(c.Addr.Port())
	switch c.Type {
	case ServerReflexive:
		return pion.NewCandidateServerReflexive(&pion.CandidateServerReflexiveConfig{
			Network: "udp", Address: addr, Port: port, Component: component, Priority: c.Priority,
			RelAddr: unknownBase(c), RelPort: 9,
		})
	case Relay:
		return pion.NewCandidateRelay(&pion.CandidateRelayConfig{
			Network: "udp", Address: addr, Port: port, Component: component, Priority: c.Priority,
			RelAddr: unknownBase(c), RelPort: 9,
		})
	default:
		return pion.NewCandidateHost(&pion.CandidateHostConfig{
			Network: "udp", Address: addr, Port: port, Component: component, Priority: c.Priority,
		})
	}
}

// unknownBase stands for the related address, which an end may keep to itself (RFC 8839, section 5.1).
func unknownBase(c Candidate) string {
	if c.Addr.Addr().Is4() {
		return "0.0.0.0"
	}
	return "::"
}
