package trustee

import (
	"bytes"
	"strings"
	"testing"

	"publica"
	"publica/tender"
)

// What no one has verified yet is held only as long as there is room for it.
func TestCollectHoldsNoMoreThanThereIsRoomFor(t *testing.T) {
	leaf := `{"height":1,"system":{"body":{},"docket":"` + strings.Repeat("ab", 32) + `","kind":"procurement/closed"},"time":"2026-01-01T00:00:00.000Z"}`
	text := "{}\n" + strings.Repeat(`{"leaf":`+leaf+`,"position":1}`+"\n", 3)
	three := int64(3 * len(leaf))
	for _, c := range []struct {
		name string
		left room
		want publica.Code
	}{
		{"as many as there is room for", room{three, 3}, ""},
		{"a byte too many", room{three - 1, 3}, publica.TooLarge},
		{"a record too many", room{three, 2}, publica.TooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got tender.Collector
			err := collect(bytes.NewBufferString(text), &got, c.left)
			if publica.CodeOf(err) != c.want || c.want == "" && len(got.Records) != 3 || c.want != "" && len(got.Records) != 2 {
				t.Errorf("%d records and %v", len(got.Records), err)
			}
		})
	}
}
