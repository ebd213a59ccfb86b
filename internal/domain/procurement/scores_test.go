package procurement

import (
	"testing"

	"publica"
	"publica/sealed"
)

// TestCommitmentIsItsEvaluators holds that nobody can reveal what another committed to,
// nor anyone what was committed to elsewhere or before.
func TestCommitmentIsItsEvaluators(t *testing.T) {
	c := Scores{Lot: "north", Reasons: sealed.Hash{1}, Salt: "00112233445566778899aabbccddeeff", Scores: []Score{{publica.EntryID{2}, []int64{7}}}}
	seen := map[sealed.Hash]bool{}
	for _, x := range []struct {
		in    publica.DocketID
		round int64
		by    publica.KeyID
	}{{publica.DocketID{1}, 1, publica.KeyID{1}}, {publica.DocketID{2}, 1, publica.KeyID{1}}, {publica.DocketID{1}, 2, publica.KeyID{1}}, {publica.DocketID{1}, 1, publica.KeyID{2}}} {
		hash, err := c.Commitment(x.in, x.round, x.by)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := c.Commitment(x.in, x.round, x.by); again != hash || seen[hash] {
			t.Errorf("the commitment of %v is %s", x, hash)
		}
		seen[hash] = true
	}
}
