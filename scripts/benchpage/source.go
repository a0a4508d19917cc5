// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// source is a package that has benchmarks.
type source struct {
	ImportPath string
	comments   map[string]string // of its benchmarks, by the functions' names
}

func packagesWithBenchmarks(patterns []string) ([]source, error) {
	args := append([]string{"list", "-f", "{{.ImportPath}}\t{{.Dir}}"}, patterns...)
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		return nil, fmt.Errorf("list the packages: %w", err)
	}
	var packages []source
	for line := range strings.Lines(string(out)) {
		importPath, dir, _ := strings.Cut(strings.TrimSpace(line), "\t")
		comments, err := benchmarkComments(dir)
		if err != nil {
			return nil, err
		}
		if len(comments) > 0 {
			packages = append(packages, source{importPath, comments})
		}
	}
	return packages, nil
}

// benchmarkComments returns the comment of each benchmark of a directory, by the function's name.
func benchmarkComments(dir string) (map[string]string, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	comments := map[string]string{}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("parse a test file: %w", err)
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Benchmark") {
				comments[f.Name.Name] = sentence(f.Name.Name, f.Doc.Text())
			}
		}
	}
	return comments, nil
}

// sentence turns "BenchmarkX measures Y." into "Measures Y.", on one line a paragraph, and "BenchmarkX
// is the cost of Y." into "The cost of Y.".
func sentence(name, comment string) string {
	text := strings.TrimPrefix(strings.TrimSpace(comment), name+" ")
	text = strings.TrimPrefix(text, "is ")
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	paragraphs := strings.Split(string(unicode.ToUpper(first))+text[size:], "\n\n")
	for i, p := range paragraphs {
		paragraphs[i] = strings.Join(strings.Fields(p), " ")
	}
	return strings.Join(paragraphs, "\n\n")
}
