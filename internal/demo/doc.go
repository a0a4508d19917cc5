// SPDX-License-Identifier: GPL-3.0-or-later

// Package demo shows the whole of Bellwire on one machine: it runs the program itself as a private
// DHT of eight nodes and two phones, lets one call the other by its id, and checks the sound that
// arrived. It owns the scenario and its summary; everything in it is done through the command line.
package demo
