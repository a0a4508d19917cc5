// SPDX-License-Identifier: GPL-3.0-or-later

package jami

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"bellwire/link"
	"bellwire/link/jami/mux"
)

// errSilent ends a session whose far end is not heard any more.
var errSilent = fmt.Errorf("%w: it has fallen silent", link.ErrUnreachable)

// explainHandshake turns the failure of a handshake into an error of package link.
func explainHandshake(err error) error {
	switch {
	case isAlert(err):
		return refusedUs(err)
	case isBroken(err):
		return fmt.Errorf("%w: the connection ended during the handshake: %w", link.ErrUnreachable, err)
	}
	return fmt.Errorf("%w: %w", link.ErrNotAuthenticated, err)
}

func refusedUs(err error) error {
	return fmt.Errorf("%w: the far end does not accept our certificate: %w", link.ErrNotAuthenticated, err)
}

// isAlert reports whether the far end's TLS ended the connection with an alert.
func isAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// isBroken reports whether it was the connection that failed, and not what came over it.
func isBroken(err error) bool {
	var broken net.Error
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) || errors.As(err, &broken)
}

// explain turns what ended a socket or failed on it into an error of package link.
func explain(err error) error {
	var broken net.Error
	switch {
	case err == nil, errors.Is(err, link.ErrUnreachable):
		return err
	case errors.Is(err, mux.ErrEnded):
		return fmt.Errorf("%w by the far end", link.ErrClosed)
	case errors.Is(err, mux.ErrClosed):
		return link.ErrClosed
	case errors.Is(err, mux.ErrRefused), errors.Is(err, mux.ErrDeclined):
		return link.ErrDeclined
	case errors.Is(err, mux.ErrStalled):
		return fmt.Errorf("%w: %w", link.ErrUnreachable, err)
	case errors.Is(err, mux.ErrTooMany):
		return fmt.Errorf("%w: %w", link.ErrBusy, err)
	case errors.Is(err, mux.ErrName):
		return fmt.Errorf("%w: %w", link.ErrName, err)
	case errors.As(err, &broken) && broken.Timeout():
		return errSilent // the kernel's own probes went unanswered
	}
	return fmt.Errorf("%w: %w", link.ErrClosed, err)
}

// streamError leaves the ends net.Conn knows of as they are.
func streamError(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return explain(err)
}
