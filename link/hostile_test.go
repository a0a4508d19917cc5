// SPDX-License-Identifier: GPL-3.0-or-later

package link_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/identity"
	"bellwire/internal/netx"
	"bellwire/internal/testid"
	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/link/linktest"
)

// dialFails dials from alice to bob and checks the error and the time it took.
func dialFails(t *testing.T, p *linktest.Pair, want error, limit time.Duration) {
	t.Helper()
	begin := time.Now()
	l, err := p.From.Dial(t.Context(), linktest.Target(p.Bob.Device))
	if err == nil {
		// The caller is satisfied before the far end has looked at its proof; what the far end
		// thinks of it shows at the first use.
		_, err = l.Open(t.Context(), "sip")
	}
	t.Logf("%v: %v", time.Since(begin), err)
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
	if took := time.Since(begin); took > limit+time.Second {
		t.Errorf("it took %v, the limit is %v", took, limit)
	}
	if l, err := accepted(p); err == nil {
		t.Errorf("the far end accepted a link from %v", l.Peer().Account)
	}
}

// accepted returns a link that bob accepted, without waiting for one.
func accepted(p *linktest.Pair) (link.Link, error) {
	synctest.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	return p.To.Accept(ctx)
}

// Devices whose chain proves nothing, by what is wrong with them.
var impostors = map[string]func(t *testing.T, d *identity.Device) *identity.Device{
	"expired": func(t *testing.T, d *identity.Device) *identity.Device {
		valid := testid.Valid()
		valid.NotAfter = time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC)
		return testid.Issue(t, testid.Account(t, "carol"), d.Key, valid)
	},
	"not valid yet": func(t *testing.T, d *identity.Device) *identity.Device {
		valid := testid.Valid()
		valid.NotBefore = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
		return testid.Issue(t, testid.Account(t, "carol"), d.Key, valid)
	},
	"not issued by the account": func(t *testing.T, d *identity.Device) *identity.Device {
		foreign := testid.Issue(t, testid.Account(t, "carol"), d.Key, testid.Valid())
		forged := d.Chain
		forged.Device = foreign.Chain.Device
		return &identity.Device{Key: d.Key, Chain: forged}
	},
	"self-signed": func(t *testing.T, d *identity.Device) *identity.Device {
		forged := d.Chain
		forged.Device = selfSigned(t, d.Key)
		return &identity.Device{Key: d.Key, Chain: forged}
	},
	"self-signed and alone": func(t *testing.T, d *identity.Device) *identity.Device {
		forged := d.Chain
		forged.Device, forged.Account, forged.CA = selfSigned(t, d.Key), selfSigned(t, d.Key), nil
		return &identity.Device{Key: d.Key, Chain: forged}
	},
}

func selfSigned(t *testing.T, key *identity.PrivateKey) *x509.Certificate {
	t.Helper()
	valid := testid.Valid()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "Jami device"},
		NotBefore:    valid.NotBefore, NotAfter: valid.NotAfter,
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public().RSA(), key.RSA())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestImpostorIsCalled(t *testing.T) {
	for name, forge := range impostors {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := linktest.NewPair(t, lan(), func(_, bob *link.Config) { bob.Device = forge(t, bob.Device) })
				dialFails(t, p, link.ErrNotAuthenticated, time.Second)
			})
		})
	}
}

func TestImpostorCalls(t *testing.T) {
	for name, forge := range impostors {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := linktest.NewPair(t, lan(), func(alice, _ *link.Config) { alice.Device = forge(t, alice.Device) })
				dialFails(t, p, link.ErrNotAuthenticated, time.Second)
			})
		})
	}
}

func TestAnotherAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, lan(), nil)
		to := linktest.Target(p.Bob.Device)
		to.Account = testid.Account(t, "carol").ID()
		if _, err := p.From.Dial(t.Context(), to); !errors.Is(err, link.ErrNotAuthenticated) {
			t.Errorf("error %v, want ErrNotAuthenticated", err)
		}
	})
}

// The link with the right account stays usable for it only.
func TestAnotherAccountWithALiveLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, lan(), nil)
		near, _ := p.Connect(t)
		to := linktest.Target(p.Bob.Device)
		to.Account = testid.Account(t, "carol").ID()
		if _, err := p.From.Dial(t.Context(), to); !errors.Is(err, link.ErrNotAuthenticated) {
			t.Errorf("error %v, want ErrNotAuthenticated", err)
		}
		if near.Err() != nil {
			t.Errorf("the live link ended: %v", near.Err())
		}
	})
}

