// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import "time"

// Times of RFC 3261, table 4. They are T1 and T2 of the RFC, which sipgo's state machines use as well.
const (
	t1              = 500 * time.Millisecond
	t2              = 4 * time.Second
	transactionTime = 64 * t1 // what an exchange may take before it counts as failed
)

// alarm names what a session may be waiting for.
type alarm int

const (
	alarmRepeat  alarm = iota // send our 2xx again (RFC 3261 section 13.3.1.4)
	alarmNoACK                // give up waiting for the ACK of our 2xx
	alarmRefresh              // repeat the provisional response, so that proxies keep waiting (section 13.3.1.1)
	alarmExpires              // the caller's Expires is over
	alarmCancel               // no final response after our CANCEL (section 9.1)
	alarmLinger               // a session that ended stops waiting for the rest of its exchanges
	alarmCount
)

// alarms are the deadlines of one session, on one timer. They belong to its loop.
type alarms struct {
	at    [alarmCount]time.Time // zero: not set
	timer *time.Timer
}

func (a *alarms) set(which alarm, after time.Duration) { a.at[which] = time.Now().Add(after) }

func (a *alarms) stop(which ...alarm) {
	for _, w := range which {
		a.at[w] = time.Time{}
	}
}

// next returns the channel on which the earliest alarm rings; nil when none is set.
func (a *alarms) next() <-chan time.Time {
	var first time.Time
	for _, at := range a.at {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	if first.IsZero() {
		return nil
	}
	if a.timer == nil {
		a.timer = time.NewTimer(time.Until(first))
	} else {
		a.timer.Reset(time.Until(first))
	}
	return a.timer.C
}

// due stops and returns one alarm whose time has come; false when there is none left.
func (a *alarms) due() (alarm, bool) {
	now := time.Now()
	for which, at := range a.at {
		if !at.IsZero() && !at.After(now) {
			a.at[which] = time.Time{}
			return alarm(which), true
		}
	}
	return 0, false
}

func (a *alarms) close() {
	if a.timer != nil {
		a.timer.Stop()
	}
}
