// SPDX-License-Identifier: GPL-3.0-or-later

package configs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// setter checks a value and puts it into a configuration. Its error is the problem alone, without the
// key.
type setter func(c *Config, value any) error

// keys are all keys but version.
type keys map[string]setter

func schema() keys {
	return keys{
		"dht.listen":           func(c *Config, v any) error { return assign(&c.DHT.Listen, v, listenAddresses) },
		"dht.bootstrap":        func(c *Config, v any) error { return assign(&c.DHT.Bootstrap, v, hostList) },
		"dht.network":          func(c *Config, v any) error { return assign(&c.DHT.Network, v, networkNumber) },
		"dht.mainline":         func(c *Config, v any) error { return assign(&c.DHT.Mainline, v, boolean) },
		"dht.mainline_routers": func(c *Config, v any) error { return assign(&c.DHT.MainlineRouters, v, hostList) },
		"dht.discovery":        func(c *Config, v any) error { return assign(&c.DHT.Discovery, v, boolean) },
		"link.stun":            func(c *Config, v any) error { return assign(&c.Link.STUN, v, hostList) },
		"link.turn":            func(c *Config, v any) error { return assign(&c.Link.TURN, v, turnServers) },
		"call.codecs":          func(c *Config, v any) error { return assign(&c.Call.Codecs, v, codecList) },
		"call.ring_timeout":    func(c *Config, v any) error { return assign(&c.Call.RingTimeout, v, ringTimeout) },
		"call.strangers":       func(c *Config, v any) error { return assign(&c.Call.Strangers, v, boolean) },
		"log.level":            func(c *Config, v any) error { return assign(&c.Log.Level, v, logLevel) },
	}
}

func assign[T any](to *T, value any, parse func(any) (T, error)) error {
	v, err := parse(value)
	if err == nil {
		*to = v
	}
	return err
}

func (k keys) set(c *Config, key string, value any) error {
	set, known := k[key]
	if !known {
		return k.unknown(key)
	}
	return set(c, value)
}

func (k keys) hasTable(name string) bool {
	for key := range k {
		if strings.HasPrefix(key, name+".") {
			return true
		}
	}
	return false
}

// unknown names the keys of the same table, or all tables.
func (k keys) unknown(key string) error {
	table, _, _ := strings.Cut(key, ".")
	var near []string
	for name := range k {
		if strings.HasPrefix(name, table+".") {
			near = append(near, name)
		}
	}
	if near == nil {
		return fmt.Errorf("there is no such key; the tables are dht, link, call and log")
	}
	slices.Sort(near)
	return fmt.Errorf("there is no such key; those of the table are %s", strings.Join(near, ", "))
}

// override applies a "KEY=VALUE" text. VALUE is TOML, or plain text as a person types it: a list may be
// given as its members with commas between them.
func (k keys) override(c *Config, text string) error {
	key, plain, found := strings.Cut(text, "=")
	key = strings.TrimSpace(key)
	if !found {
		return &Error{File: "--set", Problem: fmt.Sprintf("%q is not of the form KEY=VALUE", text)}
	}
	problem := k.set(c, key, plainValue(plain))
	if problem != nil && isTOML(plain) {
		problem = k.set(c, key, tomlValue(plain))
	}
	if problem != nil {
		return &Error{File: "--set", Key: key, Problem: problem.Error()}
	}
	return nil
}

// plainText is a value as a person typed it for --set; the parsers of values read what they need in it.
type plainText string

func plainValue(text string) any { return plainText(strings.TrimSpace(text)) }

func isTOML(text string) bool { return tomlValue(text) != nil }

func tomlValue(text string) any {
	var document struct{ Value any }
	if _, err := toml.Decode("value = "+text, &document); err != nil {
		return nil
	}
	return document.Value
}
