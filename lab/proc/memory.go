// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package proc

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Memory is what a process occupies, in bytes.
type Memory struct {
	Resident     int64 // every page that is present
	Proportional int64 // pages shared with other processes divided among them
}

// Memory measures the process now.
func (p *Process) Memory() (Memory, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.PID()))
	if err != nil {
		return Memory{}, fmt.Errorf("measure the memory of %s: %w", p.cmd.Path, err)
	}
	return parseRollup(string(data))
}

func parseRollup(text string) (Memory, error) {
	var m Memory
	for name, field := range map[string]*int64{"Rss:": &m.Resident, "Pss:": &m.Proportional} {
		_, after, found := strings.Cut(text, "\n"+name)
		number, _, unit := strings.Cut(strings.TrimSpace(after), " kB")
		kib, err := strconv.ParseInt(number, 10, 64)
		if !found || !unit || err != nil {
			return Memory{}, fmt.Errorf("no figure for %s in smaps_rollup", name)
		}
		*field = kib << 10
	}
	return m, nil
}
