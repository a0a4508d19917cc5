// SPDX-License-Identifier: GPL-3.0-or-later

package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"bellwire/media/audio"
	"bellwire/media/audio/speech"
)

const (
	nodeCount = 8
	talk      = 8 * time.Second // speech, then three seconds and more of tone
	limit     = 3 * time.Minute // for all of it; it takes about 15 s, more where six RSA keys take longer
)

// Config says what to run and where.
type Config struct {
	Program string // path of bellwire
	Dir     string // becomes the home of both phones and of the recordings
	Out     io.Writer
}

// party is one side of the call.
type party struct {
	name string
	tone int // Hz
	home string
	id   string
	says string // file it plays before its tone
	hear string // file it records

	speech func() *audio.WAV
}

// Run plays the scenario. The error says in one sentence what was not as it should be.
func Run(ctx context.Context, cfg Config) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	d := &demo{Config: cfg}
	defer d.stopNodes()
	alice := &party{name: "Alice", tone: 440, speech: speech.Alice}
	bob := &party{name: "Bob", tone: 660, speech: speech.Bob}
	for _, step := range []func() error{
		func() error { return d.prepare(alice, bob) },
		func() error { return d.startNodes(ctx) },
		func() error { return d.makeAccounts(ctx, alice, bob) },
		func() error { return d.call(ctx, alice, bob) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

type demo struct {
	Config
	nodes []*program
	first string // address of the first node
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.Out, format+"\n", args...) }

// prepare makes an empty folder with what both say.
func (d *demo) prepare(parties ...*party) error {
	for _, p := range parties {
		p.home = filepath.Join(d.Dir, strings.ToLower(p.name))
		p.says = filepath.Join(d.Dir, strings.ToLower(p.name)+"-says.wav")
		p.hear = filepath.Join(d.Dir, strings.ToLower(p.name)+"-hears.wav")
		if err := os.RemoveAll(p.home); err != nil {
			return fmt.Errorf("remove what an earlier demo left: %w", err)
		}
		if err := os.MkdirAll(p.home, 0o700); err != nil {
			return fmt.Errorf("make the folder of the demo: %w", err)
		}
		if err := writeSpeech(p); err != nil {
			return err
		}
	}
	return nil
}

// private are the settings that keep the demo to itself.
var private = []string{"--set", "dht.mainline=false", "--set", "dht.discovery=false", "--set", "dht.network=8391"}

// flags are the global flags of a phone in the private network.
func (d *demo) flags(p *party) []string {
	return append([]string{"--home", p.home, "--json",
		"--set", `dht.listen=["127.0.0.1:0"]`, "--set", "dht.bootstrap=" + d.first}, private...)
}

func (d *demo) startNodes(ctx context.Context) error {
	begin := time.Now()
	for i := range nodeCount {
		args := append([]string{"--home", filepath.Join(d.Dir, "node"+strconv.Itoa(i)), "--json"}, private...)
		args = append(args, "--set", "dht.bootstrap="+d.first, "dht", "node", "--listen", "127.0.0.1:0")
		node, err := start(ctx, fmt.Sprintf("node %d", i+1), d.Program, args...)
		if err != nil {
			return err
		}
		d.nodes = append(d.nodes, node)
		if i == 0 {
			e, err := node.await(ctx, "listening", func(e event) bool { return e.Event == "listening" })
			if err != nil {
				return err
			}
			d.first = e.Address
		}
	}
	for _, node := range d.nodes {
		if _, err := node.await(ctx, "connected", func(e event) bool { return e.Event == "connected" }); err != nil {
			return err
		}
	}
	d.say("A private DHT of %d nodes came up on this machine in %s.", nodeCount, rounded(time.Since(begin)))
	return nil
}

func (d *demo) stopNodes() {
	var stopping sync.WaitGroup
	for _, node := range d.nodes {
		stopping.Go(node.stop)
	}
	stopping.Wait()
}

// makeAccounts makes both accounts at the same time: three RSA keys of 4096 bits each.
func (d *demo) makeAccounts(ctx context.Context, parties ...*party) error {
	begin := time.Now()
	failures := make([]error, len(parties))
	var making sync.WaitGroup
	for i, p := range parties {
		making.Go(func() {
			p.id, failures[i] = output(ctx, d.Program, append(d.flags(p), "account", "new", "--name", p.name)...)
		})
	}
	making.Wait()
	if err := errors.Join(failures...); err != nil {
		return err
	}
	d.say("Two accounts were made in %s:", rounded(time.Since(begin)))
	for _, p := range parties {
		d.say("  %-6s %s", p.name, p.id)
	}
	return nil
}

// call lets caller call callee and looks at what came of it.
func (d *demo) call(ctx context.Context, caller, callee *party) error {
	answering, err := start(ctx, callee.name, d.Program, append(d.flags(callee),
		"answer", "--once", "--send", callee.says, "--tone", strconv.Itoa(callee.tone), "--record", callee.hear)...)
	if err != nil {
		return err
	}
	defer answering.stop()
	if _, err := answering.await(ctx, "ready", func(e event) bool { return e.Event == "ready" }); err != nil {
		return err
	}
	calling, err := start(ctx, caller.name, d.Program, append(d.flags(caller),
		"call", callee.id, "--send", caller.says, "--tone", strconv.Itoa(caller.tone), "--record", caller.hear, "--for", talk.String())...)
	if err != nil {
		return err
	}
	defer calling.stop()
	d.say("%s calls %s …", caller.name, callee.name)
	out, err := watch(ctx, calling)
	if err != nil {
		return err
	}
	in, err := watch(ctx, answering)
	if err != nil {
		return err
	}
	for _, p := range []*program{calling, answering} {
		if err := p.finish(ctx); err != nil {
			return err
		}
	}
	return d.judge(result{caller, out}, result{callee, in})
}

// watch follows a call to its end and returns when each state began.
func watch(ctx context.Context, p *program) (map[string]event, error) {
	states := map[string]event{}
	_, err := p.await(ctx, "done with its call", func(e event) bool {
		if e.Event != "call" {
			return false
		}
		if _, seen := states[e.State]; !seen {
			states[e.State] = e
		}
		return e.State == "ended"
	})
	return states, err
}

func rounded(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(100 * time.Microsecond)
}
