// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package proc

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// CPU is the processor time that the process has used, all its threads together.
func (p *Process) CPU() (time.Duration, error) {
	const allThreads = 2 // the kind of clock that counts nanoseconds, in the kernel's encoding of clocks of processes
	var used unix.Timespec
	if err := unix.ClockGettime(int32(^p.PID()<<3|allThreads), &used); err != nil {
		return 0, fmt.Errorf("measure the processor time of %s: %w", p.cmd.Path, err)
	}
	return time.Duration(used.Nano()), nil
}

// Files is the number of open descriptors of the process.
func (p *Process) Files() (int, error) { return p.count("fd") }

// Threads is the number of its threads.
func (p *Process) Threads() (int, error) { return p.count("task") }

// count counts the entries of a directory of the process.
func (p *Process) count(directory string) (int, error) {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/%s", p.PID(), directory))
	if err != nil {
		return 0, fmt.Errorf("look into %s: %w", p.cmd.Path, err)
	}
	return len(entries), nil
}
