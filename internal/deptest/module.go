// SPDX-License-Identifier: GPL-3.0-or-later

// Package deptest holds the rules of the source tree as tests: which room may import which, where
// sockets are made, and what every file and package carries. It reads the sources with go/parser and
// needs neither network nor build.
package deptest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// Module is the import path of this module.
const Module = "bellwire"

// File is one parsed source file.
type File struct {
	Path   string // slash separated, from the module's root
	Room   string // directory of the file, "." for the root; the package's import path without the module
	Test   bool
	Source []byte
	Syntax *ast.File
}

// Imports returns the paths the file imports, and those of this module without the module's name.
func (f *File) Imports() (all, rooms []string) {
	for _, spec := range f.Syntax.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		all = append(all, p)
		if room, ok := strings.CutPrefix(p, Module+"/"); ok {
			rooms = append(rooms, room)
		}
	}
	return all, rooms
}

// Load parses every Go file below root, except those in testdata and hidden directories.
func Load(root string) ([]*File, error) {
	var files []*File
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if hidden := name != root && strings.HasPrefix(d.Name(), "."); hidden || d.Name() == "testdata" {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		file, err := load(fset, root, name)
		if err != nil {
			return err
		}
		files = append(files, file)
		return nil
	})
	return files, err
}

func load(fset *token.FileSet, root, name string) (*File, error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	syntax, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse a source file: %w", err)
	}
	rel, err := filepath.Rel(root, name)
	if err != nil {
		return nil, err
	}
	rel = filepath.ToSlash(rel)
	return &File{
		Path:   rel,
		Room:   path.Dir(rel),
		Test:   strings.HasSuffix(rel, "_test.go"),
		Source: src,
		Syntax: syntax,
	}, nil
}

// Licensed reports whether the first line names the licence.
func (f *File) Licensed() bool {
	first, _, _ := bytes.Cut(f.Source, []byte("\n"))
	return string(first) == "// SPDX-License-Identifier: GPL-3.0-or-later"
}

// Calls returns the selectors pkg.Name that the file uses of an imported package, such as net.Dial.
func (f *File) Calls(importPath string) []string {
	local := f.localName(importPath)
	if local == "" {
		return nil
	}
	var names []string
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == local {
				names = append(names, sel.Sel.Name)
			}
		}
		return true
	})
	return names
}

func (f *File) localName(importPath string) string {
	for _, spec := range f.Syntax.Imports {
		if spec.Path.Value != strconv.Quote(importPath) {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(importPath)
	}
	return ""
}
