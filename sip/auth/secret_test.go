// SPDX-License-Identifier: GPL-3.0-or-later

package auth_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"bellwire/sip/auth"
)

func TestSecretsStayHidden(t *testing.T) {
	l := auth.Login{User: "1001", Password: auth.NewSecret("hunter2")}
	c := client(t, l)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "login", l, "password", l.Password, "client", c)
	encoded, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	out := log.String() + string(encoded) + l.Password.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		out += fmt.Sprintf(verb, l) + fmt.Sprintf(verb, &l.Password) + fmt.Sprintf(verb, l.Password) + fmt.Sprintf(verb, c)
	}
	if strings.Contains(out, "hunter2") || strings.Contains(out, fmt.Sprintf("%x", "hunter2")) {
		t.Errorf("the password is in %s", out)
	}
}
