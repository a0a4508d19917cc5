// SPDX-License-Identifier: GPL-3.0-or-later

package offer

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bellwire/dht"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
	"bellwire/internal/testid"
	"bellwire/link"
)

// memory is a DHT that is one table: whatever is put is there for everybody at once.
type memory struct {
	mu      sync.Mutex
	values  map[wire.Hash][]*value.Value
	watches map[wire.Hash][]chan dht.Event
	fail    error         // of Put
	delay   time.Duration // of Put
}

func newMemory() *memory {
	return &memory{values: map[wire.Hash][]*value.Value{}, watches: map[wire.Hash][]chan dht.Event{}}
}

func (m *memory) Put(ctx context.Context, key wire.Hash, v *value.Value) error {
	select {
	case <-time.After(m.delay):
	case <-ctx.Done():
		return ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	m.values[key] = append(m.values[key], v)
	for _, w := range m.watches[key] {
		w <- dht.Event{Value: v}
	}
	return nil
}

func (m *memory) Watch(key wire.Hash) Watch {
	m.mu.Lock()
	defer m.mu.Unlock()
	events := make(chan dht.Event, 10000)
	for _, v := range m.values[key] {
		events <- dht.Event{Value: v}
	}
	m.watches[key] = append(m.watches[key], events)
	return memoryWatch(events)
}

type memoryWatch chan dht.Event

func (w memoryWatch) Events() <-chan dht.Event { return w }
func (w memoryWatch) Close()                   {}

func signaller(t *testing.T, n Network, device string) *Signaller {
	t.Helper()
	s, err := Start(Config{Network: n, Device: testid.Device(t, device)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func public(t *testing.T, device string) *identity.PublicKey {
	return testid.Device(t, device).Key.Public()
}

func TestOfferAndAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := newMemory()
		alice, bob := signaller(t, net, "alice"), signaller(t, net, "bob")
		offered := link.Offer{ID: 7, Purpose: "audioCall", Halves: halves()}
		answered := link.Halves{link.QUIC: halves()[link.QUIC]}
		go func() {
			in, err := bob.Accept(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			if !in.From.Equal(public(t, "alice")) || !reflect.DeepEqual(in.Offer, offered) {
				t.Errorf("offer %+v of %s, want %+v", in.Offer, in.From, offered)
			}
			if err := in.Answer(t.Context(), link.Answer{Halves: answered}); err != nil {
				t.Error(err)
			}
		}()
		got, err := alice.Offer(t.Context(), public(t, "bob"), offered)
		if err != nil {
			t.Fatal(err)
		}
		if !got.From.Equal(public(t, "bob")) || !reflect.DeepEqual(got.Halves, answered) {
			t.Errorf("answer %+v, want %+v", got, answered)
		}
		for i, key := range Keys(public(t, "bob")) {
			if len(net.values[key]) != 1 {
				t.Errorf("%d values under request key %d, want 1", len(net.values[key]), i)
			}
		}
		synctest.Wait()
		if len(bob.inbox) != 0 {
			t.Error("the offer arrived twice")
		}
	})
}

// Values are told of again when storing nodes come and go, and an offer may come as two values.
func TestOfferIsDeliveredOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := newMemory()
		bob := signaller(t, net, "bob")
		data := message{id: 7, halves: halves()}.append(nil)
		for range 3 {
			v := encrypt(t, "alice", "bob", data)
			for range 3 {
				for _, key := range Keys(public(t, "bob")) {
					_ = net.Put(t.Context(), key, v)
				}
			}
		}
		synctest.Wait()
		if len(bob.inbox) != 1 {
			t.Errorf("%d offers arrived, want 1", len(bob.inbox))
		}
	})
}

