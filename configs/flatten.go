// SPDX-License-Identifier: GPL-3.0-or-later

package configs

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// entry is one key of a file with its value, a TOML type as package toml decodes it, and its line.
type entry struct {
	key   string
	value any
	line  int
	table bool
}

// flatten returns the keys of a TOML text in the order of their lines: the tables, and their keys with
// the table's name in front. A list of tables is one value.
func flatten(text []byte) ([]entry, error) {
	var top map[string]toml.Primitive
	decoded, err := toml.Decode(string(text), &top)
	if err != nil {
		return nil, err
	}
	f := flattener{meta: &decoded}
	if err := f.table("", top); err != nil {
		return nil, err
	}
	slices.SortStableFunc(f.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.line, b.line), strings.Compare(a.key, b.key))
	})
	return f.entries, nil
}

type flattener struct {
	meta    *toml.MetaData
	entries []entry
}

func (f *flattener) table(prefix string, table map[string]toml.Primitive) error {
	for name, primitive := range table {
		p := &probe{}
		var at toml.ParseError
		if err := f.meta.PrimitiveDecode(primitive, p); !errors.As(err, &at) {
			return err
		}
		if strings.Contains(name, ".") {
			name = strconv.Quote(name) // not the table and key it looks like
		}
		_, isTable := p.value.(map[string]any)
		f.entries = append(f.entries, entry{key: prefix + name, value: p.value, line: at.Position.Line, table: isTable})
		if !isTable {
			continue
		}
		var inner map[string]toml.Primitive
		if err := f.meta.PrimitiveDecode(primitive, &inner); err != nil {
			return err
		}
		if err := f.table(prefix+name+".", inner); err != nil {
			return err
		}
	}
	return nil
}

// probe takes any value and fails on purpose: the error that package toml makes of it tells the line.
type probe struct{ value any }

var errSeen = errors.New("seen")

func (p *probe) UnmarshalTOML(value any) error {
	p.value = value
	return errSeen
}

// syntaxError makes an *Error of one of package toml.
func syntaxError(name string, err error) *Error {
	var at toml.ParseError
	if errors.As(err, &at) {
		return &Error{File: name, Line: at.Position.Line, Problem: oneLine(at.Message)}
	}
	return &Error{File: name, Problem: oneLine(err.Error())}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
