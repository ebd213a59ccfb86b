package grouping

import (
	"cmp"
	"slices"
)

// A Window says how many texts came within a stretch of time.
type Window struct {
	Start int64 // milliseconds since 1970, a multiple of the width
	Count int
}

// Count returns how many of the times (milliseconds since 1970) fall into each
// window of the width (milliseconds), in order. Windows of none are left out.
func Count(times []int64, width int64) (windows []Window) {
	starts := make([]int64, len(times))
	for i, t := range times {
		starts[i] = t - ((t%width)+width)%width
	}
	slices.Sort(starts)
	for _, s := range starts {
		if n := len(windows); n > 0 && windows[n-1].Start == s {
			windows[n-1].Count++
		} else {
			windows = append(windows, Window{s, 1})
		}
	}
	return windows
}

// Highest returns the n windows with the most texts, the earlier first where
// they are equal.
func Highest(windows []Window, n int) []Window {
	top := slices.SortedFunc(slices.Values(windows), func(a, b Window) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Start, b.Start))
	})
	return top[:min(n, len(top))]
}
