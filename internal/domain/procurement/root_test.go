package procurement

import (
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"publica"
	"publica/sealed"
)

// TestRoot holds the tree of bids to that of the log's own library.
func TestRoot(t *testing.T) {
	var ids []publica.EntryID
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(at []int64) (all []tlog.Hash, err error) {
		for _, i := range at {
			all = append(all, stored[i])
		}
		return all, nil
	})
	for n := range 40 {
		want, err := tlog.TreeHash(int64(n), read)
		if err != nil {
			t.Fatal(err)
		}
		if got := rootOf(ids); n > 0 && got != sealed.Hash(want) {
			t.Errorf("%d bids: %s, want %s", n, got, sealed.Hash(want))
		}
		id := publica.EntryID{byte(n), 1}
		hashes, err := tlog.StoredHashes(int64(n), id[:], read)
		if err != nil {
			t.Fatal(err)
		}
		ids, stored = append(ids, id), append(stored, hashes...)
	}
}
