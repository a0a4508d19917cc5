// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package icetcp

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwire/internal/peer"
	"bellwire/lab/bell"
	"bellwire/lab/coturn"
	"bellwire/lab/dhtnode"
	"bellwire/lab/jamid"
	"bellwire/lab/netns"
)

const limit = 30 * time.Second

// world is a machine with Bellwire and one with the real Jami, on IPv4 around a router with a node of the
// DHT.
type world struct {
	dht    netip.AddrPort
	relay  *coturn.Server // nil where there is none
	bell   *bell.Home
	engine *bell.Run
	id     string // of Bellwire
	jami   *jamid.Account
}

// relays says who has an account at a relay on the router. With any the two machines do not reach one
// another.
type relays struct{ bell, jami bool }

func newWorld(t *testing.T, r relays) *world {
	t.Helper()
	peer.NeedRoot(t)
	star := netns.NewStar(t, 2, 1, netns.IPv4)
	w := &world{dht: netip.AddrPortFrom(netns.HubAddr(0), 4222)}
	dhtnode.Start(t, dhtnode.Config{In: star.Hub, Port: w.dht.Port()})
	if r != (relays{}) {
		star.Hub.Forward(t, false)
		w.relay = coturn.Start(t, star.Hub, netns.HubAddr(0))
	}
	w.bell = bell.NewHome(t, star.Ends[0], "--json", "--set", "log.level=debug")
	w.configure(t, r.bell)
	w.id = w.bell.NewAccount(t)
	w.engine = w.bell.Start(t, "up", "-v")
	if _, _, err := w.engine.Await(0, limit, func(e bell.Event) bool { return e.Event == "ready" }); err != nil {
		t.Fatal(err)
	}
	cfg := jamid.AccountConfig{Bootstrap: w.dht.String()}
	if r.jami {
		cfg.Turn = jamid.Turn{Server: w.relay.Addr.String(), User: w.relay.User, Password: w.relay.Password, Realm: w.relay.Realm}
	}
	w.jami = jamid.Start(t, jamid.Config{In: star.Ends[1]}).NewAccount(t, cfg)
	return w
}

// configure writes Bellwire's configuration, which names nothing outside this world.
func (w *world) configure(t *testing.T, relay bool) {
	t.Helper()
	files := map[string]string{"bellwire.toml": fmt.Sprintf("version = 1\n[dht]\nbootstrap = [%q]\nmainline = false\ndiscovery = false\n", w.dht)}
	if relay {
		files["bellwire.toml"] += fmt.Sprintf("[[link.turn]]\nserver = %q\nuser = %q\npassword_file = \"turn-password\"\n", w.relay.Addr, w.relay.User)
		files["turn-password"] = w.relay.Password + "\n"
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(w.bell.Dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// call has Bellwire call Jami, which answers, and returns when they talk.
func (w *world) call(t *testing.T) (out *bell.Run, in *jamid.Call) {
	t.Helper()
	since := w.jami.Now()
	out = w.bell.Start(t, "call", w.jami.ID)
	in = w.jami.Incoming(t, since, limit)
	in.Accept(t)
	if _, _, err := out.Await(0, limit, bell.State("established")); err != nil {
		t.Fatal(err)
	}
	return out, in
}

// connection returns what Bellwire's log says of the connection to Jami.
func (w *world) connection(t *testing.T) string {
	t.Helper()
	for _, l := range w.engine.Lines(0) {
		if _, after, ok := strings.Cut(l.Text, "connected by ICE over TCP"); ok {
			return after
		}
	}
	t.Error("the log tells of no connection over TCP")
	return ""
}
