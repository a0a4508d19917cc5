// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"math"
	"math/rand/v2"
	"time"

	"github.com/tinylib/msgp/msgp"

	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
	"bellwire/internal/msgpack"
)

// An announcement stays in the network for up to ten minutes after its device has left. A device that
// leaves politely therefore puts beside it, under the account's id, a value of user type goneType, signed
// by the device, whose data is {"gone": uint}: its announcements with value ids up to that number are
// void. So that this says what it means, the ids of a device's announcements grow. Jami does not look at
// values under an account's id that the account did not sign, and goes on to wait for the expiry.
const (
	goneType = "bw_gone"
	// goneTime bounds how long a line that closes tries to say so.
	goneTime = 300 * time.Millisecond
	// countBits is how many bits of an announcement's id are random, below the milliseconds.
	countBits = 20
)

// announcementID returns the id of an announcement that is made now: higher than that of any before.
func announcementID(now time.Time) uint64 {
	return uint64(max(0, now.UnixMilli()))<<countBits | rand.Uint64N(1<<countBits)
}

// renewed returns the announcement as a value of its own. The signature does not cover the id.
func renewed(announcement *value.Value) *value.Value {
	v := *announcement
	v.ID = announcementID(time.Now())
	return &v
}

// gone makes the value that voids a device's announcements up to an id.
func gone(device *identity.Device, upTo uint64) (*value.Value, error) {
	data := msgp.AppendMapHeader(nil, 1)
	data = msgp.AppendString(data, "gone")
	data = msgp.AppendUint64(data, upTo)
	return value.Sign(&value.Value{ID: value.NewID(), UserType: goneType, Data: data}, device.Key)
}

// parseGone reads what gone made. The DHT has verified the signature. Everybody can make such a value,
// so it means something to those who know the device already.
func parseGone(v *value.Value) (device identity.DeviceID, upTo uint64, ok bool) {
	if v.UserType != goneType || !v.IsSigned() {
		return device, 0, false
	}
	r := msgpack.NewReader(v.Data)
	for range r.Map() {
		if string(r.Key()) == "gone" {
			upTo, ok = r.Uint(math.MaxUint64), true
		} else {
			r.Skip()
		}
	}
	return identity.DeviceID(v.Owner.KeyID()), upTo, ok && r.Err() == nil
}

// leave says that the device is not reachable any more, if it was announced.
func (l *Line) leave() {
	select {
	case <-l.ready:
	default:
		return
	}
	v, err := gone(l.cfg.Device, l.cfg.Announcement.ID)
	if err != nil {
		l.log.Warn("the end of the line cannot be signed", "error", err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), goneTime)
	defer cancel()
	if err := l.cfg.DHT.Put(ctx, wire.Hash(l.account), v); err != nil {
		l.log.Info("the end of the line was not told; it shows when the announcement expires", "error", err)
	}
}
