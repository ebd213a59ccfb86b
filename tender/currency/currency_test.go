package currency

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestPublishable holds the list to the closed codelist of OCDS: what is in it can be
// published.
func TestPublishable(t *testing.T) {
	raw, err := os.ReadFile("../../ocds/shape/codelists.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(raw), "\n  currency: ")
	list, _, end := strings.Cut(after, ":")
	if !ok || !end {
		t.Fatal("the codelists of OCDS have no currencies")
	}
	closed, all := strings.Fields(list), strings.Fields(codes)
	for _, code := range all {
		if !slices.Contains(closed, code) {
			t.Errorf("%s cannot be published", code)
		}
	}
	if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Error("the list is not in order")
	}
}

func TestKnown(t *testing.T) {
	for code, want := range map[string]bool{"USD": true, "JPY": true, "ZZZ": false, "usd": false, "D A": false, "DEM": false, "XAU": false, "XXX": false, "": false} {
		if Known(code) != want {
			t.Errorf("%q is a currency: %v", code, !want)
		}
	}
}
