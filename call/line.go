// SPDX-License-Identifier: GPL-3.0-or-later

package call

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"bellwire/media/audio"
	"bellwire/media/path"
	"bellwire/media/sdp"
)

// Line is an account seen as a telephone line.
type Line interface {
	// ID names the account: 40 hexadecimal digits, or a SIP address.
	ID() string
	// Kind is "p2p" or "pbx".
	Kind() string
	// Dial calls a target in the form the line understands and returns the leg once somebody
	// answered. Ending the context gives the call up politely. Errors are *Error.
	Dial(ctx context.Context, target string, setup Setup) (*Leg, error)
	// Ready returns when the line can be called: it is announced, or registered.
	Ready(ctx context.Context) error
	// Accept returns the next incoming call. It fails when the context or the line ends.
	Accept(ctx context.Context) (*Incoming, error)
}

// Texter is a Line that carries texts outside of calls.
type Texter interface {
	// SendText returns nil when at least one device of the target has taken the text; its From is
	// ignored. A text that is sent again keeps its ID, so that nobody is shown it twice. Errors are
	// *Error where the far end or the way to it is the cause.
	SendText(ctx context.Context, target string, t Text) error
	// Texts returns the texts that arrive, each once.
	Texts() <-chan Text
}

// Text is a message outside of a call.
type Text struct {
	ID   uint64 // random, chosen by the sender; never 0
	From Party
	Body string
}

// MediaPath is what a line gives a leg for its packets: the path itself, and the lines of SDP by
// which the two ends find each other on it.
type MediaPath interface {
	path.Path
	// SSRC is the synchronisation source of what we send, as Describe announces it; 0 when it
	// announces none.
	SSRC() uint32
	// Describe adds to a description of ours what the far end needs to reach this path. offer is what
	// the far end offers, where ours is the answer, and nil where ours is the offer.
	Describe(ctx context.Context, l *sdp.Local, offer *sdp.Agreement) error
	// Connect takes what was agreed with the far end and returns when packets can flow, within the
	// context. A repeated Connect follows a new offer or answer; packets go on as they did until it
	// returns. Several may wait at the same time. Close ends them.
	Connect(ctx context.Context, a *sdp.Agreement) error
}

// Ground is what a line gives each leg to stand on, whether it is placed or taken.
type Ground struct {
	Peer  Party
	Path  MediaPath // owned by the leg from here on
	Terms Terms
	Log   *slog.Logger // nil discards
	// Probe asks the far end for a sign of life, within the context. A leg that hears nothing asks for
	// one again and again, and ends when none comes; nil lets it be silent for ever.
	Probe func(ctx context.Context) error
	// Text takes a text that arrived inside the call; false says that there is no room for it now. nil
	// takes none.
	Text func(body string) bool
	// Spawn runs work on a goroutine that the line waits for when it closes. It is false, and nothing
	// is run, once the line is closed.
	Spawn func(work func()) bool
}

// Party is who is at the other end of a leg.
type Party struct {
	// ID is the proved identity: an account id, or the SIP address a PBX vouches for.
	ID string
	// Device tells devices of one account apart; empty where there is no such thing.
	Device string
	// Name is what the far end calls itself. It proves nothing.
	Name string
}

// Setup is what the one who places or answers a call gives with it.
type Setup struct {
	Source audio.Source // what is sent; nil is silence
	Sink   audio.Sink   // what is heard goes there; nil discards it
	// Name is how we call ourselves; empty shows nothing.
	Name string
	// Progress is told each state of an outgoing call before it is established, in order and one at a
	// time; it must return soon. nil tells nobody.
	Progress func(State)
}

// State is where a call is in its life.
type State int

// The states of a call in the order a call passes them.
const (
	Resolving   State = iota // looking for the devices of the target
	Connecting               // opening a connection to them
	Trying                   // the INVITE was sent
	Ringing                  // somebody is being alerted
	Early                    // sound before the answer
	Established              // answered
	Held                     // either side holds the call
	Ended
)

var stateNames = [...]string{"resolving", "connecting", "trying", "ringing", "early", "established", "held", "ended"}

// String returns the name of the state as it stands in events.
func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return "unknown"
	}
	return stateNames[s]
}

// MarshalText returns the name of the state.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *State) UnmarshalText(text []byte) error {
	i := slices.Index(stateNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("%q is no state of a call", text)
	}
	*s = State(i)
	return nil
}
