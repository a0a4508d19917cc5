// SPDX-License-Identifier: GPL-3.0-or-later

package ice_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/logging"
	"github.com/pion/transport/v5/vnet"

	"bellwire/link/ice"
)

// world is a virtual LAN on which every packet takes delay in each direction.
func world(t *testing.T, delay time.Duration, hosts ...[]string) []*vnet.Net {
	t.Helper()
	router, err := vnet.NewRouter(&vnet.RouterConfig{
		CIDR:          "10.0.0.0/24",
		MinDelay:      delay,
		QueueSize:     4096,
		LoggerFactory: logging.NewDefaultLoggerFactory(),
	})
	if err != nil {
		t.Fatal(err)
	}
	var nets []*vnet.Net
	for _, ips := range hosts {
		n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: ips})
		if err != nil {
			t.Fatal(err)
		}
		if err := router.AddNet(n); err != nil {
			t.Fatal(err)
		}
		nets = append(nets, n)
	}
	if err := router.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := router.Stop(); err != nil {
			t.Error(err)
		}
	})
	return nets
}

// ends gathers a requesting and a requested end whose credentials follow from one another.
func ends(t *testing.T, nets []*vnet.Net) (requester, requested *ice.Agent) {
	t.Helper()
	ufrag, pwd := ice.Credentials()
	answerUfrag, answerPwd := ice.AnswerCredentials(pwd)
	requester, err := ice.Gather(t.Context(), ice.Config{Net: nets[0]}, ice.Controlling, ufrag, pwd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(requester.Close)
	requested, err = ice.Gather(t.Context(), ice.Config{Net: nets[1]}, ice.Controlled, answerUfrag, answerPwd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(requested.Close)
	return requester, requested
}

func start(t *testing.T, from, to *ice.Agent) *ice.Path {
	t.Helper()
	d := to.Description()
	p, err := from.Start(d.Ufrag, d.Pwd)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ready(t *testing.T, p *ice.Path, limit time.Duration) time.Duration {
	t.Helper()
	begin := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	select {
	case <-p.Ready():
	case <-ctx.Done():
		t.Fatalf("no path after %v", limit)
	}
	return time.Since(begin)
}

func TestPathCarriesPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nets := world(t, 20*time.Millisecond, []string{"10.0.0.1"}, []string{"10.0.0.2"})
		a, b := ends(t, nets)
		pa, pb := start(t, a, b), start(t, b, a)
		a.AddRemote(b.Description().Candidates)
		b.AddRemote(a.Description().Candidates)

		if took := ready(t, pa, time.Second); took > 70*time.Millisecond {
			t.Errorf("the requester's path took %v, want little more than the round trip of 40 ms", took)
		}
		if _, err := pa.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 100)
		n, err := pb.Read(buf)
		if err != nil || string(buf[:n]) != "hello" {
			t.Fatalf("read %q, %v", buf[:n], err)
		}
		ready(t, pb, time.Second)
		if got := pa.RemoteAddr().String(); got != pb.LocalAddr().String() {
			t.Errorf("remote address %s, want %s", got, pb.LocalAddr())
		}
	})
}

// The requested end knows the requester's addresses from the offer; its checks arrive before the
// answer does.
func TestPathBeforeTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nets := world(t, 20*time.Millisecond, []string{"10.0.0.1"}, []string{"10.0.0.2"})
		a, b := ends(t, nets)
		pa := start(t, a, b)
		time.Sleep(5 * time.Second) // the offer is on its way
		start(t, b, a)
		b.AddRemote(a.Description().Candidates)
		if took := ready(t, pa, time.Second); took > 80*time.Millisecond {
			t.Errorf("the requester's path took %v, want one and a half round trips of 40 ms", took)
		}
		a.AddRemote(b.Description().Candidates)
	})
}

// A requested end whose checks all went unanswered is still reached by the requester's.
func TestPathAfterALateAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nets := world(t, 20*time.Millisecond, []string{"10.0.0.1"}, []string{"10.0.0.2"})
		a, b := ends(t, nets)
		start(t, b, a)
		b.AddRemote(a.Description().Candidates)
		time.Sleep(20 * time.Second)
		pa := start(t, a, b)
		a.AddRemote(b.Description().Candidates)
		ready(t, pa, time.Second)
	})
}

func TestNoPathToWrongCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nets := world(t, time.Millisecond, []string{"10.0.0.1"}, []string{"10.0.0.2"})
		a, b := ends(t, nets)
		pa := start(t, a, b)
		pb, err := b.Start(ice.Credentials())
		if err != nil {
			t.Fatal(err)
		}
		a.AddRemote(b.Description().Candidates)
		b.AddRemote(a.Description().Candidates)
		time.Sleep(10 * time.Second)
		select {
		case <-pa.Ready():
			t.Error("the requester found a path")
		case <-pb.Ready():
			t.Error("the requested end found a path")
		default:
		}
	})
}

func TestCloseEndsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nets := world(t, time.Millisecond, []string{"10.0.0.1"}, []string{"10.0.0.2"})
		a, b := ends(t, nets)
		pa := start(t, a, b)
		failed := make(chan error, 1)
		go func() {
			_, err := pa.Read(make([]byte, 10))
			failed <- err
		}()
		synctest.Wait()
		a.Close()
		if err := <-failed; !errors.Is(err, net.ErrClosed) {
			t.Errorf("read ended with %v, want %v", err, net.ErrClosed)
		}
		if _, err := pa.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("write ended with %v, want %v", err, net.ErrClosed)
		}
	})
}
