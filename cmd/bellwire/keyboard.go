// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"os"
	"sync"
)

// pressed is how many keys wait while an earlier one does its work; further ones are dropped.
const pressed = 32

// keyboard hands the keys of a terminal to a function, each as it is pressed and one at a time. While it
// is open the terminal neither waits for the end of a line nor shows what is typed.
type keyboard struct {
	tty     *tty
	press   func(ctx context.Context, key byte)
	stop    context.CancelFunc
	running sync.WaitGroup
}

// openKeyboard begins to read. It returns nil when file is no terminal, or not ours to read from. Keys
// are read until close, or until ctx ends; the terminal is then as it was before.
func openKeyboard(ctx context.Context, file *os.File, press func(ctx context.Context, key byte)) *keyboard {
	t := openTTY(file)
	if t == nil {
		return nil
	}
	k := &keyboard{tty: t, press: press}
	ctx, k.stop = context.WithCancel(ctx)
	k.running.Go(func() {
		<-ctx.Done()
		t.restore() // at Ctrl-C already: a second one ends the program at once
	})
	keys := make(chan byte, pressed)
	k.running.Go(func() { k.read(ctx, keys) })
	k.running.Go(func() {
		for key := range keys {
			press(ctx, key)
		}
	})
	return k
}

// read passes keys on until the terminal is restored. The one that hangs up waits for no other.
func (k *keyboard) read(ctx context.Context, keys chan<- byte) {
	defer close(keys)
	for {
		chunk, err := k.tty.read()
		if err != nil {
			return
		}
		for _, key := range plainKeys(chunk) {
			if key == hangupKey {
				k.press(ctx, key)
				continue
			}
			select {
			case keys <- key:
			default:
			}
		}
	}
}

// plainKeys leaves out what arrows and function keys send: ESC and a letter, or ESC [ with numbers and
// a letter (ECMA-48 section 5.4). It changes chunk.
func plainKeys(chunk []byte) []byte {
	const escape = 0x1b
	plain := chunk[:0]
	for i := 0; i < len(chunk); i++ {
		if chunk[i] != escape {
			plain = append(plain, chunk[i])
			continue
		}
		i++
		if i >= len(chunk) || chunk[i] != '[' && chunk[i] != 'O' {
			continue
		}
		for i++; i < len(chunk) && (chunk[i] < '@' || chunk[i] > '~'); i++ {
		}
	}
	return plain
}

// close restores the terminal and returns when nothing is read any more. It may be called again, and on
// nil.
func (k *keyboard) close() {
	if k == nil {
		return
	}
	k.stop()
	k.running.Wait()
	k.tty.close()
}
