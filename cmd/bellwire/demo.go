// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"bellwire/internal/demo"
)

func (a *app) demoCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show two phones, a private DHT and one real call on this machine; needs no network",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			program, err := os.Executable()
			if err != nil {
				return fmt.Errorf("find the program itself: %w", err)
			}
			if dir == "" {
				if dir, err = os.MkdirTemp("", "bellwire-demo-"); err != nil {
					return fmt.Errorf("make a folder for the demo: %w", err)
				}
			}
			if dir, err = filepath.Abs(dir); err != nil {
				return err
			}
			return demo.Run(cmd.Context(), demo.Config{Program: program, Dir: dir, Out: os.Stdout})
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder for the phones and the recordings; a new one when not given")
	return cmd
}
