// SPDX-License-Identifier: GPL-3.0-or-later

package configs

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxFile bounds a configuration file, in bytes.
const maxFile = 256 << 10

// Load reads and checks a configuration file. overrides are "KEY=VALUE" texts that take precedence over
// it, the last one over those before. The error is an *Error, or wraps fs.ErrNotExist and the like.
func Load(path string, overrides ...string) (Config, error) {
	text, err := readFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read the configuration: %w", err)
	}
	c, err := Parse(path, text, overrides...)
	if err != nil {
		return Config{}, err
	}
	for i := range c.Link.TURN {
		if file := &c.Link.TURN[i].PasswordFile; !filepath.IsAbs(*file) {
			*file = filepath.Join(filepath.Dir(path), *file)
		}
	}
	return c, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	return text, nil
}

// Parse checks the text of a configuration; name stands for it in errors, which are all *Error.
func Parse(name string, text []byte, overrides ...string) (Config, error) {
	if len(text) > maxFile {
		return Config{}, &Error{File: name, Problem: fmt.Sprintf("the file has more than %d bytes; is it a configuration?", maxFile)}
	}
	entries, err := flatten(text)
	if err != nil {
		return Config{}, syntaxError(name, err)
	}
	if err := checkVersion(entries); err != nil {
		err.File = name
		return Config{}, err
	}
	c, known := Default(), schema()
	for _, e := range entries {
		if e.key == "version" || e.table && known.hasTable(e.key) {
			continue
		}
		if problem := known.set(&c, e.key, e.value); problem != nil {
			return Config{}, &Error{File: name, Line: e.line, Key: e.key, Problem: problem.Error()}
		}
	}
	for _, text := range overrides {
		if err := known.override(&c, text); err != nil {
			return Config{}, err
		}
	}
	return c, nil
}

func checkVersion(entries []entry) *Error {
	for _, e := range entries {
		if e.key != "version" {
			continue
		}
		number, isNumber := e.value.(int64)
		switch {
		case !isNumber:
			return &Error{Line: e.line, Key: e.key, Problem: "it is a number: write version = 1"}
		case number > Version:
			return &Error{Line: e.line, Key: e.key, Problem: fmt.Sprintf("the file is of format %d, and this program knows formats up to %d: use a newer program", number, Version)}
		case number != Version:
			return &Error{Line: e.line, Key: e.key, Problem: fmt.Sprintf("there is no format %d: write version = %d", number, Version)}
		}
		return nil
	}
	return &Error{Line: 1, Key: "version", Problem: fmt.Sprintf("the version of the format is missing: write version = %d before everything else", Version)}
}
