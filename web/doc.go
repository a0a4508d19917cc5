// SPDX-License-Identifier: GPL-3.0-or-later

// Package web is the phone over HTTP: a JSON interface and an event stream for programs on this
// machine, and the client the command line uses. It owns the form of requests and answers; what
// they do is the phone's.
//
//	GET  /v1/info                      the engine: version, accounts, network
//	GET  /v1/accounts/{id}/ready       answers when the account can be called
//	GET  /v1/events                    the stream of events, one JSON object a line
//	GET  /v1/calls                     calls that are not over
//	POST /v1/calls                     place a call; an attached one ends with the connection
//	POST /v1/calls/{id}/{what}         answer, decline, hangup, hold, resume, mute, unmute, keys
//	POST /v1/texts                     keep a text and send it; events tell what becomes of it
//	GET  /v1/contacts?account={id}     everybody an account knows
//	POST /v1/contacts                  ask somebody to become a contact
//	POST /v1/contacts/{id}/{what}      accept, decline, block, remove
//	GET  /v1/history                   calls and texts of the past, the latest first
//
// An event has "event", "time" and what phone.Event names for its kind: "call" (a call changed its state),
// "digit" (a key of the far end), "text" (one arrived, or one of ours is waiting, delivered or failed)
// and "contact" (somebody's standing, presence or name changed).
//
// An error is {"error": SENTENCE, "reason": WORDS} with a fitting status.
//
// The server does not authenticate: whoever can connect may use the phone. It is served on a Unix
// socket that only its owner can open.
package web
