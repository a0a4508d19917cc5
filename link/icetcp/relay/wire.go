// SPDX-License-Identifier: GPL-3.0-or-later

package relay

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/pion/stun/v4"
)

const (
	header      = 20 // of a STUN message (RFC 8489, section 5)
	magicCookie = 0x2112A442
	// maxMessage bounds what a server may send at once; its longest answers have some 200 bytes.
	maxMessage = 4096
)

// errForm is wrapped by errors about messages that are none.
var errForm = errors.New("not an answer of a TURN server")

// sizeOf returns the length of the message with this header.
func sizeOf(b []byte) (int, error) {
	size := header + int(binary.BigEndian.Uint16(b[2:]))
	if b[0]>>6 != 0 || binary.BigEndian.Uint32(b[4:]) != magicCookie || size > maxMessage {
		return 0, errForm
	}
	return size, nil
}

// next reads a message. When it fails at a deadline, nothing is lost.
func next(in *bufio.Reader) (*stun.Message, error) {
	b, err := in.Peek(header)
	if err != nil {
		return nil, err
	}
	size, err := sizeOf(b)
	if err != nil {
		return nil, err
	}
	if b, err = in.Peek(size); err != nil {
		return nil, err
	}
	m := new(stun.Message)
	_, err = m.Write(b)
	_, _ = in.Discard(size) // these bytes are there
	return m, err
}

// readOne reads one message and nothing of what follows it.
func readOne(from io.Reader) (*stun.Message, error) {
	b := make([]byte, header, 256)
	if _, err := io.ReadFull(from, b); err != nil {
		return nil, err
	}
	size, err := sizeOf(b)
	if err != nil {
		return nil, err
	}
	b = append(b, make([]byte, size-header)...)
	if _, err := io.ReadFull(from, b[header:]); err != nil {
		return nil, err
	}
	m := new(stun.Message)
	_, err = m.Write(b)
	return m, err
}

// id is the transaction of a request.
type id = [stun.TransactionIDSize]byte

// login is what requests are signed with (RFC 8489, section 9.2). The zero value signs nothing.
type login struct {
	user, realm, nonce string
	key                stun.MessageIntegrity
}

// challenge takes realm and nonce from a server's refusal.
func (l *login) challenge(m *stun.Message, s Server) error {
	realm, errRealm := m.Get(stun.AttrRealm)
	nonce, errNonce := m.Get(stun.AttrNonce)
	if errRealm != nil || errNonce != nil {
		return fmt.Errorf("%w: a refusal without realm and nonce", errForm)
	}
	l.user, l.realm, l.nonce = s.User, string(realm), string(nonce)
	l.key = stun.NewLongTermIntegrity(s.User, l.realm, s.Password)
	return nil
}

// request returns a request and its transaction.
func (l login) request(method stun.Method, attributes ...stun.Setter) ([]byte, id, error) {
	setters := append([]stun.Setter{stun.NewType(method, stun.ClassRequest), stun.TransactionID}, attributes...)
	if l.key != nil {
		setters = append(setters, stun.NewUsername(l.user), stun.NewRealm(l.realm), stun.NewNonce(l.nonce), l.key)
	}
	m, err := stun.Build(append(setters, stun.Fingerprint)...)
	if err != nil {
		return nil, id{}, err
	}
	return m.Raw, m.TransactionID, nil
}

// signed reports whether a server that knows the password sent the message.
func (l login) signed(m *stun.Message) bool {
	if l.key == nil {
		return true
	}
	value, err := m.Get(stun.AttrMessageIntegrity)
	return err == nil && len(value) == 20 && l.key.Check(m) == nil
}

// code returns that of an error, 0 for a success.
func code(m *stun.Message) stun.ErrorCode {
	if m.Type.Class != stun.ClassErrorResponse {
		return 0
	}
	var e stun.ErrorCodeAttribute
	if e.GetFrom(m) != nil || e.Code == 0 {
		return stun.CodeServerError
	}
	return e.Code
}

// address reads an address attribute.
func address(m *stun.Message, t stun.AttrType) (netip.AddrPort, error) {
	var x stun.XORMappedAddress
	if err := x.GetFromAs(m, t); err != nil {
		return netip.AddrPort{}, fmt.Errorf("%w: %w", errForm, err)
	}
	addr, _ := netip.AddrFromSlice(x.IP)
	return netip.AddrPortFrom(addr.Unmap(), uint16(x.Port)), nil
}

// peerAddress is the attribute that names a far end by its host.
type peerAddress netip.Addr

// AddTo implements stun.Setter.
func (p peerAddress) AddTo(m *stun.Message) error {
	return stun.XORMappedAddress{IP: netip.Addr(p).AsSlice()}.AddToAs(m, stun.AttrXORPeerAddress)
}

// requestedTransport asks for an allocation of TCP.
var requestedTransport = stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{6, 0, 0, 0}}

// lifetime reads how long an allocation lives.
func lifetime(m *stun.Message) (time.Duration, error) {
	value, err := m.Get(stun.AttrLifetime)
	if err != nil || len(value) != 4 {
		return 0, fmt.Errorf("%w: no lifetime", errForm)
	}
	return time.Duration(binary.BigEndian.Uint32(value)) * time.Second, nil
}
