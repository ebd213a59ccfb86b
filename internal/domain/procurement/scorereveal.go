package procurement

import (
	"encoding/hex"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"slices"
	"strconv"

	"publica"
	"publica/internal/machine"
	"publica/sealed"
)

// ScoreReveal is the body of procurement/score-reveal: what an evaluator committed
// to. Parts: reasons (required), which Reasons is the hash of.
type ScoreReveal struct {
	Commit publica.EntryID `json:"commit"`
	Scores
}

// Scores are what a commitment commits to.
type Scores struct {
	Lot     string      `json:"lot,omitzero"`
	Reasons sealed.Hash `json:"reasons"` // SHA-256 of the part reasons
	Salt    string      `json:"salt"`    // 32 lower-case hexadecimal digits, drawn
	Scores  []Score     `json:"scores"`
}

// Score is what an evaluator gives a bid: points for each criterion of method
// points, in the order of the tender.
type Score struct {
	Bid    publica.EntryID `json:"bid"`
	Points []int64         `json:"points"`
}

const maxScores = 120 // bids of a lot whose scores fit one entry

// Commitment returns what binds an evaluator to the scores: SHA-256 over "publica
// scores v2", a newline, and the canonical JSON (RFC 8785) of the members docket,
// evaluator, lot (absent if there is none), reasons, round, salt and scores. So
// nobody can post another's commitment and reveal what that one reveals.
func (c *Scores) Commitment(in publica.DocketID, round int64, evaluator publica.KeyID) (sealed.Hash, error) {
	raw, err := json.Marshal(struct {
		Docket    publica.DocketID `json:"docket"`
		Evaluator publica.KeyID    `json:"evaluator"`
		Round     int64            `json:"round"`
		Scores
	}{in, evaluator, round, *c})
	if err != nil {
		return sealed.Hash{}, err
	}
	text := jsontext.Value(raw)
	if err := text.Canonicalize(); err != nil {
		return sealed.Hash{}, err
	}
	return digest("publica scores v2", text), nil
}

func checkScoreReveal(e *machine.Entry, b *ScoreReveal) error {
	salt, err := hex.DecodeString(b.Salt)
	switch {
	case err != nil || len(salt) != 16 || hex.EncodeToString(salt) != b.Salt:
		return publica.Problem(publica.Malformed, "body/salt", "is not 32 lower-case hexadecimal digits").WithHint("draw 16 random bytes")
	case b.Reasons == sealed.Hash{}:
		return publica.Problem(publica.Invalid, "body/reasons", "is missing").WithHint("the SHA-256 of the part reasons, as it was committed to")
	case len(b.Scores.Scores) == 0 || len(b.Scores.Scores) > maxScores:
		return publica.Problem(publica.Invalid, "body/scores", "are not of 1 to "+strconv.Itoa(maxScores)+" bids")
	}
	return machine.First(machine.InDocket(e), checkOne("body/commit", b.Commit), machine.CheckParts(e, machine.PartRule{Name: "reasons", Media: machine.Text, Required: true}))
}

func applyScoreReveal(tx *machine.Tx, e *machine.Entry, b *ScoreReveal) error {
	s, t, evaluator, lot, err := scoring(tx, e, b.Lot)
	if err != nil {
		return err
	}
	key := scoreKey(e.Docket, s.Round, lot, evaluator)
	c, ok := commitments.Get(tx, key)
	switch {
	case !ok || c.Entry != b.Commit:
		return publica.Problem(publica.NotFound, "body/commit", "is not your commitment for this lot, in this round").WithHint("name the entry id of your procurement/score-commit")
	case !c.Revealed.IsZero():
		return publica.Problem(publica.Conflict, "body/commit", "is revealed already")
	case !s.Committed:
		return publica.Problem(publica.Early, "docket", "does not have every evaluator's commitment").WithHint("scores are revealed when all are committed to, so that nobody writes to another's")
	case s.Disclosed:
		return publica.Problem(publica.Late, "docket", "takes no more scores in this round: the time to reveal them has run out").WithHint("the tender goes on with those that are revealed; procurement/missed names whose are not")
	}
	if err := s.fits(tx, e.Docket, &t, lot, b); err != nil {
		return err
	}
	hash, err := b.Scores.Commitment(e.Docket, s.Round, e.Author)
	if err != nil {
		return publica.Problem(publica.Malformed, "body", "cannot be hashed") // cannot happen: it was just decoded
	}
	if hash != c.Hash {
		return publica.Problem(publica.Unverified, "body", "is not what was committed to: it hashes to "+hash.String())
	}
	c.Revealed = e.ID
	commitments.Put(tx, key, c)
	s.Lots[lot].Reveals++
	s.awaitScores(tx, e.Docket, e.ID)
	put(tx, e.Docket, s)
	return nil
}

// fits refuses scores that are not of the lot's bids, each with its points.
func (s *State) fits(tx *machine.Tx, in publica.DocketID, t *Publish, lot int, b *ScoreReveal) error {
	criteria, seen := t.points(), make(map[publica.EntryID]bool, len(b.Scores.Scores))
	for i, x := range b.Scores.Scores {
		at := "body/scores/" + strconv.Itoa(i)
		bid, err := aBid(tx, in, at+"/bid", x.Bid)
		switch {
		case err != nil:
			return err
		case bid.Lot != lot || seen[x.Bid]:
			return publica.Problem(publica.Invalid, at+"/bid", "is to another lot, or stands twice").WithHint("score each bid of the lot once")
		case len(x.Points) != len(criteria):
			return publica.Problem(publica.Invalid, at+"/points", "are "+strconv.Itoa(len(x.Points))+", want one for each of the "+strconv.Itoa(len(criteria))+" criteria of method points").WithHint("give points in the order of the tender's criteria")
		}
		for j, n := range x.Points {
			if n < 0 || n > criteria[j].Max {
				return publica.Problem(publica.Invalid, at+"/points/"+strconv.Itoa(j), "is not between 0 and "+strconv.FormatInt(criteria[j].Max, 10))
			}
		}
		seen[x.Bid] = true
	}
	missing := slices.IndexFunc(counted(tx, in, lot), func(b Bid) bool { return b.live() && !seen[b.Entry] })
	if missing >= 0 {
		return publica.Problem(publica.Invalid, "body/scores", "leave out a bid of this lot that is not rejected").WithHint("score every bid of the lot")
	}
	return nil
}
