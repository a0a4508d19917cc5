// SPDX-License-Identifier: GPL-3.0-or-later

package asterisk

// Extensions that every phone may call. Three groups have more of them: see Refuse, RecordAt and
// ConferenceAt. A phone's own number is its user.
const (
	Echo       = "600" // answers, sends back sound and digits
	ToneAt     = "601" // answers with Tone without end
	StairsAt   = "602" // answers, a second later plays sound.Staircase once, hangs up
	HoldAt     = "603" // answers with HoldTone without end
	Mute       = "604" // answers and sends no packet
	Milliwatt  = "605" // answers with 1004 Hz without end
	EarlyAt    = "610" // 183 with EarlyTone for two seconds, then as ToneAt
	EarlyBusy  = "611" // 183 with EarlyTone for two seconds, then 486
	Rings      = "612" // 180, and never answers
	RingsFirst = "613" // 180, a second later as ToneAt
	Trying     = "614" // 100 and nothing more
	DigitsAt   = "630" // answers, reads digits up to a # or 5 s of pause: event Digits
	DigitsFrom = "631" // answers, sends SentDigits with 120 ms of sound and of pause each, hangs up
	QueueAt    = "650" // answers, rings the members (see PBX.QueueMember); HoldTone while it waits
	Redirects  = "670" // 302 to ToneAt
	Refers     = "671" // answers, a second later REFER to ToneAt: event Transfer
	HangsUp    = "680" // answers, hangs up a second later
	LampAt     = "690" // as ToneAt; its hint is the lamp of PBX.Lamp
)

// What stands before the number of a phone to call it in another way.
const (
	IntercomCallInfo  = "77" // with Call-Info: ...;answer-after=0
	IntercomAlertInfo = "78" // with Alert-Info: ...;info=alert-autoanswer
	PickUp            = "*8" // picks up the call that rings at that phone
)

// SentDigits is what DigitsFrom sends.
const SentDigits = "0123456789*#ABCD"

// Tones in Hz by which a test knows what it hears.
const (
	Tone      = 440
	EarlyTone = 620
	HoldTone  = 523 // heard by whom the far end has put on hold, too
)

// Refuse is the extension that refuses a call with a code of 4xx, 5xx or 6xx.
func Refuse(code string) string { return "9" + code }

// RecordAt is an extension that records the caller as PBX.Recording(n) and plays Tone; n is 0 to 9.
func RecordAt(n int) string { return "62" + string(rune('0'+n)) }

// ConferenceAt is the extension of a conference; n is 0 to 9.
func ConferenceAt(n int) string { return "64" + string(rune('0'+n)) }

// VoicemailOf is the extension that takes a message for the phone 1000 + n; n is 1 to 9.
func VoicemailOf(n int) string { return "66" + string(rune('0'+n)) }
