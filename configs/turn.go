// SPDX-License-Identifier: GPL-3.0-or-later

package configs

import (
	"errors"
	"fmt"
)

// turnServers reads the list of tables [[link.turn]].
func turnServers(value any) ([]TURN, error) {
	var tables []map[string]any
	switch v := value.(type) {
	case []map[string]any:
		tables = v
	case []any: // written inline
		for _, member := range v {
			table, isTable := member.(map[string]any)
			if !isTable {
				return nil, errors.New("it is a list of tables: begin each server with [[link.turn]]")
			}
			tables = append(tables, table)
		}
	default:
		return nil, errors.New("it is a list of tables: begin each server with [[link.turn]]")
	}
	if len(tables) > maxList {
		return nil, fmt.Errorf("%d servers are more than %d", len(tables), maxList)
	}
	var servers []TURN
	for i, table := range tables {
		server, err := turnServer(table)
		if err != nil {
			return nil, fmt.Errorf("server %d: %w", i+1, err)
		}
		servers = append(servers, server)
	}
	return servers, nil
}

func turnServer(table map[string]any) (TURN, error) {
	var s TURN
	fields := map[string]*string{"server": &s.Server, "user": &s.User, "password_file": &s.PasswordFile}
	for name := range table {
		if fields[name] == nil {
			return TURN{}, fmt.Errorf("there is no key %s; a server has server, user and password_file", quoted(name))
		}
	}
	for _, name := range []string{"server", "user", "password_file"} {
		written, isText := table[name].(string)
		if !isText || written == "" {
			return TURN{}, fmt.Errorf("its %s is missing or not a text", name)
		}
		*fields[name] = written
	}
	return s, checkHost(s.Server)
}
