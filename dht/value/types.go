// SPDX-License-Identifier: GPL-3.0-or-later

package value

import "time"

// Type says what the data of a value means, how long it lives and who may change it.
type Type uint16

// Value types of OpenDHT and Jami.
const (
	UserData          Type = 0
	DHTMessage        Type = 1
	IPService         Type = 2
	IMMessage         Type = 3
	TrustRequestType  Type = 4
	ICECandidatesType Type = 5
	CertificateType   Type = 8
	UserProfile       Type = 9
)

// Lifetimes of values.
const (
	// defaultLifetime is that of user data, encrypted values and unknown types.
	defaultLifetime = 10 * time.Minute
	messageLifetime = 5 * time.Minute
	serviceLifetime = 15 * time.Minute
	iceLifetime     = time.Minute
	week            = 7 * 24 * time.Hour
)

// Types is the table of value types and their policies.
type Types struct {
	policies map[Type]Policy
}

// NewTypes returns a table with the types built into OpenDHT and Jami.
func NewTypes() *Types {
	return &Types{policies: map[Type]Policy{
		UserData:          signedData("user data", defaultLifetime),
		DHTMessage:        {Name: "DHT message", Lifetime: messageLifetime, Verified: true, Store: storeDHTMessage, Edit: EditSigned},
		IPService:         {Name: "IP service announcement", Lifetime: serviceLifetime, Store: storeIPService, Edit: EditNever},
		IMMessage:         signedData("IM message", messageLifetime),
		TrustRequestType:  signedData("trust request", week),
		ICECandidatesType: signedData("ICE candidates", iceLifetime),
		CertificateType:   {Name: "certificate", Lifetime: week, Store: storeCertificate, Edit: editCertificate},
		UserProfile:       signedData("Jami user profile", week),
	}}
}

// signedData is the policy of types about whose data storing nodes do not care.
func signedData(name string, lifetime time.Duration) Policy {
	return Policy{Name: name, Lifetime: lifetime, Verified: true, Store: StoreSized, Edit: EditSigned}
}

// Policy returns the rules for values of a type. Unknown types live ten minutes, cannot
// be edited, and their signatures are not looked at.
func (t *Types) Policy(typ Type) Policy {
	if p, ok := t.policies[typ]; ok {
		return p
	}
	return Policy{Name: "unknown type", Lifetime: defaultLifetime, Store: StoreSized, Edit: EditNever}
}

// Lifetime returns how long a value of the type is kept after it was created or refreshed.
func (t *Types) Lifetime(typ Type) time.Duration { return t.Policy(typ).Lifetime }
