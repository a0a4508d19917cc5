// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// machine describes where the figures come from, without naming the machine.
func machine() string {
	return fmt.Sprintf("Measured %s on %s, %d processors, %s of memory; %s, %s%s.",
		time.Now().UTC().Format(time.DateOnly), processor(), runtime.NumCPU(), memory(), system(), runtime.Version(), peers())
}

func processor() string {
	return field("/proc/cpuinfo", "model name", ":", "an unknown processor")
}

func system() string {
	return strings.Trim(field("/etc/os-release", "PRETTY_NAME", "=", runtime.GOOS), `"`)
}

func memory() string {
	kib, err := strconv.ParseInt(strings.TrimSuffix(field("/proc/meminfo", "MemTotal", ":", ""), " kB"), 10, 64)
	if err != nil {
		return "an unknown amount"
	}
	return fmt.Sprintf("%d GiB", (kib+1<<19)>>20)
}

// field finds the first line "name SEPARATOR value" of a file.
func field(file, name, separator, otherwise string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return otherwise
	}
	for line := range strings.Lines(string(data)) {
		if key, value, found := strings.Cut(line, separator); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return otherwise
}

// peers names the versions of the real programs, where Debian's package manager knows them.
func peers() string {
	var text strings.Builder
	for _, pkg := range []string{"dhtnode", "jami-daemon"} {
		out, err := exec.Command("dpkg-query", "-W", "-f", "${Version}", pkg).Output()
		if err == nil && len(out) > 0 {
			fmt.Fprintf(&text, ", %s %s", pkg, out)
		}
	}
	return text.String()
}
