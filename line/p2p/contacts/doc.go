// SPDX-License-Identifier: GPL-3.0-or-later

// Package contacts owns the book of one account: whom it knows, how the two stand with one another, and
// whom it lets connect. The book is durable state and nothing else: it sends nothing and hears nothing.
//
//	stranger ── Add ──▶ requested ── Confirm, Request ──▶ confirmed
//	stranger ── Request ──▶ asking ── Accept, Add ──▶ confirmed
//	asking ── Decline ──▶ stranger      any ── Block ──▶ blocked      any ── Remove ──▶ stranger
//
// Add, Accept, Decline, Block and Remove are what the user does, Request and Confirm what arrives from
// the other account. Each is on the disk when it returns.
//
// Those who are contacts or blocked stand in the archive of the account, too, and come with it, see
// [List].
//
// A request that was declined is met again: the network keeps it for a while, and the one who asks sends
// it again and again. So the book remembers strangers whose request it has dealt with, see
// [Book.Request].
package contacts
