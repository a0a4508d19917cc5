// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"testing"
	"time"

	"bellwire/media/codec"
	"bellwire/media/path/pathtest"
	"bellwire/media/srtp"
)

// TestTentativeKeys agrees on new keys that the far end may use or not, again and again.
func TestTentativeKeys(t *testing.T) {
	for name, uses := range map[string]bool{"used": true, "not used": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				e := talk(t, setup{path: pathtest.Config{Delay: 50 * time.Millisecond}})
				time.Sleep(2 * time.Second)
				first := e.a.send.ssrc
				for range 3 {
					a, b := streams(codec.PCMA(), srtp.AESCM128SHA1_80)
					a.Tentative, b.Tentative = true, !uses
					if err := e.a.Update(a); err != nil {
						t.Fatal(err)
					}
					if err := e.b.Update(b); err != nil {
						t.Fatal(err)
					}
					time.Sleep(2 * time.Second)
				}
				e.heardA.hears(t, 500*time.Millisecond, 8*time.Second, toneB)
				e.heardB.hears(t, 500*time.Millisecond, 8*time.Second, toneA)
				if changed := e.a.send.ssrc != first; changed != uses {
					t.Errorf("our key changed: %v", changed)
				}
				st := e.a.Stats()
				if st.Refused != 0 || st.Lost != 0 || st.Concealed > 200*time.Millisecond {
					t.Errorf("%+v", st)
				}
				if !uses && st.Concealed != 0 {
					t.Errorf("nothing changed, and %v are made up", st.Concealed)
				}
			})
		})
	}
}

// TestTentativeKeyOfAnother leaves a key that was overtaken out of use, although the far end was heard
// under it.
func TestTentativeKeyOfAnother(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{path: pathtest.Config{Delay: 50 * time.Millisecond}})
		time.Sleep(time.Second)
		a, b := streams(codec.PCMA(), srtp.AESCM128SHA1_80)
		a.Tentative = true
		if err := e.a.Update(a); err != nil {
			t.Fatal(err)
		}
		second := a
		second.LocalKey, second.RemoteKey = srtp.NewKey(srtp.AESCM128SHA1_80), srtp.NewKey(srtp.AESCM128SHA1_80)
		if err := e.a.Update(second); err != nil {
			t.Fatal(err)
		}
		if err := e.b.Update(b); err != nil { // which does not know the second yet
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		b.LocalKey, b.RemoteKey = second.RemoteKey, second.LocalKey
		if err := e.b.Update(b); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if e.a.send.keys.key != second.LocalKey {
			t.Error("the last key is not in use")
		}
		e.heardA.hears(t, 2200*time.Millisecond, 3*time.Second, toneB)
		e.heardB.hears(t, 2300*time.Millisecond, 3*time.Second, toneA)
	})
}

// The far end is heard under its new key the moment before another agreement, which it does not follow.
func TestTentativeKeyThatWasJustHeard(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{path: pathtest.Config{Delay: 50 * time.Millisecond}})
		time.Sleep(time.Second)
		a, b := streams(codec.PCMA(), srtp.AESCM128SHA1_80)
		a.Tentative = true
		if err := e.a.Update(a); err != nil {
			t.Fatal(err)
		}
		if err := e.b.Update(b); err != nil {
			t.Fatal(err)
		}
		for e.a.receive.renewed.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		first := a.LocalKey
		a.LocalKey, a.RemoteKey = srtp.NewKey(srtp.AESCM128SHA1_80), srtp.NewKey(srtp.AESCM128SHA1_80)
		if err := e.a.Update(a); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if e.a.send.keys.key != first {
			t.Error("the far end cannot open what we send")
		}
	})
}

func TestHeard(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{})
		begin := time.Now()
		if since := begin.Sub(e.a.Heard()); since < 0 || since > 20*time.Millisecond {
			t.Errorf("a new session heard something %v ago", since)
		}
		time.Sleep(10 * time.Second)
		if since := time.Since(e.a.Heard()); since > 25*time.Millisecond {
			t.Errorf("in a conversation something was heard %v ago", since)
		}
		silent := e.streamB
		silent.Send = false
		if err := e.b.Update(silent); err != nil {
			t.Fatal(err)
		}
		from := time.Now()
		time.Sleep(30 * time.Second)
		if at := e.a.Heard(); at.Sub(from) < 20*time.Second {
			t.Errorf("reports do not count: heard last after %v", at.Sub(from))
		}
	})
}
