// SPDX-License-Identifier: GPL-3.0-or-later

package sip

// Message is an incoming MESSAGE outside of a dialog.
type Message struct {
	From, To    Address
	ContentType string
	Body        []byte
}

// Flow returns the flow it came over; its Tag is the proved sender.
func (m *Message) Flow() *Flow { return nil }

// Header returns the values of a header field in order.
func (m *Message) Header(name string) []string { return nil }

// Accept answers 200.
func (m *Message) Accept() error { return nil }

// Reject answers with a status from 300 to 699.
func (m *Message) Reject(code int, phrase string) error { return nil }
