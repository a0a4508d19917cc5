// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"bytes"
	"errors"
	"io"
	"strconv"
)

const (
	maxMessage = 64 << 10 // bytes of one incoming message
	maxHead    = 16 << 10 // bytes of its start line and header fields
	maxJunk    = 64 << 10 // bytes in a row that are not SIP before the peer is given up
)

var (
	errHeadTooLong = errors.New("the header fields of a message exceed 16 KiB")
	errTooLong     = errors.New("a message exceeds 64 KiB")
	errLength      = errors.New("the Content-Length is not one number")
	errJunk        = errors.New("what arrives is not SIP")
)

var headEnd = []byte("\r\n\r\n")

// stream cuts a byte stream into messages (RFC 3261 section 18.3). It holds at most one message and what came behind it.
type stream struct {
	r   io.Reader
	buf []byte // unread bytes are buf[at:]
	at  int
}

// next returns the next message and the length of its head, up to and with the empty line; it is valid until the next
// call. Empty lines between messages, which serve as keepalive, and lines that cannot begin a message are skipped. A
// message without Content-Length has no body. The errors from errHeadTooLong to errJunk leave no boundary to go on from;
// with errLength the head is returned too, so that it can be answered.
func (s *stream) next() (msg []byte, head int, err error) {
	junk := 0
	for {
		n, err := s.findHead()
		if err != nil {
			return nil, 0, err
		}
		skipped := skipToStartLine(s.buf[s.at : s.at+n])
		s.at += skipped
		junk += skipped
		if junk > maxJunk {
			return nil, 0, errJunk
		}
		if skipped == n {
			continue
		}
		n -= skipped
		length, err := contentLength(s.buf[s.at : s.at+n])
		if err != nil {
			return s.buf[s.at : s.at+n], n, err
		}
		if n+length > maxMessage {
			return nil, 0, errTooLong
		}
		for len(s.buf)-s.at < n+length {
			if err := s.fill(); err != nil {
				return nil, 0, err
			}
		}
		msg = s.buf[s.at : s.at+n+length]
		s.at += n + length
		return msg, n, nil
	}
}

// findHead reads until a whole head is there and returns its length. Line ends before it are dropped.
func (s *stream) findHead() (int, error) {
	searched := 0
	for {
		for s.at < len(s.buf) && searched == 0 && (s.buf[s.at] == '\r' || s.buf[s.at] == '\n') {
			s.at++
		}
		rest := s.buf[s.at:]
		from := max(0, searched-len(headEnd)+1)
		if i := bytes.Index(rest[from:], headEnd); i >= 0 && from+i+len(headEnd) <= maxHead {
			return from + i + len(headEnd), nil
		}
		if searched = len(rest); searched >= maxHead {
			return 0, errHeadTooLong
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
}

// fill reads once. The buffer grows as needed up to one message and a read, and shrinks when it has run empty.
func (s *stream) fill() error {
	if s.at == len(s.buf) {
		s.at, s.buf = 0, s.buf[:0]
		if cap(s.buf) > maxHead {
			s.buf = nil
		}
	}
	if s.at > 0 && cap(s.buf)-len(s.buf) < 1024 {
		s.buf = s.buf[:copy(s.buf, s.buf[s.at:])]
		s.at = 0
	}
	if cap(s.buf)-len(s.buf) < 1024 {
		s.buf = append(make([]byte, 0, 2*cap(s.buf)+4096), s.buf...)
	}
	for range 100 {
		n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// skipToStartLine returns the number of bytes before the first line that may begin a message.
func skipToStartLine(head []byte) int {
	at := 0
	for at < len(head) {
		end := bytes.Index(head[at:], headEnd[:2])
		if isStartLine(head[at : at+end]) {
			return at
		}
		at += end + 2
	}
	return len(head)
}

// isStartLine accepts what RFC 3261 section 7 may have meant: "SIP/…" in front, or at the end behind two other words.
func isStartLine(line []byte) bool {
	if hasPrefixFold(line, "SIP/") {
		return bytes.IndexByte(line, ' ') > 0
	}
	i := bytes.LastIndexByte(line, ' ')
	return i > 0 && hasPrefixFold(line[i+1:], "SIP/") && bytes.IndexByte(line[:i], ' ') > 0
}

func hasPrefixFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && bytes.EqualFold(b[:len(prefix)], []byte(prefix))
}

// contentLength finds the Content-Length in a head; 0 when there is none. Repeated, it must say the same.
func contentLength(head []byte) (int, error) {
	length := -1
	for line := range bytes.SplitSeq(head, headEnd[:2]) {
		colon := bytes.IndexByte(line, ':')
		if colon < 0 {
			continue
		}
		name := bytes.TrimRight(line[:colon], " \t")
		if !bytes.EqualFold(name, []byte("Content-Length")) && !bytes.EqualFold(name, []byte("l")) {
			continue
		}
		n, err := strconv.ParseUint(string(bytes.Trim(line[colon+1:], " \t")), 10, 31)
		if err != nil || (length >= 0 && length != int(n)) {
			return 0, errLength
		}
		length = int(n)
	}
	return max(0, length), nil
}
