package procurement

import (
	"slices"
	"strconv"

	"publica"
	"publica/internal/machine"
)

// cited refuses records that are not on this docket.
func cited(tx *machine.Tx, in publica.DocketID, ids []publica.EntryID) error {
	for i, id := range ids {
		if err := onDocket(tx, in, "body/cites/"+strconv.Itoa(i), id); err != nil {
			return err
		}
	}
	return nil
}

// rests refuses an intent or an award that leaves out the memo which ranks the lot's
// bids: that is what it follows, or says why it does not.
func (l *Lot) rests(cites []publica.EntryID) error {
	if !slices.Contains(cites, l.Memo) {
		return publica.Problem(publica.Invalid, "body/cites", "leave out the memo of the lot that stands, "+l.Memo.String()).WithHint("cite it, whether this follows it or not")
	}
	return nil
}

// judged refuses a rejection before the evaluation that leaves out the bid's result;
// of a bid without one, what opened the bids.
func (s *State) judged(tx *machine.Tx, b *Bid, cites []publica.EntryID) error {
	if s.require(Opened, Compliance, Curing) != nil {
		return nil
	}
	opens := func(id publica.EntryID) bool {
		r, _ := tx.Record(id)
		return r.Kind == "procurement/open-share" || r.Kind == "procurement/reveal"
	}
	switch {
	case !b.Result.IsZero() && !slices.Contains(cites, b.Result):
		return publica.Problem(publica.Invalid, "body/cites", "leave out the bid's result, "+b.Result.String()).WithHint("cite it")
	case b.Result.IsZero() && !slices.ContainsFunc(cites, opens):
		return publica.Problem(publica.Invalid, "body/cites", "name nothing that says how the bid stands").
			WithHint("put its result on record with procurement/compliance-result and cite that; of a bid that nobody can open, cite a share or a reveal")
	}
	return nil
}

// onDocket refuses what is not a record of this docket that counts.
func onDocket(tx *machine.Tx, in publica.DocketID, field string, id publica.EntryID) error {
	r, ok := tx.Record(id)
	switch {
	case !ok || r.Docket != in:
		return publica.Problem(publica.NotFound, field, "is not a record of this tender").WithHint("cite records of this docket by their entry ids")
	case r.Refused:
		return publica.Problem(publica.Invalid, field, "was refused and counts for nothing").WithHint("cite what took effect")
	}
	return nil
}

const maxCites = 100

func checkCites(ids []publica.EntryID) error {
	if len(ids) == 0 {
		return publica.Problem(publica.Invalid, "body/cites", "is missing").WithHint("cite the records that this rests on, by their entry ids")
	}
	return checkIDs("body/cites", ids, maxCites)
}

// checkIDs refuses lists that are too long, and absent and repeated ids.
func checkIDs[ID ~[publica.HashSize]byte](field string, ids []ID, most int) error {
	if len(ids) > most {
		return publica.Problem(publica.TooLarge, field, "has more than "+strconv.Itoa(most))
	}
	seen := make(map[ID]bool, len(ids))
	for i, id := range ids {
		if id == (ID{}) || seen[id] {
			return publica.Problem(publica.Invalid, field+"/"+strconv.Itoa(i), "is absent or stands twice").WithHint("name each once")
		}
		seen[id] = true
	}
	return nil
}

func checkOne(field string, id publica.EntryID) error {
	if id.IsZero() {
		return publica.Problem(publica.Invalid, field, "is missing").WithHint("name the record by its entry id")
	}
	return nil
}
