// SPDX-License-Identifier: GPL-3.0-or-later

package linktest

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/transport/v5/vnet"

	"bellwire/internal/netx"
)

// LAN is a virtual network on which packets can be delayed and lost. Its zero fields mean a perfect
// network.
type LAN struct {
	Delay  time.Duration // each way
	Jitter time.Duration // added at random
	Loss   float64       // share of the packets, 0 to 1
	Seed   uint64        // of the losses

	router *vnet.Router
	cut    atomic.Bool
}

// Start makes the network; hosts are added next.
func (l *LAN) Start(t testing.TB) {
	t.Helper()
	router, err := vnet.NewRouter(&vnet.RouterConfig{
		CIDR:          "10.0.0.0/16",
		MinDelay:      l.Delay,
		QueueSize:     8192,
		LoggerFactory: logging.NewDefaultLoggerFactory(),
	})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(l.Seed, 1))
	router.AddChunkFilter(func(vnet.Chunk) (pass bool) {
		return !l.cut.Load() && (l.Loss == 0 || random.Float64() >= l.Loss)
	})
	l.router = router
}

// Host adds a host with this address; all hosts have to be added before Up.
func (l *LAN) Host(t testing.TB, ip string) netx.Net {
	t.Helper()
	host, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{ip}})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.router.AddNet(host); err != nil {
		t.Fatal(err)
	}
	if l.Jitter > 0 {
		return jitterNet{host, l.Jitter}
	}
	return host
}

// Up lets packets flow until the test ends.
func (l *LAN) Up(t testing.TB) {
	t.Helper()
	if err := l.router.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.router.Stop(); err != nil {
			t.Error(err)
		}
	})
}

// Cut loses every packet from now on.
func (l *LAN) Cut() { l.cut.Store(true) }

// Mend lets packets pass again.
func (l *LAN) Mend() { l.cut.Store(false) }
