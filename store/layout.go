// SPDX-License-Identifier: GPL-3.0-or-later

package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// The file of bbolt is an array of pages in the byte order of the machine:
//
//	page    id 8 | flags 2 | count 2 | overflow 4 | content, running on into overflow further pages
//	meta    magic 4 | version 4 | page size 4 | flags 4 | root page 8 | sequence 8 | freelist page 8 |
//	        number of pages 8 | transaction 8 | FNV-1a of the foregoing 8        (pages 0 and 1)
//	branch  count × (key offset 4 | key size 4 | page 8), keys
//	leaf    count × (flags 4 | key offset 4 | key size 4 | value size 4), keys and values
//	free    count × page 8; a count of 0xffff means that the first of them is the count
//	bucket  the value of a leaf element with flag 1: root page 8 | sequence 8 | a leaf page if root is 0
//
// Offsets count from the beginning of their element.
const (
	pageHeader  = 16
	elementSize = 16
	metaSize    = 64
	bucketSize  = 16

	flagBranch = 0x01
	flagLeaf   = 0x02
	flagFree   = 0x10

	bucketElement = 0x01

	metaMagic   = 0xED0CDAED
	metaVersion = 2

	minPageSize = 1 << 10
	maxPageSize = 1 << 16
)

type header struct {
	id       uint64
	flags    uint16
	count    int
	overflow uint64
}

func parseHeader(page []byte) header {
	return header{
		id:       binary.NativeEndian.Uint64(page),
		flags:    binary.NativeEndian.Uint16(page[8:]),
		count:    int(binary.NativeEndian.Uint16(page[10:])),
		overflow: uint64(binary.NativeEndian.Uint32(page[12:])),
	}
}

type meta struct {
	pageSize          int64
	root, free, pages uint64
	tx                uint64
}

var errNoMeta = errors.New("it does not begin as one")

// readMeta returns the newest valid one of the two meta pages.
func readMeta(file io.ReaderAt, size int64) (meta, error) {
	best, err := parseMeta(file, 0)
	pageSize := best.pageSize
	if err != nil {
		pageSize = minPageSize
	}
	for ; pageSize <= maxPageSize && pageSize < size; pageSize *= 2 {
		if second, err2 := parseMeta(file, pageSize); err2 == nil && second.pageSize == pageSize {
			if err != nil || second.tx > best.tx {
				best, err = second, nil
			}
			break
		}
		if err == nil {
			break
		}
	}
	if err != nil {
		return meta{}, err
	}
	if int64(best.pages) < 0 || best.pages > uint64(size/best.pageSize) {
		return meta{}, fmt.Errorf("it was cut: %d bytes are fewer than %d pages of %d", size, best.pages, best.pageSize)
	}
	return best, nil
}

func parseMeta(file io.ReaderAt, offset int64) (meta, error) {
	var page [pageHeader + metaSize]byte
	if _, err := file.ReadAt(page[:], offset); err != nil {
		return meta{}, errNoMeta
	}
	content := page[pageHeader:]
	sum := fnv.New64a()
	_, _ = sum.Write(content[:metaSize-8])
	m := meta{
		pageSize: int64(binary.NativeEndian.Uint32(content[8:])),
		root:     binary.NativeEndian.Uint64(content[16:]),
		free:     binary.NativeEndian.Uint64(content[32:]),
		pages:    binary.NativeEndian.Uint64(content[40:]),
		tx:       binary.NativeEndian.Uint64(content[48:]),
	}
	switch {
	case binary.NativeEndian.Uint32(content) != metaMagic, binary.NativeEndian.Uint32(content[4:]) != metaVersion,
		binary.NativeEndian.Uint64(content[metaSize-8:]) != sum.Sum64(),
		m.pageSize < minPageSize, m.pageSize > maxPageSize, m.pageSize&(m.pageSize-1) != 0:
		return meta{}, errNoMeta
	}
	return m, nil
}
