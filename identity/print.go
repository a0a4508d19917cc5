// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"fmt"
	"io"
	"log/slog"
)

// What holds secrets says its name for every verb of package fmt and in logs, and nothing else.

// Format writes String, whatever the verb.
func (k PrivateKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// String names the key without its secret parts.
func (k PrivateKey) String() string { return fmt.Sprintf("private key of %v", k.public) }

// LogValue is the short form of the key id.
func (k PrivateKey) LogValue() slog.Value { return k.public.LogValue() }

// Format writes String, whatever the verb.
func (a Account) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.String()) }

// String names the account without its secrets.
func (a Account) String() string { return "account " + a.ID().String() }

// LogValue is the short form of the account id.
func (a Account) LogValue() slog.Value { return a.ID().LogValue() }

// Format writes String, whatever the verb.
func (d Device) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.String()) }

// String names the device without its secrets.
func (d Device) String() string {
	return fmt.Sprintf("device %s of account %s", d.Chain.DeviceID(), d.Chain.AccountID())
}

// LogValue shows the short ids of the account and the device.
func (d Device) LogValue() slog.Value { return d.Chain.LogValue() }

// Format writes String, whatever the verb.
func (a Archive) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.String()) }

// String names the account of the archive without its secrets.
func (a Archive) String() string { return "archive of " + a.Account.String() }

// LogValue is the short form of the account id.
func (a Archive) LogValue() slog.Value { return a.Account.LogValue() }
