// SPDX-License-Identifier: GPL-3.0-or-later

package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// maxDepth bounds the tree of pages: even pages of two children reach 2^40 values at this depth.
const maxDepth = 40

// checker walks through all pages that hold something, before bbolt does: bbolt trusts what it reads,
// and a page that leads back to itself would have it recurse until the process dies.
type checker struct {
	file io.ReaderAt
	meta meta
	seen map[uint64]bool // pages that have a use already
}

// checkFile checks the structure of the file: every page has one use and lies within the file, keys are
// in order, every element is inside its page. The error says what is wrong.
func checkFile(file io.ReaderAt, size int64) error {
	m, err := readMeta(file, size)
	if err != nil {
		return err
	}
	c := &checker{file: file, meta: m, seen: map[uint64]bool{0: true, 1: true}}
	if err := c.freelist(); err != nil {
		return fmt.Errorf("free pages: %w", err)
	}
	return c.tree(m.root, bounds{}, 0, c.bucket)
}

// take marks the pages from id on as used.
func (c *checker) take(id, count uint64) error {
	if id >= c.meta.pages || count > c.meta.pages-id {
		return fmt.Errorf("page %d is beyond the end", id)
	}
	for i := range count {
		if c.seen[id+i] {
			return fmt.Errorf("page %d has two uses", id+i)
		}
		c.seen[id+i] = true
	}
	return nil
}

// page reads a page with its overflow and marks it as used.
func (c *checker) page(id uint64) (header, []byte, error) {
	if id >= c.meta.pages {
		return header{}, nil, fmt.Errorf("page %d is beyond the end", id)
	}
	var start [pageHeader]byte
	offset := int64(id) * c.meta.pageSize
	if _, err := c.file.ReadAt(start[:], offset); err != nil {
		return header{}, nil, err
	}
	h := parseHeader(start[:])
	if h.id != id {
		return header{}, nil, fmt.Errorf("page %d says it is page %d", id, h.id)
	}
	if err := c.take(id, 1+h.overflow); err != nil {
		return header{}, nil, err
	}
	content := make([]byte, int64(1+h.overflow)*c.meta.pageSize)
	_, err := c.file.ReadAt(content, offset)
	return h, content, err
}

func (c *checker) freelist() error {
	h, page, err := c.page(c.meta.free)
	if err != nil {
		return err
	}
	if h.flags != flagFree {
		return fmt.Errorf("page %d is of another kind", h.id)
	}
	ids, count := page[pageHeader:], uint64(h.count)
	if count == 0xffff {
		count, ids = binary.NativeEndian.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return fmt.Errorf("page %d has no room for %d", h.id, count)
	}
	for i := range count {
		if err := c.take(binary.NativeEndian.Uint64(ids[8*i:]), 1); err != nil {
			return err
		}
	}
	return nil
}

// bounds are the keys between which those of a page lie: from ≤ key < to; nil is no bound.
type bounds struct{ from, to []byte }

// leafCheck checks one element of a leaf.
type leafCheck func(flags uint32, value []byte) error

// tree checks a page and those below it.
func (c *checker) tree(id uint64, within bounds, depth int, leaf leafCheck) error {
	if depth > maxDepth {
		return fmt.Errorf("page %d is too deep", id)
	}
	h, page, err := c.page(id)
	if err != nil {
		return err
	}
	switch h.flags {
	case flagLeaf:
		err = checkLeaf(h, page, within, leaf)
	case flagBranch:
		err = c.branch(h, page, within, depth, leaf)
	default:
		err = fmt.Errorf("is of kind %#x", h.flags)
	}
	if err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	return nil
}

func (c *checker) branch(h header, page []byte, within bounds, depth int, leaf leafCheck) error {
	type child struct {
		key []byte
		id  uint64
	}
	children := make([]child, 0, h.count)
	for i := range h.count {
		e, err := element(page, i)
		if err != nil {
			return err
		}
		key, err := slice(e, binary.NativeEndian.Uint32(e), binary.NativeEndian.Uint32(e[4:]))
		if err != nil {
			return err
		}
		children = append(children, child{key, binary.NativeEndian.Uint64(e[8:])})
	}
	if len(children) == 0 {
		return fmt.Errorf("has no pages below it")
	}
	for i, ch := range children {
		if i > 0 && bytes.Compare(children[i-1].key, ch.key) >= 0 {
			return fmt.Errorf("key %d is out of order", i)
		}
		below := bounds{from: within.from, to: within.to}
		if i > 0 {
			below.from = ch.key
		}
		if i+1 < len(children) {
			below.to = children[i+1].key
		}
		if err := c.tree(ch.id, below, depth+1, leaf); err != nil {
			return err
		}
	}
	return nil
}

// bucket checks an element of the top tree, which has nothing but buckets.
func (c *checker) bucket(flags uint32, value []byte) error {
	if flags != bucketElement || len(value) < bucketSize {
		return fmt.Errorf("holds something else than buckets")
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return c.tree(root, bounds{}, 0, plainValue)
	}
	inline := value[bucketSize:]
	if len(inline) < pageHeader {
		return fmt.Errorf("a bucket is cut")
	}
	h := parseHeader(inline)
	if h.flags != flagLeaf {
		return fmt.Errorf("a bucket is of kind %#x", h.flags)
	}
	return checkLeaf(h, inline, bounds{}, plainValue)
}

// plainValue checks an element of a bucket, which has no buckets in it.
func plainValue(flags uint32, _ []byte) error {
	if flags != 0 {
		return fmt.Errorf("holds an element of kind %#x", flags)
	}
	return nil
}

func checkLeaf(h header, page []byte, within bounds, leaf leafCheck) error {
	var last []byte
	for i := range h.count {
		e, err := element(page, i)
		if err != nil {
			return err
		}
		pos, keySize, valueSize := binary.NativeEndian.Uint32(e[4:]), binary.NativeEndian.Uint32(e[8:]), binary.NativeEndian.Uint32(e[12:])
		key, err := slice(e, pos, keySize)
		if err != nil {
			return err
		}
		value, err := slice(e, pos+keySize, valueSize)
		if err != nil || pos+keySize < pos {
			return fmt.Errorf("value %d runs over the end", i)
		}
		if len(key) == 0 || len(key) > MaxKey || i > 0 && bytes.Compare(last, key) >= 0 ||
			within.from != nil && bytes.Compare(key, within.from) < 0 || within.to != nil && bytes.Compare(key, within.to) >= 0 {
			return fmt.Errorf("key %d is out of order", i)
		}
		last = key
		if err := leaf(binary.NativeEndian.Uint32(e), value); err != nil {
			return err
		}
	}
	return nil
}

// element returns element i of a page and all that follows it.
func element(page []byte, i int) ([]byte, error) {
	start := pageHeader + i*elementSize
	if start+elementSize > len(page) {
		return nil, fmt.Errorf("element %d runs over the end", i)
	}
	return page[start:], nil
}

func slice(b []byte, pos, size uint32) ([]byte, error) {
	end := uint64(pos) + uint64(size)
	if end > uint64(len(b)) {
		return nil, fmt.Errorf("an element runs over the end")
	}
	return b[pos:end], nil
}
