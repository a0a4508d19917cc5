// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"bellwire/link/ice"
)

// changeTime bounds what a new offer of the far end leads to.
const changeTime = 60 * time.Second

// reoffered answers a new offer of the far end. With ICE lines all media begin anew with the new keys;
// without them the transport stays, and so, whatever the answer says, do the keys in use.
func (c *Call) reoffered(m *message) {
	p := c.line.c.peer
	ctx, cancel := context.WithTimeout(p.ctx, changeTime)
	defer cancel()
	if c.exchange.take(ctx) != nil {
		return
	}
	defer c.exchange.give()
	if c.isOver() {
		return
	}
	offered, err := parseDescription(m.body)
	if err != nil {
		p.complain("a new offer: %v", err)
		c.line.respond(m, "488 Not Acceptable Here", m.get("To"))
		return
	}
	restart := offered.ufrag != ""
	if err := offered.usable(&offered.media[0], restart); err != nil {
		p.complain("a new offer that leads to no sound: %v", err)
	}
	c.far = offered
	var anew *ports
	if restart {
		if anew, err = p.newPorts(ctx, ice.Controlled, 1); err != nil {
			c.line.respond(m, "500 Internal Server Error", m.get("To"))
			return
		}
		c.keep(anew)
	}
	if contact := m.get("Contact"); contact != "" {
		c.contact = uri(contact)
	}
	c.describeAnswer(anew)
	ok := c.line.response(m, "200 OK", m.get("To")).add("Allow", allow).add("Supported", "replaces").
		add("Contact", c.line.contact()).add("User-Agent", c.userAgent()).add("Content-Type", "application/sdp")
	ok.body = c.own.write(true)
	if c.line.send(ok) != nil || !restart {
		return
	}
	if err := c.connect(ctx, anew); err != nil && !c.isOver() {
		p.complain("the sound does not begin anew: %v", err)
	}
}

// describeAnswer makes our description of the far end's: the codecs in common under its payload types,
// and all its media, those we have nothing for refused. Without ports it has no ICE lines.
func (c *Call) describeAnswer(o *ports) {
	c.own.version++
	c.own.ufrag, c.own.pwd = "", ""
	if o != nil {
		c.own.ufrag, c.own.pwd = o.ufrag, o.pwd
	}
	former := c.own.media
	c.own.media = nil
	for i, theirs := range c.far.media {
		s := section{kind: theirs.kind, direction: reversed(theirs.direction), crypto: newCrypto()}
		for _, f := range audioFormats {
			if common, ok := theirs.find(f.codec); ok {
				s.formats = append(s.formats, format{common.pt, f.codec, f.params})
			}
		}
		switch {
		case i > 0 || theirs.port == 0 || len(s.formats) == 0:
			s.formats = theirs.formats
		case i < len(former):
			s.port = former[i].port
		default:
			s.port = randomPort()
		}
		if i == 0 && o != nil {
			s.candidates = o.candidates(0)
		}
		c.own.media = append(c.own.media, s)
	}
}

func reversed(direction string) string {
	switch direction {
	case "sendonly":
		return "recvonly"
	case "recvonly":
		return "sendonly"
	case "inactive":
		return "inactive"
	}
	return "sendrecv"
}

func randomPort() int { return 2 * (8192 + rand.IntN(24000)) }

// describeOffer makes a description of ours. Without ports it has no ICE lines.
func (c *Call) describeOffer(o *ports, video string) {
	c.own.ufrag, c.own.pwd = "", ""
	if o != nil {
		c.own.ufrag, c.own.pwd = o.ufrag, o.pwd
	}
	c.own.media = []section{{kind: "audio", formats: audioFormats, direction: "sendrecv"}}
	if c.setup.Video {
		c.own.media = append(c.own.media, section{kind: "video", formats: videoFormats, direction: video})
	}
	for i := range c.own.media {
		s := &c.own.media[i]
		s.port, s.crypto = randomPort(), newCrypto()
		if o != nil {
			s.candidates = o.candidates(i)
		}
	}
}

// Hold stops all sound and says so, with new keys and without ICE lines where the far end is known to
// take that.
func (c *Call) Hold(ctx context.Context) error {
	c.silence()
	c.mu.Lock()
	c.held = true
	c.mu.Unlock()
	return c.reoffer(ctx, !c.reusesICE(), "sendonly")
}

// Resume takes a held call up again, with a new ICE.
func (c *Call) Resume(ctx context.Context) error {
	c.mu.Lock()
	c.held = false
	c.mu.Unlock()
	return c.reoffer(ctx, true, "sendrecv")
}

// reoffer sends a new offer and brings about what was agreed.
func (c *Call) reoffer(ctx context.Context, restart bool, video string) error {
	if err := c.exchange.take(ctx); err != nil {
		return err
	}
	defer c.exchange.give()
	if c.isOver() {
		return errOver
	}
	var anew *ports
	if restart {
		var err error
		if anew, err = c.line.c.peer.newPorts(ctx, ice.Controlling, c.mediaCount()); err != nil {
			return err
		}
		c.keep(anew)
	}
	c.own.version++
	c.describeOffer(anew, video)
	m := c.offerMessage(c.request("INVITE"), "")
	answer, err := c.line.roundTrip(ctx, m)
	switch {
	case err != nil:
		return err
	case answer.status() != 200:
		c.ackRefusal(m, answer)
		return &Refused{Code: answer.status(), Phrase: answer.start}
	}
	c.ack(answer)
	if c.far, err = parseDescription(answer.body); err != nil {
		return err
	}
	if err := c.far.usable(&c.far.media[0], restart); err != nil {
		return fmt.Errorf("the answer to a new offer: %w", err)
	}
	if (c.far.ufrag != "") != restart {
		return fmt.Errorf("the answer has ICE lines: %v, the offer has: %v", c.far.ufrag != "", restart)
	}
	if !restart {
		return nil
	}
	return c.connect(ctx, anew)
}

func (c *Call) mediaCount() int {
	if c.setup.Video {
		return 2
	}
	return 1
}
