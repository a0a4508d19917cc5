// SPDX-License-Identifier: GPL-3.0-or-later

package asterisk

import (
	"bufio"
	"strings"
)

// Field is one line of the manager interface.
type Field struct {
	Name, Value string
}

// Message is an action, an answer or an event of the manager interface.
type Message []Field

// Get returns the value of the first field of that name, or "".
func (m Message) Get(name string) string {
	for _, f := range m {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// All returns the values of the fields of that name.
func (m Message) All(name string) (values []string) {
	for _, f := range m {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

// Event is the name of an event, "" for an answer.
func (m Message) Event() string { return m.Get("Event") }

// String is the message on one line.
func (m Message) String() string {
	parts := make([]string, 0, len(m))
	for _, f := range m {
		parts = append(parts, f.Name+": "+f.Value)
	}
	return strings.Join(parts, ", ")
}

// bytes is the message as it is sent. Values hold no line ends.
func (m Message) bytes() []byte {
	var b strings.Builder
	for _, f := range m {
		b.WriteString(f.Name + ": " + strings.NewReplacer("\r", " ", "\n", " ").Replace(f.Value) + "\r\n")
	}
	b.WriteString("\r\n")
	return []byte(b.String())
}

// readMessage reads lines up to an empty one. A line that has no name belongs to the field before it:
// texts of several lines are written like that.
func readMessage(r *bufio.Reader) (Message, error) {
	var m Message
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			if len(m) > 0 {
				return m, nil
			}
			continue
		}
		name, value, found := strings.Cut(line, ":")
		if !found && len(m) > 0 {
			m[len(m)-1].Value += "\n" + line
			continue
		}
		m = append(m, Field{name, strings.TrimPrefix(value, " ")})
	}
}
