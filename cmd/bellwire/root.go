// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// version is what the program calls itself; `make build` leaves it as it is.
const version = "0.1.0"

// app is what all commands share: the global flags.
type app struct {
	home    string
	set     []string
	json    bool
	verbose bool
	own     bool // the engine in use is this command's own and ends with it
}

func rootCommand() *cobra.Command {
	a := &app{}
	root := &cobra.Command{
		Use:   "bellwire",
		Short: "A telephone and an office gateway for people who want to own their calls",
		Long: `Bellwire calls people by the hash of a key, without a server in between.

A target is the 40-digit id of an account. Exit codes: 0 done, 1 failed, 2 usage, 3 no such name or
id, 4 unreachable, 5 declined or busy, 6 no answer, 7 not authenticated.`,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.home, "home", defaultHome(), "folder of accounts, contacts, configuration and history")
	flags.StringArrayVar(&a.set, "set", nil, "override a key of the configuration, as KEY=VALUE")
	flags.BoolVar(&a.json, "json", false, "print one event a line as JSON")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "log what happens on standard error")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	group(root)
	root.AddCommand(
		a.accountCommand(),
		a.upCommand(),
		a.callCommand(),
		a.answerCommand(),
		a.callsCommand(),
		a.messageCommand(),
		a.contactCommand(),
		a.historyCommand(),
		a.dhtCommand(),
		a.demoCommand(),
	)
	return root
}

// defaultHome is the folder for data of the XDG base directories.
func defaultHome() string {
	base := os.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(base) {
		user, err := os.UserHomeDir()
		if err != nil {
			return "bellwire"
		}
		base = filepath.Join(user, ".local", "share")
	}
	return filepath.Join(base, "bellwire")
}

// command is how a person runs another command in the same home.
func (a *app) command(words string) string {
	if a.home == defaultHome() {
		return "bellwire " + words
	}
	home, err := filepath.Abs(a.home)
	if err != nil {
		home = a.home
	}
	if strings.ContainsAny(home, " \t'\"\\$&;|<>()*?#~`") {
		home = "'" + strings.ReplaceAll(home, "'", `'\''`) + "'" // as a shell reads it
	}
	return "bellwire --home " + home + " " + words
}

// args wraps cobra's checks of arguments, so that a wrong number of them is a usage error.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if err := check(cmd, given); err != nil {
			return usageError{err}
		}
		return nil
	}
}

// group makes a command that only has others below it: alone it shows its help.
func group(cmd *cobra.Command) {
	cmd.Args = args(cobra.NoArgs)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}

// log is where the parts of the engine report; nothing is shown without -v.
func (a *app) log(level slog.Level) *slog.Logger {
	if !a.verbose {
		level = max(level, slog.LevelError)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}
