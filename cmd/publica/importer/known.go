package importer

import (
	"iter"

	"publica"
)

// A Changed is a statement whose original was imported before and says something else
// now: the register keeps what was brought first.
type Changed struct {
	Source string          // what the source calls it
	Before publica.EntryID // the earlier import
}

// New takes out of a stage what an earlier import by the same key brought already,
// found among the leaves of a log by its nonce, and says how many of those are the
// same still and which have changed. What the rules refused was not brought.
func (g Signer) New(stage *Stage, leaves iter.Seq2[publica.LogLeaf, error]) (same int, changed []Changed, err error) {
	wanted := make(map[publica.Nonce]bool, len(stage.Submissions))
	entries := make([]*publica.Entry, len(stage.Submissions))
	for i, s := range stage.Submissions {
		if entries[i], err = publica.ParseEntry(s.Signed.Raw); err != nil {
			return 0, nil, err
		}
		wanted[entries[i].Nonce] = true
	}
	brought := map[publica.Nonce][]publica.EntryID{}
	for l, err := range leaves {
		if err != nil {
			return 0, nil, err
		}
		if l.Entry != nil && l.Entry.Author == g.Key.ID() && l.Entry.Docket == g.Docket && l.Leaf.Refused == nil && wanted[l.Entry.Nonce] {
			brought[l.Entry.Nonce] = append(brought[l.Entry.Nonce], l.Leaf.ID())
		}
	}
	left := stage.Submissions[:0:0]
	for i, s := range stage.Submissions {
		before := brought[entries[i].Nonce]
		switch {
		case len(before) == 0:
			left = append(left, s)
		case before[len(before)-1] == s.Signed.ID():
			same++
		default:
			changed = append(changed, Changed{stage.Sources[i], before[len(before)-1]})
		}
	}
	stage.Submissions, stage.Owes = left, len(left)
	return same, changed, nil
}
