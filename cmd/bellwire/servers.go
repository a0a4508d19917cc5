// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"bellwire/configs"
	"bellwire/link/ice"
)

// iceServers returns the STUN and TURN servers of the configuration with their passwords.
func iceServers(cfg configs.Link) ([]ice.Server, error) {
	var servers []ice.Server
	for _, address := range cfg.STUN {
		servers = append(servers, ice.Server{URI: "stun:" + address})
	}
	for _, turn := range cfg.TURN {
		secret, err := (&password{file: turn.PasswordFile}).read()
		if err != nil {
			return nil, err
		}
		servers = append(servers, ice.Server{URI: "turn:" + turn.Server, User: turn.User, Password: secret})
	}
	return servers, nil
}
