// SPDX-License-Identifier: GPL-3.0-or-later

package ice

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/pion/logging"
)

// logs makes pion's loggers write to slog, all at debug level: what pion warns of, such as a checked
// address that does not answer, is the daily life of ICE. What it says about passwords is left out.
type logs struct{ to *slog.Logger }

// NewLogger implements logging.LoggerFactory.
func (l logs) NewLogger(scope string) logging.LeveledLogger {
	return leveled{l.to.With("scope", scope)}
}

type leveled struct{ to *slog.Logger }

func (l leveled) text(format string, args ...any) {
	if l.to.Enabled(context.Background(), slog.LevelDebug) && !strings.Contains(strings.ToLower(format), "pwd") {
		l.to.Debug("ice agent", "text", fmt.Sprintf(format, args...))
	}
}

func (l leveled) Trace(string)              {}
func (l leveled) Tracef(string, ...any)     {}
func (l leveled) Debug(s string)            { l.text("%s", s) }
func (l leveled) Debugf(f string, a ...any) { l.text(f, a...) }
func (l leveled) Info(s string)             { l.text("%s", s) }
func (l leveled) Infof(f string, a ...any)  { l.text(f, a...) }
func (l leveled) Warn(s string)             { l.text("%s", s) }
func (l leveled) Warnf(f string, a ...any)  { l.text(f, a...) }
func (l leveled) Error(s string)            { l.text("%s", s) }
func (l leveled) Errorf(f string, a ...any) { l.text(f, a...) }
