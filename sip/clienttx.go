// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"context"
	"errors"
	"fmt"

	sipmsg "github.com/emiago/sipgo/sip"
)

// start sends a request and enters its transaction into the flow's table until it terminates. Whoever starts one
// must read its responses or terminate it: the flow's reader hands them over one by one.
func (f *Flow) start(req *sipmsg.Request) (*sipmsg.ClientTx, error) {
	key := clientKey(branchOf(req), req.Method)
	tx := sipmsg.NewClientTx(key, req, wire{f}, discard)
	f.mu.Lock()
	if f.err != nil {
		f.mu.Unlock()
		return nil, f.err
	}
	f.clients[key] = tx
	f.mu.Unlock()
	tx.OnTerminate(func(key string, _ error) {
		f.mu.Lock()
		delete(f.clients, key)
		f.mu.Unlock()
	})
	if err := tx.Init(); err != nil {
		tx.Terminate()
		return nil, f.sendError(err)
	}
	return tx, nil
}

// sendError keeps of an error that passed through sipgo what is ours.
func (f *Flow) sendError(err error) error {
	for _, ours := range []error{ErrTooLarge, ErrFlooded, ErrClosed, ErrFlowEnded} {
		if errors.Is(err, ours) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrFlowEnded, err)
}

// await returns the final response to a request other than INVITE. It gives up when ended, the end of a session, is
// closed.
func (f *Flow) await(ctx context.Context, tx *sipmsg.ClientTx, ended <-chan struct{}) (*sipmsg.Response, error) {
	defer tx.Terminate()
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
		case <-tx.Done():
			return nil, f.txError(tx)
		case <-f.done:
			return nil, f.Err()
		case <-ended:
			return nil, ErrSessionEnded
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// txError says why a transaction ended without a final response.
func (f *Flow) txError(tx *sipmsg.ClientTx) error {
	if err := f.Err(); err != nil {
		return err
	}
	if err := tx.Err(); errors.Is(err, sipmsg.ErrTransactionTimeout) {
		return ErrTimeout
	}
	return ErrSessionEnded
}
