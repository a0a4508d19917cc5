// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package swarm

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"testing"
	"time"

	"bellwire/dht"
	"bellwire/internal/peer"
	"bellwire/lab/bell"
	"bellwire/lab/dhtnode"
	"bellwire/lab/proc"
)

// nodesVariable makes the test binary run that many nodes instead of tests: a process whose memory
// is that of the nodes and nothing else.
const nodesVariable = "BELLWIRE_LAB_NODES"

func TestMain(m *testing.M) {
	if count := os.Getenv(nodesVariable); count != "" {
		if err := runNodes(count); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const readyLine = "running"

func runNodes(count string) error {
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	var first netip.AddrPort
	for range n {
		conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			return err
		}
		cfg := dht.Config{Conns: []net.PacketConn{conn}, Network: uint32(os.Getpid())}
		if first.IsValid() {
			cfg.Bootstrap = []string{first.String()}
		}
		node, err := dht.Start(cfg)
		if err != nil {
			return err
		}
		defer node.Close()
		if !first.IsValid() {
			first = node.Addrs()[0]
		}
	}
	fmt.Println(readyLine)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	<-stop
	return nil
}

// further is how many nodes the second process has more than the first.
const further = 100

// memorySettling lets the nodes find one another and the garbage of that be collected, which the
// runtime does at least every two minutes.
const memorySettling = 150 * time.Second

// BenchmarkMemory measures the resident memory of an idle dhtnode, of an idle `bellwire dht node`, and
// of each further node in one process, after two and a half minutes. The latter is the difference
// between two processes that do nothing but run nodes, divided.
func BenchmarkMemory(b *testing.B) {
	peer.Need(b, dhtnode.Program)
	network := uint32(os.Getpid())
	real := dhtnode.Start(b, dhtnode.Config{Network: network})
	home := bell.NewHome(b, nil, "--json", "--set", "dht.mainline=false", "--set", "dht.discovery=false")
	ours := home.Start(b, "dht", "node", "--listen", "127.0.0.1:0",
		"--bootstrap", real.Addr.String(), "--network", strconv.Itoa(int(network)))
	if _, _, err := ours.Await(0, time.Minute, func(e bell.Event) bool { return e.Event == "connected" }); err != nil {
		b.Fatal(err)
	}
	one, many := startNodes(b, 1), startNodes(b, 1+further)
	<-time.After(memorySettling)
	b.Run("dhtnode", func(b *testing.B) {
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(mebibytes(b, real.Process), "MiB")
	})
	b.Run("bellwire", func(b *testing.B) {
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(mebibytes(b, ours.Process), "MiB")
		b.ReportMetric((mebibytes(b, many)-mebibytes(b, one))*1024/further, "KiB/further-node")
	})
}

func startNodes(b *testing.B, count int) *proc.Process {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	p := proc.Start(b, proc.Spec{Path: self, Env: []string{nodesVariable + "=" + strconv.Itoa(count)}})
	if _, _, err := p.Await(0, time.Minute, func(l proc.Line) bool { return l.Text == readyLine }); err != nil {
		b.Fatal(err)
	}
	return p
}

func mebibytes(b *testing.B, p *proc.Process) float64 {
	b.Helper()
	m, err := p.Memory()
	if err != nil {
		b.Fatal(err)
	}
	return float64(m.Resident) / (1 << 20)
}
