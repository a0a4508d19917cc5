// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxMessage is the longest SIP message that the daemon reads, in bytes.
const maxMessage = 8000

// message is one SIP message with its fields in order.
type message struct {
	start  string
	fields []field
	body   string
}

type field struct{ name, value string }

// readMessage reads one message from a stream.
func readMessage(r *bufio.Reader) (*message, error) {
	m := &message{}
	size := 0
	line := func() (string, error) {
		s, err := r.ReadString('\n')
		if size += len(s); size > maxMessage {
			return "", errors.New("a SIP message that the daemon has no room for")
		}
		return strings.TrimRight(s, "\r\n"), err
	}
	var err error
	for m.start == "" {
		if m.start, err = line(); err != nil {
			return nil, err
		}
	}
	for {
		s, err := line()
		if err != nil {
			return nil, err
		}
		if s == "" {
			break
		}
		name, value, ok := strings.Cut(s, ":")
		if !ok {
			return nil, fmt.Errorf("a field without colon: %q", s)
		}
		m.fields = append(m.fields, field{name, strings.TrimSpace(value)})
	}
	length, err := strconv.Atoi(m.get("Content-Length"))
	if err != nil || length < 0 || size+length >= maxMessage {
		return nil, fmt.Errorf("a Content-Length of %q", m.get("Content-Length"))
	}
	body := make([]byte, length)
	_, err = io.ReadFull(r, body)
	m.body = string(body)
	return m, err
}

// get returns the first field of that name.
func (m *message) get(name string) string {
	for _, f := range m.fields {
		if strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

// add appends a field, unless its value is empty.
func (m *message) add(name, value string) *message {
	if value != "" {
		m.fields = append(m.fields, field{name, value})
	}
	return m
}

// bytes writes the message. The length of a body has five places, as pjsip writes it, and none has two.
func (m *message) bytes() []byte {
	var b strings.Builder
	b.WriteString(m.start + "\r\n")
	for _, f := range m.fields {
		b.WriteString(f.name + ": " + f.value + "\r\n")
	}
	length := " 0"
	if m.body != "" {
		length = fmt.Sprintf("%5d", len(m.body))
	}
	b.WriteString("Content-Length: " + length + "\r\n\r\n" + m.body)
	return []byte(b.String())
}

// method is that of a request; empty for a response.
func (m *message) method() string {
	word, _, _ := strings.Cut(m.start, " ")
	if strings.HasPrefix(word, "SIP/") {
		return ""
	}
	return word
}

// target is the Request-URI.
func (m *message) target() string {
	words := strings.Fields(m.start)
	if len(words) < 2 {
		return ""
	}
	return words[1]
}

// status is that of a response; 0 for a request.
func (m *message) status() int {
	version, rest, _ := strings.Cut(m.start, " ")
	if !strings.HasPrefix(version, "SIP/") {
		return 0
	}
	word, _, _ := strings.Cut(rest, " ")
	code, _ := strconv.Atoi(word)
	return code
}

// cseq returns the number and the method of CSeq.
func (m *message) cseq() (number int, method string) {
	_, _ = fmt.Sscanf(m.get("CSeq"), "%d %s", &number, &method)
	return number, method
}

// parameter returns a parameter behind an address or of a Via, such as tag or branch.
func parameter(value, name string) string {
	if end := strings.LastIndexByte(value, '>'); end >= 0 {
		value = value[end:]
	}
	for part := range strings.SplitSeq(value, ";") {
		if key, v, _ := strings.Cut(strings.TrimSpace(part), "="); strings.EqualFold(key, name) {
			return v
		}
	}
	return ""
}

// uri returns what is inside the angle brackets of an address.
func uri(address string) string {
	if _, after, ok := strings.Cut(address, "<"); ok {
		inside, _, _ := strings.Cut(after, ">")
		return inside
	}
	before, _, _ := strings.Cut(address, ";")
	return strings.TrimSpace(before)
}

// user returns the part of a URI before the @; empty without one.
func user(uri string) string {
	_, after, _ := strings.Cut(uri, ":")
	name, _, ok := strings.Cut(after, "@")
	if !ok {
		return ""
	}
	return name
}
