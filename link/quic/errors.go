// SPDX-License-Identifier: GPL-3.0-or-later

package quic

import (
	"context"
	"errors"
	"fmt"

	"github.com/quic-go/quic-go"

	"bellwire/link"
)

// Application error codes with which a connection is closed.
const (
	codeClosed   quic.ApplicationErrorCode = 0
	codeDeclined quic.ApplicationErrorCode = 1
)

// streamClosed is the code with which the rest of a stream is refused.
const streamClosed quic.StreamErrorCode = 0

// errSilent ends a session whose far end is not heard any more.
var errSilent = fmt.Errorf("%w: it has fallen silent", link.ErrUnreachable)

// explain turns quic-go's errors into those of package link.
func explain(err error) error {
	var (
		app       *quic.ApplicationError
		transport *quic.TransportError
		idle      *quic.IdleTimeoutError
		shake     *quic.HandshakeTimeoutError
		stream    *quic.StreamError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &app):
		return explainClose(app)
	case errors.As(err, &transport):
		if transport.ErrorCode.IsCryptoError() {
			return explainAlert(transport)
		}
		return fmt.Errorf("%w: %w", link.ErrClosed, err)
	case errors.As(err, &idle):
		return errSilent
	case errors.As(err, &shake):
		return fmt.Errorf("%w: it fell silent during the handshake", link.ErrUnreachable)
	case errors.As(err, &stream):
		return fmt.Errorf("stream %w", link.ErrClosed)
	}
	return fmt.Errorf("%w: %w", link.ErrClosed, err)
}

func explainClose(err *quic.ApplicationError) error {
	switch {
	case err.Remote && err.ErrorCode == codeDeclined:
		return link.ErrDeclined
	case err.Remote:
		return fmt.Errorf("%w by the far end", link.ErrClosed)
	}
	return link.ErrClosed
}

func explainAlert(err *quic.TransportError) error {
	if err.Remote {
		return fmt.Errorf("%w: the far end does not accept our certificate: %w", link.ErrNotAuthenticated, err)
	}
	return fmt.Errorf("%w: %w", link.ErrNotAuthenticated, err)
}
