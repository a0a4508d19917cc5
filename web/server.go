// SPDX-License-Identifier: GPL-3.0-or-later

package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"bellwire/call"
	"bellwire/phone"
)

const (
	maxBody       = 64 << 10 // bytes of a request
	headerTimeout = 5 * time.Second
	// inCallTimeout bounds what waits for the far end of a call: a re-INVITE is answered within
	// 32 s (RFC 3261 section 17.1.1.2) and keys take 200 ms each.
	inCallTimeout = 40 * time.Second
	// contactTimeout bounds a change of the book: what has to travel does so later.
	contactTimeout = 20 * time.Second
)

// Config is what the server shows and does.
type Config struct {
	Phone *phone.Phone
	Info  func() Info
	Log   *slog.Logger // nil discards
}

// Server serves the interface. Handler is safe for concurrent use.
type Server struct {
	cfg  Config
	http *http.Server
	ctx  context.Context // ends event streams
	stop context.CancelFunc
}

// NewServer returns a server that serves nothing yet.
func NewServer(cfg Config) *Server {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{cfg: cfg}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: headerTimeout,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelInfo),
	}
	return s
}

// Serve answers requests on the listener until Close. It may be called for several listeners.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close ends event streams, lets requests under way finish within two seconds and closes the
// listeners.
func (s *Server) Close() error {
	s.stop()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		return s.http.Close()
	}
	return nil
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/info", func(w http.ResponseWriter, _ *http.Request) { reply(w, s.cfg.Info()) })
	mux.HandleFunc("GET /v1/accounts/{id}/ready", s.ready)
	mux.HandleFunc("GET /v1/events", s.events)
	mux.HandleFunc("GET /v1/calls", s.calls)
	mux.HandleFunc("POST /v1/calls", s.place)
	mux.HandleFunc("POST /v1/calls/{id}/answer", s.inCall(answer))
	mux.HandleFunc("POST /v1/calls/{id}/decline", s.inCall(decline))
	mux.HandleFunc("POST /v1/calls/{id}/hangup", s.inCall(hangup))
	mux.HandleFunc("POST /v1/calls/{id}/hold", s.inCall(hold))
	mux.HandleFunc("POST /v1/calls/{id}/resume", s.inCall(resume))
	mux.HandleFunc("POST /v1/calls/{id}/mute", s.inCall(mute))
	mux.HandleFunc("POST /v1/calls/{id}/unmute", s.inCall(unmute))
	mux.HandleFunc("POST /v1/calls/{id}/keys", s.inCall(keys))
	mux.HandleFunc("POST /v1/texts", s.text)
	mux.HandleFunc("GET /v1/contacts", s.contacts)
	mux.HandleFunc("POST /v1/contacts", s.addContact)
	mux.HandleFunc("POST /v1/contacts/{id}/accept", s.changeContact((*phone.Phone).AcceptContact))
	mux.HandleFunc("POST /v1/contacts/{id}/decline", s.changeContact((*phone.Phone).DeclineContact))
	mux.HandleFunc("POST /v1/contacts/{id}/block", s.changeContact((*phone.Phone).BlockContact))
	mux.HandleFunc("POST /v1/contacts/{id}/remove", s.changeContact((*phone.Phone).RemoveContact))
	mux.HandleFunc("GET /v1/history", s.history)
	return mux
}

// ready answers when the account can be called.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if err := s.cfg.Phone.Ready(r.Context(), r.PathValue("id")); err != nil {
		fail(w, err)
		return
	}
	reply(w, struct{}{})
}

func (s *Server) calls(w http.ResponseWriter, _ *http.Request) {
	infos := []phone.Info{}
	for _, c := range s.cfg.Phone.Calls() {
		infos = append(infos, c.Info())
	}
	reply(w, infos)
}

func (s *Server) place(w http.ResponseWriter, r *http.Request) {
	var in Place
	if !read(w, r, &in) {
		return
	}
	c, err := s.cfg.Phone.Place(in.Account, in.Target, in.Options)
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, c.Info())
	if in.Attached {
		s.attend(w, r, c)
	}
}

// attend keeps an answer open until its call is over, and ends the call when the client goes away first.
func (s *Server) attend(w http.ResponseWriter, r *http.Request, c *phone.Call) {
	if http.NewResponseController(w).Flush() != nil {
		c.Hangup()
		return
	}
	select {
	case <-c.Over():
	case <-r.Context().Done():
		c.Hangup()
	}
}

func (s *Server) text(w http.ResponseWriter, r *http.Request) {
	var in Text
	if !read(w, r, &in) {
		return
	}
	id, err := s.cfg.Phone.SendText(in.Account, in.Target, in.Text)
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, Kept{Message: id})
}

func (s *Server) history(w http.ResponseWriter, _ *http.Request) {
	entries, err := s.cfg.Phone.History()
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, entries)
}

// read decodes a JSON body; when it cannot, the client has been told.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		write(w, http.StatusBadRequest, failure{Error: "the request is not the JSON expected here: " + err.Error()})
		return false
	}
	return true
}

func reply(w http.ResponseWriter, v any) { write(w, http.StatusOK, v) }

func fail(w http.ResponseWriter, err error) {
	status := http.StatusUnprocessableEntity
	body := failure{Error: err.Error()}
	var e *call.Error
	switch {
	case errors.Is(err, phone.ErrNoCall), errors.Is(err, phone.ErrNoLine), errors.Is(err, phone.ErrNoAccount):
		status, body.Reason = http.StatusNotFound, call.NotFound.String()
	case errors.As(err, &e):
		status, body.Reason = http.StatusBadGateway, e.Reason.String()
		if e.Err != nil {
			body.Error = e.Err.Error() // the reason stands beside it
		}
	}
	write(w, status, body)
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // a client that went away needs no answer
}
