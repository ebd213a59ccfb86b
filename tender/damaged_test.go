package tender_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"publica"
	"publica/tender"
)

// TestDamaged reads what is left of a tender when records are missing, stand twice
// or out of order: it is told or refused, and never more than that.
func TestDamaged(t *testing.T) {
	in, content := played(t, "audit")
	chance := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for range 400 {
		bad := *in
		bad.Records = slices.Clone(in.Records)
		for range 1 + chance.IntN(3) {
			i, j := chance.IntN(len(bad.Records)), chance.IntN(len(bad.Records))
			switch chance.IntN(4) {
			case 0:
				bad.Records = slices.Delete(bad.Records, i, i+1)
			case 1:
				bad.Records[i], bad.Records[j] = bad.Records[j], bad.Records[i]
			case 2:
				bad.Records = slices.Insert(bad.Records, i, bad.Records[j])
			default:
				bad.Records[i].Body = bad.Records[j].Body
			}
		}
		p, err := tender.Read(&bad)
		if err == nil {
			_, err = p.Audit(content)
		}
		if err != nil {
			refused++
			if publica.CodeOf(err) == publica.Internal {
				t.Errorf("a refusal without a cause: %v", err)
			}
		}
	}
	if refused < 100 {
		t.Errorf("only %d of 400 were refused", refused)
	}
}
