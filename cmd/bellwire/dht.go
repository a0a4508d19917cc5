// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime/debug"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"bellwire/configs"
	"bellwire/dht"
	"bellwire/dht/join"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/store"
)

// joinTime bounds how long get and put wait for the first node to answer.
const joinTime = 10 * time.Second

// nodeGC keeps a node that does little small: the collector runs when the heap has grown by a
// quarter, which costs nothing at its rate of allocation.
const nodeGC = 25

// dhtFlags override the configuration for one command.
type dhtFlags struct {
	listen, bootstrap []string
	network           uint32
}

func (a *app) dhtCommand() *cobra.Command {
	var f dhtFlags
	cmd := &cobra.Command{
		Use:   "dht",
		Short: "Run a node of the DHT, or use the DHT directly",
	}
	group(cmd)
	cmd.PersistentFlags().StringArrayVar(&f.bootstrap, "bootstrap", nil, "node to join the network by, as HOST:PORT; instead of the configuration's")
	cmd.PersistentFlags().Uint32Var(&f.network, "network", 0, "number of the network")
	node := &cobra.Command{
		Use:   "node",
		Short: "Run a node until interrupted",
		Args:  args(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.runNode(cmd, f) },
	}
	node.Flags().StringArrayVar(&f.listen, "listen", nil, "UDP address to serve, as ADDR:PORT; one for each family")
	cmd.AddCommand(node,
		&cobra.Command{
			Use:   "get KEY",
			Short: "Print the values under a key: 40 hexadecimal digits, or any text",
			Args:  args(cobra.ExactArgs(1)),
			RunE: func(cmd *cobra.Command, given []string) error {
				return a.withNode(cmd, f, func(ctx context.Context, n *dht.Node) error { return a.printValues(ctx, n, keyOf(given[0])) })
			},
		},
		&cobra.Command{
			Use:   "put KEY TEXT",
			Short: "Store a text under a key for ten minutes",
			Args:  args(cobra.ExactArgs(2)),
			RunE: func(cmd *cobra.Command, given []string) error {
				return a.withNode(cmd, f, func(ctx context.Context, n *dht.Node) error {
					return n.Put(ctx, keyOf(given[0]), &value.Value{ID: value.NewID(), Data: []byte(given[1])})
				})
			},
		},
		&cobra.Command{
			Use:   "ping HOST:PORT",
			Short: "Ask whether a node answers at an address",
			Args:  args(cobra.ExactArgs(1)),
			RunE:  func(cmd *cobra.Command, given []string) error { return a.ping(cmd, f, given[0]) },
		})
	return cmd
}

// keyOf reads 40 digits as the key itself; any other text is hashed, as the DHT's own tools do.
func keyOf(text string) wire.Hash {
	if h, err := wire.ParseHash(text); err == nil {
		return h
	}
	return wire.KeyOf([]byte(text))
}

// settings are the configuration with the flags that were given on top.
func (f dhtFlags) settings(a *app, cmd *cobra.Command) (configs.Config, error) {
	cfg, err := a.config()
	if err != nil {
		return cfg, err
	}
	if cmd.Flags().Changed("bootstrap") {
		cfg.DHT.Bootstrap = f.bootstrap
	}
	if cmd.Flags().Changed("network") {
		cfg.DHT.Network = f.network
	}
	if len(f.listen) > 0 {
		cfg.DHT.Listen = nil
	}
	for _, text := range f.listen {
		addr, err := netip.ParseAddrPort(text)
		if err != nil {
			return cfg, usageError{fmt.Errorf("--listen %s: write an address and a port, such as 0.0.0.0:4222 or [::]:4222", text)}
		}
		cfg.DHT.Listen = append(cfg.DHT.Listen, addr)
	}
	return cfg, nil
}

// nodeEvent is what `dht node --json` prints.
type nodeEvent struct {
	Event   string    `json:"event"` // listening, connected
	Time    time.Time `json:"time"`
	ID      string    `json:"id"`
	Address string    `json:"address,omitempty"`
}

