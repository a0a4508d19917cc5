// SPDX-License-Identifier: GPL-3.0-or-later

package mainline

import (
	"errors"

	"github.com/anacrolix/dht/v2/bep44"
)

// noItems is a store of arbitrary data (BEP 44) that keeps none: we only meet here.
type noItems struct{}

var errNoItems = errors.New("this node keeps no items")

func (noItems) Put(*bep44.Item) error                 { return errNoItems }
func (noItems) Get(bep44.Target) (*bep44.Item, error) { return nil, bep44.ErrItemNotFound }
func (noItems) Del(bep44.Target) error                { return nil }
