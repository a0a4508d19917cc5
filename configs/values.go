// SPDX-License-Identifier: GPL-3.0-or-later

package configs

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxList bounds every list.
const maxList = 64

// Bounds of call.ring_timeout.
const (
	minRing = 5 * time.Second
	maxRing = 10 * time.Minute
)

func boolean(value any) (bool, error) {
	switch v := value.(type) {
	case bool:
		return v, nil
	case plainText:
		switch v {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
	}
	return false, errors.New("it is true or false")
}

func networkNumber(value any) (uint32, error) {
	problem := fmt.Errorf("it is a number from 0 to %d", uint32(math.MaxUint32))
	switch v := value.(type) {
	case int64:
		if v < 0 || v > math.MaxUint32 {
			return 0, problem
		}
		return uint32(v), nil
	case plainText:
		n, err := strconv.ParseUint(string(v), 10, 32)
		if err != nil {
			return 0, problem
		}
		return uint32(n), nil
	}
	return 0, problem
}

func text(value any, example string) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case plainText:
		return string(v), nil
	}
	return "", fmt.Errorf("it is a text such as %q", example)
}

func texts(value any, example string) ([]string, error) {
	var list []string
	switch v := value.(type) {
	case plainText:
		if v == "" {
			return nil, nil
		}
		for member := range strings.SplitSeq(string(v), ",") {
			list = append(list, strings.TrimSpace(member))
		}
	case []any:
		for _, member := range v {
			s, isText := member.(string)
			if !isText {
				return nil, fmt.Errorf("it is a list of texts such as [%q]", example)
			}
			list = append(list, s)
		}
	default:
		return nil, fmt.Errorf("it is a list such as [%q]", example)
	}
	if len(list) > maxList {
		return nil, fmt.Errorf("%d members are more than %d", len(list), maxList)
	}
	return list, nil
}

func listenAddresses(value any) ([]netip.AddrPort, error) {
	list, err := texts(value, "0.0.0.0:4222")
	if err != nil {
		return nil, err
	}
	var addresses []netip.AddrPort
	for _, member := range list {
		more, err := listenAddress(member)
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, more...)
	}
	v4, v6 := 0, 0
	for _, a := range addresses {
		if a.Addr().Is4() {
			v4++
		} else {
			v6++
		}
	}
	switch {
	case len(addresses) == 0:
		return nil, errors.New("the node needs an address; \"0.0.0.0:0\" is any")
	case v4 > 1 || v6 > 1:
		return nil, errors.New("the node has at most one address of IPv4 and one of IPv6")
	}
	return addresses, nil
}

// listenAddress reads "IP:port"; ":port" stands for both families.
func listenAddress(member string) ([]netip.AddrPort, error) {
	if port, short := strings.CutPrefix(member, ":"); short {
		if n, err := strconv.ParseUint(port, 10, 16); err == nil {
			return []netip.AddrPort{
				netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(n)),
				netip.AddrPortFrom(netip.IPv6Unspecified(), uint16(n)),
			}, nil
		}
	}
	address, err := netip.ParseAddrPort(member)
	if err != nil {
		return nil, fmt.Errorf("%s is not an address of this machine and a port, such as \"0.0.0.0:4222\" or \"[::]:4222\"", quoted(member))
	}
	return []netip.AddrPort{netip.AddrPortFrom(address.Addr().Unmap(), address.Port())}, nil
}

func hostList(value any) ([]string, error) {
	list, err := texts(value, "node.example.org:4222")
	if err != nil {
		return nil, err
	}
	for _, member := range list {
		if err := checkHost(member); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func checkHost(hostPort string) error {
	host, port, err := net.SplitHostPort(hostPort)
	if err == nil && validHost(host) {
		if n, err := strconv.ParseUint(port, 10, 16); err == nil && n > 0 {
			return nil
		}
	}
	return fmt.Errorf("%s is not a host and a port, such as \"node.example.org:4222\" or \"[2001:db8::1]:4222\"", quoted(hostPort))
}

// validHost takes IP addresses and names of letters, digits, hyphens, underscores and dots.
func validHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	if host == "" || len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
		}) {
			return false
		}
	}
	return true
}

func codecList(value any) ([]string, error) {
	list, err := texts(value, "opus")
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("a call needs a codec; the codecs are %s", strings.Join(CodecNames(), ", "))
	}
	for i, name := range list {
		if !slices.Contains(CodecNames(), name) {
			return nil, fmt.Errorf("there is no codec %s; the codecs are %s", quoted(name), strings.Join(CodecNames(), ", "))
		}
		if slices.Contains(list[:i], name) {
			return nil, fmt.Errorf("the codec %s is named twice", quoted(name))
		}
	}
	return list, nil
}

func ringTimeout(value any) (time.Duration, error) {
	written, err := text(value, "60s")
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(written)
	if err != nil || d < minRing || d > maxRing {
		return 0, fmt.Errorf("%s is not a time from %v to 10m, such as \"60s\"", quoted(written), minRing)
	}
	return d, nil
}

func logLevel(value any) (slog.Level, error) {
	written, err := text(value, "info")
	if err != nil {
		return 0, err
	}
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, known := levels[written]
	if !known {
		return 0, fmt.Errorf("%s is not debug, info, warn or error", quoted(written))
	}
	return level, nil
}

// quoted shows what was written, cut where it is too long to be of help.
func quoted(s string) string {
	const limit = 60
	if len(s) > limit {
		return strconv.Quote(s[:limit]) + "…"
	}
	return strconv.Quote(s)
}
