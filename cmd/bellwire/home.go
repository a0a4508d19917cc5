// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"bellwire/configs"
	"bellwire/store"
)

// What lies in the home beside the accounts.
const (
	stateFile  = "state.db"
	socketFile = "engine.sock"
)

func (a *app) path(name string) string { return filepath.Join(a.home, name) }

// config reads the configuration. The first start writes it, and says which hosts it will contact.
func (a *app) config() (configs.Config, error) {
	path := a.path(configs.FileName)
	created, err := configs.Ensure(path)
	if err != nil {
		return configs.Config{}, err
	}
	cfg, err := configs.Load(path, a.set...)
	if err != nil {
		return cfg, usageError{err}
	}
	if hosts := cfg.Hosts(); created && len(hosts) > 0 {
		fmt.Fprintf(os.Stderr, "bellwire: first start: will contact %s; choose other hosts or none in %s\n", strings.Join(hosts, ", "), path)
	}
	return cfg, nil
}

// openStore opens the store of the home.
func (a *app) openStore() (store.Store, error) {
	if err := os.MkdirAll(a.home, 0o700); err != nil {
		return nil, fmt.Errorf("make the home: %w: choose one that can be written with --home", err)
	}
	return store.Open(a.path(stateFile))
}
