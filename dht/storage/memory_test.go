// SPDX-License-Identifier: GPL-3.0-or-later

package storage_test

import (
	"crypto/x509"
	"encoding/binary"
	"math/big"
	"net/netip"
	"runtime"
	"testing"

	"bellwire/dht/storage"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
	"bellwire/internal/testid"
)

// TestTheQuotaBoundsRealMemory fills a store with what costs most beside its bytes: the smallest values,
// each under a key and from an address of its own, plain or signed by ever different keys.
func TestTheQuotaBoundsRealMemory(t *testing.T) {
	const quota = 8 << 20
	signer := testid.Key2048(t, 0).Public().RSA()
	for _, kind := range []string{"plain", "signed"} {
		s := storage.New(storage.Config{Bytes: quota})
		before := heap()
		for i := range uint32(12_000) {
			v := &value.Value{ID: uint64(i) + 1, Type: 77}
			if kind == "signed" {
				other := *signer
				other.N = new(big.Int).Add(signer.N, big.NewInt(2*int64(i)))
				der, err := x509.MarshalPKIXPublicKey(&other)
				if err != nil {
					t.Fatal(err)
				}
				if v.Owner, err = identity.ParsePublicKey(der); err != nil {
					t.Fatal(err)
				}
				v.Signature = []byte("anything")
			}
			packet := append(v.Append(nil), make([]byte, 1400)...)
			parsed, err := value.Parse(packet)
			if err != nil {
				t.Fatal(err)
			}
			n := binary.BigEndian.AppendUint32(nil, i)
			s.Commit(start, storage.Put{Key: wire.KeyOf(n), Value: parsed, From: netip.AddrFrom4([4]byte(n))})
		}
		used := heap() - before
		st := s.Stats()
		t.Logf("%s: %d values, %d bytes charged, %d bytes of memory", kind, st.Values, st.Bytes, used)
		if st.Bytes < quota*9/10 {
			t.Errorf("%s: the store is not full", kind)
		}
		if used > quota {
			t.Errorf("%s: %d bytes of memory are used, the quota is %d", kind, used, quota)
		}
		runtime.KeepAlive(s)
	}
}

func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
