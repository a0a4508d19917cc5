// SPDX-License-Identifier: GPL-3.0-or-later

package web

import (
	"context"
	"net/http"

	"bellwire/call"
	"bellwire/phone"
)

func (s *Server) contacts(w http.ResponseWriter, r *http.Request) {
	all, err := s.cfg.Phone.Contacts(r.URL.Query().Get("account"))
	if err != nil {
		fail(w, err)
		return
	}
	if all == nil {
		all = []call.Contact{}
	}
	reply(w, all)
}

func (s *Server) addContact(w http.ResponseWriter, r *http.Request) {
	var in AddContact
	if !read(w, r, &in) {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), contactTimeout)
	defer cancel()
	now, err := s.cfg.Phone.AddContact(ctx, in.Account, in.Target, in.Name)
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, now)
}

// changeContact does one thing with the contact in the path.
func (s *Server) changeContact(do func(p *phone.Phone, ctx context.Context, account, id string) (call.Contact, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in ChangeContact
		if !read(w, r, &in) {
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), contactTimeout)
		defer cancel()
		now, err := do(s.cfg.Phone, ctx, in.Account, r.PathValue("id"))
		if err != nil {
			fail(w, err)
			return
		}
		reply(w, now)
	}
}