// runNode serves the network until interrupted.
func (a *app) runNode(cmd *cobra.Command, f dhtFlags) error {
	cfg, err := f.settings(a, cmd)
	if err != nil {
		return err
	}
	debug.SetGCPercent(nodeGC)
	n, leave, err := a.node(cfg)
	if err != nil {
		return err
	}
	defer leave()
	for _, addr := range n.Addrs() {
		a.announce(nodeEvent{"listening", time.Now(), n.ID().String(), addr.String()}, "node "+n.ID().String()+" serves "+addr.String())
	}
	if n.WaitConnected(cmd.Context()) == nil {
		a.announce(nodeEvent{Event: "connected", Time: time.Now(), ID: n.ID().String()}, "connected to the network")
	}
	<-cmd.Context().Done()
	return nil
}

// announce prints an event for a program, or a sentence for a person.
func (a *app) announce(e nodeEvent, sentence string) {
	if a.json {
		json.NewEncoder(os.Stdout).Encode(e)
		return
	}
	fmt.Println(sentence)
}

// node starts a node that keeps what it learns in the home. While a running engine has the store, the
// node does without: it is one more node, for a while.
func (a *app) node(cfg configs.Config) (n *join.Network, leave func(), err error) {
	state, err := a.openStore()
	if err != nil && !errors.Is(err, store.ErrInUse) {
		return nil, nil, err
	}
	n, err = a.joinNetwork(cfg, state)
	if err != nil {
		if state != nil {
			state.Close()
		}
		return nil, nil, err
	}
	return n, func() {
		n.Close()
		if state != nil {
			state.Close()
		}
	}, nil
}

// withNode runs work with a node that is part of the network.
func (a *app) withNode(cmd *cobra.Command, f dhtFlags, work func(context.Context, *dht.Node) error) error {
	cfg, err := f.settings(a, cmd)
	if err != nil {
		return err
	}
	n, leave, err := a.node(cfg)
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(cmd.Context(), joinTime)
	defer cancel()
	if err := n.WaitConnected(ctx); err != nil {
		return fmt.Errorf("%w: no node of the DHT answered within %s; check the network, dht.bootstrap and dht.network", errUnreachable, joinTime)
	}
	return work(cmd.Context(), n.Node)
}

func (a *app) printValues(ctx context.Context, n *dht.Node, key wire.Hash) error {
	found := false
	for v, err := range n.Get(ctx, key, value.Query{}) {
		if err != nil {
			return err
		}
		found = true
		if a.json {
			line, err := json.Marshal(v)
			if err != nil {
				return err
			}
			fmt.Println(string(line))
			continue
		}
		fmt.Println(describe(v))
	}
	if !found {
		return fmt.Errorf("%w under the key %s", errNothing, key)
	}
	return nil
}

// describe is a value in one line.
func describe(v *value.Value) string {
	text := fmt.Sprintf("%016x", v.ID)
	switch {
	case v.IsEncrypted():
		return fmt.Sprintf("%s encrypted, %d bytes", text, len(v.Cypher))
	case v.IsSigned():
		text += fmt.Sprintf(" signed by %s, version %d,", v.Owner.KeyID(), v.Seq)
	}
	text += fmt.Sprintf(" type %d, ", v.Type)
	if v.UserType != "" {
		text += fmt.Sprintf("%q, ", v.UserType)
	}
	if utf8.Valid(v.Data) {
		return text + fmt.Sprintf("%q", v.Data)
	}
	return text + fmt.Sprintf("%d bytes %.32x", len(v.Data), v.Data)
}

func (a *app) ping(cmd *cobra.Command, f dhtFlags, target string) error {
	cfg, err := f.settings(a, cmd)
	if err != nil {
		return err
	}
	addrs, err := resolveNode(cmd.Context(), target)
	if err != nil {
		return err
	}
	var failure error
	for _, addr := range addrs {
		if failure = a.pingOne(cmd.Context(), addr, cfg.DHT.Network); failure == nil {
			return nil
		}
	}
	return failure
}

func (a *app) pingOne(ctx context.Context, addr netip.AddrPort, network uint32) error {
	conn, err := listenUDP(addr.Addr())
	if err != nil {
		return err
	}
	defer conn.Close()
	pong, err := dht.Ping(ctx, conn, addr, network)
	if err != nil {
		return fmt.Errorf("%w: no node of network %d answers at %s", errUnreachable, network, addr)
	}
	fmt.Printf("node %s (%s) answered from %s in %.1f ms\n", pong.ID, pong.Agent, addr, float64(pong.RTT)/float64(time.Millisecond))
	return nil
}
