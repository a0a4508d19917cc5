// SPDX-License-Identifier: GPL-3.0-or-later

// Package jami is the carrier towards Jami: streams of a multiplexed socket inside TLS 1.3 over ICE-TCP.
//
//	link/icetcp      one TCP connection, found by ICE
//	crypto/tls       both ends show their chain: device, account, authority; no ALPN, no server name
//	link/jami/mux    streams by name
//
// The roles are Jami's: the requester of a connection is ICE-controlled, TLS server, and numbers its
// streams from 32768; the requested end is ICE-controlling, TLS client, and numbers them from 1.
//
// In TLS 1.3 the server has seen the client's proof when its handshake ends; the client has seen the
// server's, but not yet whether its own is accepted. So a refusal shows as the end of the session, with
// ErrNotAuthenticated, at the requested end.
//
// A link without traffic costs one beacon and its answer in half a minute. Calls negotiate a path for
// their packets of their own: the link has none.
package jami