// Carol's endpoint gets bob's offers and answers them as if it were bob's.
func TestThirdDeviceShakesHands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &linktest.Pair{LAN: lan(), Board: linktest.NewBoard()}
		p.LAN.Start(t)
		alice := p.Config(t, testid.Device(t, "alice"), "10.0.0.1")
		bob := p.Config(t, testid.Device(t, "bob"), "10.0.0.2")
		carol := p.Config(t, testid.Device(t, "carol"), "10.0.0.3")
		p.LAN.Up(t)
		from := linktest.Endpoint(t, alice)
		carol.Signaller = bob.Signaller
		linktest.Endpoint(t, carol)
		begin := time.Now()
		_, err := from.Dial(t.Context(), linktest.Target(bob.Device))
		if !errors.Is(err, link.ErrNotAuthenticated) || time.Since(begin) > time.Second {
			t.Errorf("error %v after %v, want ErrNotAuthenticated at once", err, time.Since(begin))
		}
	})
}

func TestThirdDeviceAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := linktest.NewPair(t, lan(), func(alice, _ *link.Config) {
			alice.Signaller = answering{alice.Signaller, link.Answer{From: testid.Device(t, "carol").Key.Public()}, nil}
		})
		dialFails(t, p, link.ErrNotAuthenticated, time.Second)
	})
}

// answering is a signaller whose offers all get the same answer.
type answering struct {
	link.Signaller
	answer link.Answer
	err    error
}

func (a answering) Offer(context.Context, *identity.PublicKey, link.Offer) (link.Answer, error) {
	return a.answer, a.err
}

func TestStalls(t *testing.T) {
	half := ice.Description{Ufrag: "wrong", Pwd: "wrongwrongwrongwrongwrong"}
	for name, c := range map[string]struct {
		change func(alice, bob *link.Config)
		limit  time.Duration
	}{
		"no answer": {func(_, bob *link.Config) { bob.Signaller = deaf{} }, 30 * time.Second},
		"no path": {func(_, bob *link.Config) {
			bob.Carriers = []link.Carrier{stalling{silent: true}}
		}, 15 * time.Second},
		"no handshake": {func(_, bob *link.Config) {
			bob.Carriers = []link.Carrier{stalling{}}
		}, 10 * time.Second},
		"answer of another offer": {func(alice, bob *link.Config) {
			bob.Signaller = deaf{}
			alice.Signaller = answering{alice.Signaller, link.Answer{
				From: bob.Device.Key.Public(), Halves: link.Halves{link.QUIC: half},
			}, nil}
		}, time.Second},
		"answer without a carrier": {func(alice, bob *link.Config) {
			bob.Signaller = deaf{}
			alice.Signaller = answering{alice.Signaller, link.Answer{From: bob.Device.Key.Public()}, nil}
		}, time.Second},
		"answer that makes no sense": {func(alice, bob *link.Config) {
			bob.Signaller = deaf{}
			alice.Signaller = answering{alice.Signaller, link.Answer{
				From: bob.Device.Key.Public(), Halves: link.Halves{link.QUIC: {}},
			}, nil}
		}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lan := lan()
				p := linktest.NewPair(t, lan, func(alice, bob *link.Config) {
					c.change(alice, bob)
					if s, ok := bob.Carriers[0].(stalling); ok {
						s.net = lan.Host(t, "10.0.0.3")
						bob.Carriers[0] = s
					}
				})
				dialFails(t, p, link.ErrUnreachable, c.limit)
			})
		})
	}
}

// deaf is a signaller that no offer reaches.
type deaf struct{}

func (deaf) Offer(ctx context.Context, _ *identity.PublicKey, _ link.Offer) (link.Answer, error) {
	<-ctx.Done()
	return link.Answer{}, ctx.Err()
}

func (deaf) Accept(ctx context.Context) (link.Incoming, error) {
	<-ctx.Done()
	return link.Incoming{}, ctx.Err()
}

// stalling is a carrier that answers properly and then makes a path at most.
type stalling struct {
	net    netx.Net
	silent bool // makes no path either
}

func (stalling) Name() string { return link.QUIC }

func (s stalling) Prepare(ctx context.Context, t link.Terms) (link.Attempt, error) {
	ufrag, pwd := ice.AnswerCredentials(t.Offered.Pwd)
	agent, err := ice.Gather(ctx, ice.Config{Net: s.net}, ice.Controlled, ufrag, pwd)
	return stalled{agent, s.silent}, err
}

type stalled struct {
	*ice.Agent
	silent bool
}

func (s stalled) Half() ice.Description { return s.Description() }

func (s stalled) Connect(ctx context.Context, remote link.Remote) (link.Session, error) {
	if !s.silent {
		half, err := remote(ctx)
		if err != nil {
			return nil, err
		}
		if _, err := s.Start(half.Ufrag, half.Pwd); err != nil {
			return nil, err
		}
		s.AddRemote(half.Candidates)
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func (s stalled) Close() error {
	s.Agent.Close()
	return nil
}
