// SPDX-License-Identifier: GPL-3.0-or-later

package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/url"

	"bellwire/call"
	"bellwire/phone"
)

// Client speaks to a Server.
type Client struct{ http http.Client }

// NewClient returns a client whose connections dial makes.
func NewClient(dial func(ctx context.Context) (net.Conn, error)) *Client {
	return &Client{http: http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}}}
}

// Close drops the connections that are not in use.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Error is a request that the engine could not do.
type Error struct {
	Sentence string
	Reason   string // the words of a call.Reason; empty where no peer is to blame
}

func (e *Error) Error() string { return e.Sentence }

// Info describes the engine.
func (c *Client) Info(ctx context.Context) (info Info, err error) {
	err = c.do(ctx, http.MethodGet, "/v1/info", nil, &info)
	return info, err
}

// Ready returns when the account can be called.
func (c *Client) Ready(ctx context.Context, account string) error {
	return c.do(ctx, http.MethodGet, "/v1/accounts/"+url.PathEscape(account)+"/ready", nil, &struct{}{})
}

// Place asks for a call and returns it as it began. An attached one is hung up by detach, and when this
// process dies; of others detach does nothing.
func (c *Client) Place(ctx context.Context, p Place) (info phone.Info, detach func(), err error) {
	response, err := c.send(ctx, http.MethodPost, "/v1/calls", p)
	if err != nil {
		return info, nil, err
	}
	if err := json.NewDecoder(response.Body).Decode(&info); err != nil {
		response.Body.Close()
		return info, nil, fmt.Errorf("read the engine's answer to /v1/calls: %w", err)
	}
	return info, func() { response.Body.Close() }, nil
}

// Calls returns the calls that are not over.
func (c *Client) Calls(ctx context.Context) (infos []phone.Info, err error) {
	err = c.do(ctx, http.MethodGet, "/v1/calls", nil, &infos)
	return infos, err
}

// Act does something with a call: answer with phone.Options, decline with Decline, keys with Keys,
// and hangup, hold, resume, mute and unmute with nil.
func (c *Client) Act(ctx context.Context, id, what string, body any) error {
	return c.do(ctx, http.MethodPost, "/v1/calls/"+url.PathEscape(id)+"/"+what, body, &phone.Info{})
}

// Text has a text sent and returns its id once it is kept; events tell what becomes of it.
func (c *Client) Text(ctx context.Context, t Text) (id string, err error) {
	var kept Kept
	err = c.do(ctx, http.MethodPost, "/v1/texts", t, &kept)
	return kept.Message, err
}

// Contacts returns everybody an account knows.
func (c *Client) Contacts(ctx context.Context, account string) (all []call.Contact, err error) {
	err = c.do(ctx, http.MethodGet, "/v1/contacts?account="+url.QueryEscape(account), nil, &all)
	return all, err
}

// AddContact asks somebody to become a contact and returns where the two stand then.
func (c *Client) AddContact(ctx context.Context, a AddContact) (now call.Contact, err error) {
	err = c.do(ctx, http.MethodPost, "/v1/contacts", a, &now)
	return now, err
}

// ChangeContact does accept, decline, block or remove with somebody and returns where the two stand then.
func (c *Client) ChangeContact(ctx context.Context, account, id, what string) (now call.Contact, err error) {
	err = c.do(ctx, http.MethodPost, "/v1/contacts/"+url.PathEscape(id)+"/"+what, ChangeContact{account}, &now)
	return now, err
}

// History returns the past, the latest first.
func (c *Client) History(ctx context.Context) (entries []phone.Entry, err error) {
	err = c.do(ctx, http.MethodGet, "/v1/history", nil, &entries)
	return entries, err
}

// Events opens the event stream. When it returns, no later event will be missed; the stream then
// yields events until the context or the engine ends, with an error as the last element.
func (c *Client) Events(ctx context.Context) (iter.Seq2[phone.Event, error], error) {
	response, err := c.send(ctx, http.MethodGet, "/v1/events", nil)
	if err != nil {
		return nil, err
	}
	return func(yield func(phone.Event, error) bool) {
		defer response.Body.Close()
		lines := json.NewDecoder(response.Body)
		for {
			var e phone.Event
			if err := lines.Decode(&e); err != nil {
				if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
					err = errors.New("the engine ended the stream of events")
				}
				yield(e, err)
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}, nil
}

func (c *Client) do(ctx context.Context, method, path string, body, into any) error {
	response, err := c.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("read the engine's answer to %s: %w", path, err)
	}
	return nil
}

// send makes a request; an answer other than 200 becomes an *Error.
func (c *Client) send(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("write the request %s: %w", path, err)
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://engine"+path, content)
	if err != nil {
		return nil, fmt.Errorf("write the request %s: %w", path, err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the engine: %w", err)
	}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	defer response.Body.Close()
	var f failure
	if err := json.NewDecoder(io.LimitReader(response.Body, maxBody)).Decode(&f); err != nil || f.Error == "" {
		f.Error = "the engine answered " + response.Status
	}
	return nil, &Error{Sentence: f.Error, Reason: f.Reason}
}
