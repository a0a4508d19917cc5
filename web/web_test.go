// SPDX-License-Identifier: GPL-3.0-or-later

package web_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"bellwire/call"
	"bellwire/call/calltest"
	"bellwire/internal/netx"
	"bellwire/phone"
	"bellwire/store"
	"bellwire/web"
)

// serve starts a server over a phone and returns a client and the far end of the phone's line.
func serve(t *testing.T) (*web.Client, *calltest.Line) {
	t.Helper()
	near, far := calltest.NewLines(t)
	return serveLine(t, near), far
}

// serveLine starts a server over a phone with this line and returns a client.
func serveLine(t *testing.T, near call.Line) *web.Client {
	t.Helper()
	p := phone.New(phone.Config{Lines: []call.Line{near}, Store: store.Memory()})
	server := web.NewServer(web.Config{Phone: p, Info: func() web.Info {
		return web.Info{Version: "test", Accounts: []web.Account{{ID: "a", Kind: "test"}}}
	}})
	listener := netx.NewMemory()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	client := web.NewClient(listener.Dial)
	t.Cleanup(func() {
		client.Close()
		p.Close()
		if err := errors.Join(server.Close(), <-served); err != nil {
			t.Error(err)
		}
	})
	return client
}

func TestACallOverTheInterface(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, far := serve(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		events, err := client.Events(ctx)
		if err != nil {
			t.Fatal(err)
		}
		go func() { far.Next(ctx).Answer(ctx, call.Setup{}) }()
		placed, detach, err := client.Place(ctx, web.Place{Target: "b"})
		if err != nil {
			t.Fatal(err)
		}
		detach() // it was not attached
		var states []string
		for e, err := range events {
			if err != nil {
				t.Fatal(err)
			}
			if states = append(states, e.State); e.State == "ended" {
				break
			}
			if len(states) == 2 { // established for the first time
				for _, what := range []string{"mute", "unmute", "hold", "resume"} {
					if err := client.Act(ctx, placed.ID, what, nil); err != nil {
						t.Errorf("%s: %v", what, err)
					}
				}
				if err := client.Act(ctx, placed.ID, "keys", web.Keys{Keys: "1"}); err != nil {
					t.Error(err)
				}
				if err := client.Act(ctx, placed.ID, "hangup", nil); err != nil {
					t.Error(err)
				}
			}
		}
		if got, want := strings.Join(states, " "), "trying established held established ended"; got != want {
			t.Errorf("states %q, want %q", got, want)
		}
		history, err := client.History(ctx)
		if err != nil || len(history) != 1 {
			t.Errorf("history %+v, %v", history, err)
		}
	})
}

func TestMistakesAreAnsweredWithASentence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := serve(t)
		ctx := t.Context()
		for what, err := range map[string]error{
			"an action on no call":  client.Act(ctx, "nothing", "hangup", nil),
			"an account not here":   third(client.Place(ctx, web.Place{Account: "zzz", Target: "b"})),
			"a bad body":            client.Act(ctx, "nothing", "keys", "not an object"),
			"a line without texts":  second(client.Text(ctx, web.Text{Target: "b", Text: "x"})),
			"a line without a book": second(client.Contacts(ctx, "")),
			"nobody is accepted":    second(client.ChangeContact(ctx, "", "b", "accept")),
			"nothing of that kind":  second(client.ChangeContact(ctx, "", "b", "marry")),
			"readiness of a nobody": client.Ready(ctx, "zzz"),
		} {
			var refused *web.Error
			if !errors.As(err, &refused) || refused.Sentence == "" {
				t.Errorf("%s: %v", what, err)
			}
		}
		if info, err := client.Info(ctx); err != nil || info.Version != "test" {
			t.Errorf("info %+v, %v", info, err)
		}
		if calls, err := client.Calls(ctx); err != nil || len(calls) != 0 {
			t.Errorf("calls %+v, %v", calls, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func third[T, U any](_ T, _ U, err error) error { return err }

func TestTheSocketIsForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := netx.ListenUnix(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := netx.ListenUnix(path); err == nil {
		t.Error("a socket that is served was taken over")
	}
	conn, err := netx.DialUnix(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if _, ok := l.(*net.UnixListener); !ok {
		t.Errorf("a %T", l)
	}
}
