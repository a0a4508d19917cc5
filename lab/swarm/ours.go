// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package swarm

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"bellwire/dht"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
)

// limit bounds one operation.
const limit = 30 * time.Second

// Ours is a node of this module as a member, in the test's own process.
type Ours struct {
	node *dht.Node
	keys keys

	kill sync.Once
}

func startOurs(t testing.TB, cfg Config, network uint32, first netip.AddrPort, k keys) *Ours {
	t.Helper()
	family := "udp4"
	if cfg.IPv6 {
		family = "udp6"
	}
	conn, err := cfg.In.ListenPacket(family, netip.AddrPortFrom(loopback(cfg.IPv6), 0).String())
	if err != nil {
		t.Fatal(err)
	}
	nodeConfig := dht.Config{Conns: []net.PacketConn{conn}, Network: network}
	if first.IsValid() {
		nodeConfig.Bootstrap = []string{first.String()}
	}
	node, err := dht.Start(nodeConfig)
	if err != nil {
		t.Fatal(err)
	}
	o := &Ours{node: node, keys: k}
	t.Cleanup(o.Kill)
	if !k.chain.IsZero() {
		certificate := value.Certificate(k.chain)
		for _, key := range value.CertificateKeys(k.key.Public()) {
			node.Publish(key, certificate)
		}
	}
	return o
}

// Real says that it is not.
func (o *Ours) Real() bool { return false }

// ID is the node id.
func (o *Ours) ID() string { return o.node.ID().String() }

// Addr is where the others reach it.
func (o *Ours) Addr() netip.AddrPort { return o.node.Addrs()[0] }

// KeyID is the id of the key whose certificate it publishes, "" for none.
func (o *Ours) KeyID() string {
	if o.keys.chain.IsZero() {
		return ""
	}
	return o.keys.key.Public().KeyID().String()
}

// CanSign is true: each of ours has a key.
func (o *Ours) CanSign() bool { return true }

// Stats are the node's own figures.
func (o *Ours) Stats() dht.Stats { return o.node.Stats() }

// Good lists the good nodes it knows.
func (o *Ours) Good() ([]string, error) {
	var ids []string
	for _, n := range o.node.Export() {
		ids = append(ids, n.ID.String())
	}
	return ids, nil
}

// Kill stops the node.
func (o *Ours) Kill() { o.kill.Do(func() { o.node.Close() }) }

func newText(text string) *value.Value {
	return &value.Value{ID: value.NewID(), Data: []byte(text), UserType: "text/plain"}
}

// Put stores a text.
func (o *Ours) Put(key wire.Hash, text string) (time.Duration, error) {
	return o.put(key, newText(text))
}

// PutSigned stores a text with its signature. The time to sign counts, as it does for the real node.
func (o *Ours) PutSigned(key wire.Hash, text string) (time.Duration, error) {
	start := time.Now()
	signed, err := value.Sign(newText(text), o.keys.key)
	if err != nil {
		return 0, err
	}
	_, err = o.put(key, signed)
	return time.Since(start), err
}

// PutVersion stores a version of a signed value; a higher one replaces a lower one everywhere.
func (o *Ours) PutVersion(key wire.Hash, id uint64, version uint16, text string) error {
	v := newText(text)
	v.ID, v.Seq = id, version
	signed, err := value.Sign(v, o.keys.key)
	if err != nil {
		return err
	}
	_, err = o.put(key, signed)
	return err
}

// PutEncrypted looks the recipient's certificate up and stores a text for it.
func (o *Ours) PutEncrypted(key wire.Hash, keyID, text string) (time.Duration, error) {
	start := time.Now()
	recipient, err := o.find(keyID)
	if err != nil {
		return 0, err
	}
	sealed, err := value.Encrypt(newText(text), o.keys.key, recipient)
	if err != nil {
		return 0, err
	}
	_, err = o.put(key, sealed)
	return time.Since(start), err
}

func (o *Ours) put(key wire.Hash, v *value.Value) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	start := time.Now()
	err := o.node.Put(ctx, key, v)
	return time.Since(start), err
}

// find looks a public key up by its id.
func (o *Ours) find(keyID string) (*identity.PublicKey, error) {
	key, err := wire.ParseHash(keyID)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for v, err := range o.node.Get(ctx, key, value.Query{}) {
		if err != nil {
			return nil, err
		}
		if v.Type != value.CertificateType {
			continue
		}
		text, err := value.CertificatePEM(v)
		if err != nil {
			continue
		}
		// A dhtnode's certificate is self-signed: its key id alone is the proof here.
		public, err := certifiedKey(text)
		if err == nil && public.KeyID().String() == keyID {
			return public, nil
		}
	}
	return nil, fmt.Errorf("no certificate of the key %s was found", keyID)
}

func certifiedKey(text []byte) (*identity.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("no PEM block")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	return identity.ParsePublicKey(certificate.RawSubjectPublicKeyInfo)
}

// Get looks a key up.
func (o *Ours) Get(key wire.Hash) (Found, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	var found Found
	start := time.Now()
	for v, err := range o.node.Get(ctx, key, value.Query{}) {
		if err != nil {
			return found, err
		}
		if found.First == 0 {
			found.First = time.Since(start)
		}
		if shown, ok := o.show(v); ok {
			found.Values = append(found.Values, shown)
		}
	}
	found.Complete = time.Since(start)
	return found, nil
}

// show tells of a value what a real node would: nothing of one that is encrypted for another.
func (o *Ours) show(v *value.Value) (Value, bool) {
	shown := Value{ID: v.ID}
	if v.IsEncrypted() {
		inner, err := value.Decrypt(v, o.keys.key)
		if err != nil {
			return Value{}, false
		}
		shown.Decrypted, v = true, inner
	}
	shown.Signed, shown.Text = v.IsSigned(), string(v.Data)
	return shown, true
}

// Listen watches a key.
func (o *Ours) Listen(key wire.Hash) (Watch, error) {
	return &ourWatch{member: o, listener: o.node.Listen(key, value.Query{})}, nil
}

type ourWatch struct {
	member   *Ours
	listener *dht.Listener
}

// errListenerClosed means that the node was killed.
var errListenerClosed = errors.New("the listener was closed")

func (w *ourWatch) Await(limit time.Duration, text string) (time.Time, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		select {
		case e, open := <-w.listener.Events():
			if !open {
				return time.Time{}, errListenerClosed
			}
			if v, ok := w.member.show(e.Value); ok && v.Text == text && !e.Expired {
				return time.Now(), nil
			}
		case <-timer.C:
			return time.Time{}, fmt.Errorf("no value %q within %v", text, limit)
		}
	}
}
