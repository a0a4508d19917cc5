// SPDX-License-Identifier: GPL-3.0-or-later

package recent

import (
	"slices"
	"testing"
)

func TestSet(t *testing.T) {
	s := New[int](3)
	for i, step := range []struct {
		name  int
		fresh bool
		left  []int
	}{
		{1, true, []int{1}},
		{2, true, []int{1, 2}},
		{1, false, []int{1, 2}},
		{3, true, []int{1, 2, 3}},
		{4, true, []int{2, 3, 4}},
		{1, true, []int{3, 4, 1}},
		{3, false, []int{3, 4, 1}},
	} {
		if got := s.Add(step.name); got != step.fresh {
			t.Errorf("step %d: adding %d says %v", i, step.name, got)
		}
		if got := s.Names(); !slices.Equal(got, step.left) || s.Len() != len(step.left) || len(s.names) != len(step.left) {
			t.Errorf("step %d: %v is remembered, want %v", i, got, step.left)
		}
	}
}