func encrypt(t *testing.T, from, to string, data []byte) *value.Value {
	t.Helper()
	v := &value.Value{ID: value.NewID(), UserType: userType, Data: data}
	sealed, err := value.Encrypt(v, testid.Device(t, from).Key, public(t, to))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestForeignValuesAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := newMemory()
		bob := signaller(t, net, "bob")
		data := message{id: 7, halves: halves()}.append(nil)
		other := &value.Value{ID: 3, UserType: "other", Data: data}
		otherType, err := value.Encrypt(other, testid.Device(t, "alice").Key, public(t, "bob"))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := value.Sign(&value.Value{ID: 4, UserType: userType, Data: data}, testid.Device(t, "alice").Key)
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range map[string]*value.Value{
			"for another device": encrypt(t, "alice", "carol", data),
			"of another type":    otherType,
			"not encrypted":      plain,
			"malformed":          encrypt(t, "alice", "bob", data[:20]),
			"garbage":            {ID: 5, Cypher: make([]byte, 600)},
			"answer to nothing":  encrypt(t, "alice", "bob", message{id: 9, answer: true}.append(nil)),
		} {
			_ = net.Put(t.Context(), Keys(public(t, "bob"))[0], v)
			synctest.Wait()
			if len(bob.inbox) != 0 {
				t.Errorf("%s: an offer arrived", name)
			}
		}
	})
}

func TestAnswerOfAnotherDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := newMemory()
		alice := signaller(t, net, "alice")
		forged := encrypt(t, "carol", "alice", message{id: 7, answer: true, halves: halves()}.append(nil))
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		time.AfterFunc(time.Second, func() { _ = net.Put(context.Background(), Keys(public(t, "alice"))[1], forged) })
		_, err := alice.Offer(ctx, public(t, "bob"), link.Offer{ID: 7, Halves: halves()})
		if !errors.Is(err, link.ErrNotAuthenticated) {
			t.Errorf("error %v, want ErrNotAuthenticated", err)
		}
	})
}

func TestOfferFails(t *testing.T) {
	for name, c := range map[string]struct {
		fail  error
		delay time.Duration
		limit time.Duration
		want  error
	}{
		"nothing stored": {dht.ErrNoNodes, 0, 0, link.ErrUnreachable},
		"no answer":      {nil, 0, 30 * time.Second, context.DeadlineExceeded},
		"slow network":   {nil, time.Hour, 30 * time.Second, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				net := newMemory()
				net.fail, net.delay = c.fail, c.delay
				alice := signaller(t, net, "alice")
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				begin := time.Now()
				_, err := alice.Offer(ctx, public(t, "bob"), link.Offer{ID: 7, Halves: halves()})
				if !errors.Is(err, c.want) || time.Since(begin) != c.limit {
					t.Errorf("error %v after %v, want %v after %v", err, time.Since(begin), c.want, c.limit)
				}
			})
		})
	}
}

func TestCloseEndsCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice := signaller(t, newMemory(), "alice")
		results := make(chan error, 2)
		go func() {
			_, err := alice.Accept(context.Background())
			results <- err
		}()
		go func() {
			_, err := alice.Offer(context.Background(), public(t, "bob"), link.Offer{ID: 7, Halves: halves()})
			results <- err
		}()
		synctest.Wait()
		_ = alice.Close()
		for range 2 {
			if err := <-results; !errors.Is(err, link.ErrClosed) {
				t.Errorf("error %v, want ErrClosed", err)
			}
		}
	})
}

// A flood of values that cost a decryption each delays neither an expected answer nor, once the
// burst is worked off, a fresh offer.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := newMemory()
		alice, bob := signaller(t, net, "alice"), signaller(t, net, "bob")
		keys := Keys(public(t, "alice"))
		junk := encrypt(t, "carol", "bob", nil).Cypher
		flood := func(n int) {
			for i := range n {
				_ = net.Put(t.Context(), keys[i%2], &value.Value{ID: value.NewID(), Cypher: append([]byte{byte(i)}, junk...)})
			}
		}
		go func() {
			in, err := bob.Accept(t.Context())
			if err != nil {
				return
			}
			flood(500)
			_ = in.Answer(t.Context(), link.Answer{Halves: halves()})
			flood(500)
		}()
		begin := time.Now()
		if _, err := alice.Offer(t.Context(), public(t, "bob"), link.Offer{ID: 7, Halves: halves()}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("the answer took %v", took)
		}
		if _, err := bob.Offer(shortly(t), public(t, "alice"), link.Offer{ID: 8, Halves: halves()}); err == nil {
			t.Fatal("nobody answers, and yet there is an answer")
		}
		if len(alice.inbox) != 1 {
			t.Error("the offer behind the flood did not arrive within a second")
		}
	})
}

func shortly(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	t.Cleanup(cancel)
	return ctx
}
