// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"fmt"
	"strings"
	"unicode"
)

// printable makes text of others fit for a terminal: on one line, with nothing that moves the cursor,
// sets a colour or turns the direction of writing.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || unicode.IsGraphic(r) && !unicode.Is(unicode.Zs, r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// progress shows a line that the next one replaces.
func (d *display) progress(text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	text = printable(text)
	if !d.moving {
		fmt.Fprintln(d.out, text)
		return
	}
	fmt.Fprintf(d.out, "\r%s%s", text, strings.Repeat(" ", max(0, d.width-len(text))))
	d.width = len(text)
}

// clear takes the progress line away.
func (d *display) clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clearLocked()
}

func (d *display) clearLocked() {
	if d.width > 0 {
		fmt.Fprintf(d.out, "\r%s\r", strings.Repeat(" ", d.width))
		d.width = 0
	}
}

// line shows a line that stays.
func (d *display) line(text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clearLocked()
	fmt.Fprintln(d.out, printable(text))
}
