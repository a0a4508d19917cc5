// SPDX-License-Identifier: GPL-3.0-or-later

package ice_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"bellwire/link/ice"
)

// Whoever has the password of an offer can answer it.
func TestPasswordsAreNotLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		nets := world(t, 0, []string{"10.0.0.1"})
		ufrag, pwd := ice.Credentials()
		peerUfrag, peerPwd := ice.AnswerCredentials(pwd)
		a, err := ice.Gather(t.Context(), ice.Config{
			Net: nets[0],
			Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		}, ice.Controlling, ufrag, pwd)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Start(peerUfrag, peerPwd); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		a.Close()
		text := log.String()
		if strings.Contains(text, pwd) || strings.Contains(text, peerPwd) {
			t.Errorf("a password is logged: %s", text)
		}
		if !strings.Contains(text, "ice agent") {
			t.Error("nothing is logged")
		}
	})
}
