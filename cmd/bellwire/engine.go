// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"

	"bellwire/call"
	"bellwire/configs"
	"bellwire/dht/join"
	"bellwire/dht/value"
	"bellwire/identity/keyring"
	"bellwire/internal/netx"
	"bellwire/line/p2p"
	"bellwire/line/p2p/contacts"
	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/link/jami"
	"bellwire/link/offer"
	"bellwire/link/quic"
	"bellwire/media/codec"
	"bellwire/phone"
	"bellwire/store"
	"bellwire/web"
)

// product is how we call ourselves in SIP.
const product = "Bellwire/" + version

// engine is a phone with everything it stands on.
type engine struct {
	phone   *phone.Phone
	server  *web.Server
	network *join.Network
	parts   []io.Closer // in the order they were started
	serving sync.WaitGroup
}

// startEngine puts all accounts of the home into service.
func (a *app) startEngine(cfg configs.Config) (_ *engine, err error) {
	e := &engine{}
	defer func() {
		if err != nil {
			e.Close()
		}
	}()
	log := a.log(cfg.Log.Level)
	ring, err := keyring.Open(a.home)
	if err != nil {
		return nil, err
	}
	accounts, err := a.accounts(ring)
	if err != nil {
		return nil, err
	}
	state, err := a.openStore()
	if err != nil {
		return nil, err
	}
	e.parts = append(e.parts, state)
	if e.network, err = a.joinNetwork(cfg, state); err != nil {
		return nil, err
	}
	e.parts = append(e.parts, e.network)
	codecs, err := a.codecs(cfg.Call.Codecs)
	if err != nil {
		return nil, err
	}
	var lines []call.Line
	for _, account := range accounts {
		line, err := e.startLine(account, ring.Contacts(account.ID), cfg, state, codecs, log)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	e.phone = phone.New(phone.Config{Lines: lines, Store: state, RingTimeout: cfg.Call.RingTimeout, Log: log})
	e.server = web.NewServer(web.Config{Phone: e.phone, Info: e.info, Log: log})
	return e, nil
}

// accounts returns the accounts of the home. A damaged one is reported and left out.
func (a *app) accounts(ring *keyring.Ring) ([]*keyring.Loaded, error) {
	entries, err := ring.List()
	if err != nil {
		return nil, err
	}
	var usable []*keyring.Loaded
	for _, entry := range entries {
		loaded, err := ring.Load(entry.ID)
		if err != nil {
			a.warn(err.Error())
			continue
		}
		usable = append(usable, loaded)
	}
	if len(usable) == 0 {
		return nil, phone.ErrNoLine
	}
	return usable, nil
}

// startLine puts one account into service.
func (e *engine) startLine(account *keyring.Loaded, list contacts.List, cfg configs.Config, state store.Store, codecs []codec.Codec, log *slog.Logger) (call.Line, error) {
	announcement, err := value.Parse(account.Announcement)
	if err != nil {
		return nil, fmt.Errorf("the announcement of account %s: %w; export the account, remove it and import it again", account.ID, err)
	}
	log = log.With("account", account.ID)
	offers, err := offer.Start(offer.Config{Network: offer.Over(e.network.Node), Device: account.Device, Log: log})
	if err != nil {
		return nil, err
	}
	e.parts = append(e.parts, offers)
	servers, err := iceServers(cfg.Link)
	if err != nil {
		return nil, err
	}
	paths := ice.Config{Servers: servers, Public: e.network.Node.PublicAddrs, Log: log}
	carriers, err := carriersOver(paths)
	if err != nil {
		return nil, err
	}
	book, err := contacts.Open(contacts.Config{Store: state, Account: account.ID, List: list, RefuseStrangers: !cfg.Call.Strangers, Log: log})
	if err != nil {
		return nil, err
	}
	links, err := link.New(link.Config{
		Device: account.Device, Signaller: offers, Carriers: carriers, Log: log,
		Allow: func(_ context.Context, p link.Peer) error { return book.Allow(p.Account) },
	})
	if err != nil {
		return nil, err
	}
	e.parts = append(e.parts, links)
	line, err := p2p.New(p2p.Config{
		Device: account.Device, Announcement: announcement, DHT: e.network.Node, Links: links, ICE: paths,
		Codecs: codecs, Contacts: book, Name: account.Name, UserAgent: p2p.UserAgent(product), Log: log,
	})
	if err != nil {
		return nil, err
	}
	e.parts = append(e.parts, line)
	return line, nil
}

// carriersOver returns the ways to connect: to a Bellwire, and to the official Jami.
func carriersOver(paths ice.Config) ([]link.Carrier, error) {
	bellwires, err := quic.New(paths)
	if err != nil {
		return nil, err
	}
	jamis, err := jami.New(paths)
	if err != nil {
		return nil, err
	}
	return []link.Carrier{bellwires, jamis}, nil
}

// codecs returns the codecs of the configuration that this machine has, in its order.
func (a *app) codecs(names []string) (codecs []codec.Codec, err error) {
	available := codec.List()
	for _, name := range names {
		i := slices.IndexFunc(available, func(c codec.Codec) bool { return strings.EqualFold(c.Name, name) })
		switch {
		case i >= 0:
			codecs = append(codecs, available[i])
		case codec.OpusAvailable() != nil:
			a.warn(codec.OpusAvailable().Error())
		}
	}
	if len(codecs) == 0 {
		return nil, fmt.Errorf("this machine has none of the codecs %s; add g722 or pcmu to call.codecs", strings.Join(names, ", "))
	}
	return codecs, nil
}

// info describes the engine.
func (e *engine) info() web.Info {
	info := web.Info{Version: version, Goroutines: runtime.NumGoroutine()}
	for _, line := range e.phone.Lines() {
		info.Accounts = append(info.Accounts, web.Account{ID: line.ID(), Kind: line.Kind()})
	}
	stats := e.network.Stats()
	info.Network = web.Network{Connected: e.network.Connected(), Nodes: stats.IPv4.Good + stats.IPv6.Good}
	for _, addr := range e.network.Addrs() {
		info.Network.Addresses = append(info.Network.Addresses, addr.String())
	}
	return info
}

// serve answers requests on a listener until the engine is closed.
func (e *engine) serve(l net.Listener) {
	e.serving.Go(func() { e.server.Serve(l) })
}

// Close hangs up, ends everything in the reverse order of its start and waits for it.
func (e *engine) Close() error {
	if e.phone != nil {
		e.phone.Close()
	}
	var failures []error
	if e.server != nil {
		failures = append(failures, e.server.Close())
	}
	e.serving.Wait()
	for i := len(e.parts) - 1; i >= 0; i-- {
		failures = append(failures, e.parts[i].Close())
	}
	return errors.Join(failures...)
}

// Whether other commands may use the engine that a command started for itself, and end with it.
const (
	alone  = false
	shared = true
)

// running returns a client of the engine that runs in this home, nil when there is none.
func (a *app) running(ctx context.Context) *web.Client {
	conn, err := netx.DialUnix(ctx, a.path(socketFile))
	if err != nil {
		return nil
	}
	conn.Close()
	if len(a.set) > 0 {
		a.warn("--set changes nothing here: the engine that runs in this home does the work")
	}
	return web.NewClient(func(ctx context.Context) (net.Conn, error) { return netx.DialUnix(ctx, a.path(socketFile)) })
}

// withEngine runs work with the engine of the home that runs already, or with one for its duration.
func (a *app) withEngine(ctx context.Context, share bool, work func(*web.Client) error) error {
	if client := a.running(ctx); client != nil {
		defer client.Close()
		return work(client)
	}
	a.own = true
	cfg, err := a.config()
	if err != nil {
		return err
	}
	e, err := a.startEngine(cfg)
	if err != nil {
		return err
	}
	if share {
		socket, err := netx.ListenUnix(a.path(socketFile))
		if err != nil {
			return errors.Join(err, e.Close())
		}
		e.serve(socket)
	}
	memory := netx.NewMemory()
	e.serve(memory)
	client := web.NewClient(memory.Dial)
	err = work(client)
	client.Close()
	return errors.Join(err, e.Close())
}
