package participationview

import (
	"publica/internal/domain/participation"
)

func projectResponse(r *row) error {
	var b participation.Response
	if err := r.Body(&b); err != nil {
		return err
	}
	if err := r.tx.Document(r.Row, "", r.Text("reason")); err != nil {
		return err
	}
	var settled int64
	for _, id := range b.Targets {
		target, err := r.tx.Index(id)
		if err != nil {
			return err
		}
		if err := r.tx.Exec("INSERT INTO response_target (target, response) VALUES (?, ?)", target, r.Index); err != nil {
			return err
		}
		n, err := r.answer("idx = ?", target)
		if err != nil {
			return err
		}
		settled += n
	}
	for _, span := range b.Ranges {
		if err := r.tx.Exec("INSERT INTO response_range (docket, first, last, response) VALUES (?, ?, ?, ?)", r.in, span[0], span[1], r.Index); err != nil {
			return err
		}
		n, err := r.answer("docket = ? AND seq BETWEEN ? AND ?", r.in, span[0], span[1])
		if err != nil {
			return err
		}
		settled += n
	}
	for _, id := range b.Groups {
		group, err := r.tx.Index(id)
		if err != nil {
			return err
		}
		if err := r.tx.Exec("INSERT INTO response_group (grp, response) VALUES (?, ?)", group, r.Index); err != nil {
			return err
		}
		if err := r.tx.Exec("INSERT OR IGNORE INTO response_member (target, response) SELECT idx, ? FROM contribution WHERE grp = ?", r.Index, group); err != nil {
			return err
		}
		n, err := r.answer("grp = ?", group)
		if err != nil {
			return err
		}
		settled += n
	}
	for _, section := range b.Sections {
		if err := r.tx.Exec("INSERT INTO response_section (response, section) VALUES (?, ?)", r.Index, section); err != nil {
			return err
		}
	}
	covers, err := r.covered(&b)
	if err != nil {
		return err
	}
	drafted, prompt := participation.Drafted{}, ""
	if b.Drafted != nil {
		drafted, prompt = *b.Drafted, b.Drafted.Prompt.String()
	}
	if err := r.tx.Exec("INSERT INTO response (idx, docket, outcome, covers, settles, model, prompt) VALUES (?, ?, ?, ?, ?, ?, ?)",
		r.Index, r.in, string(b.Outcome), covers, settled, drafted.Model, prompt); err != nil {
		return err
	}
	if err := r.tx.Exec("UPDATE tally SET responses = responses + 1, open = open - ? WHERE docket = ?", settled, r.in); err != nil {
		return err
	}
	return r.happened(r.Time, 0, 0, 0, settled)
}

// answer marks contributions that have no response yet, and returns how many
// of them were owed one. where is one of the constants above.
func (r *row) answer(where string, args ...any) (int64, error) {
	at := append([]any{r.Index}, args...)
	settled, err := r.tx.Change("UPDATE contribution SET answered = ? WHERE owed = 1 AND answered IS NULL AND "+where, at...)
	if err != nil {
		return 0, err
	}
	return settled, r.tx.Exec("UPDATE contribution SET answered = ? WHERE owed = 0 AND answered IS NULL AND "+where, at...)
}

// covered counts the contributions a response names; one named twice counts
// once.
func (r *row) covered(b *participation.Response) (n int64, err error) {
	_, err = r.tx.One(`SELECT count(*) FROM (
			SELECT target FROM response_target WHERE response = ?1
			UNION SELECT target FROM response_member WHERE response = ?1
			UNION SELECT c.idx FROM response_range g JOIN contribution c ON c.docket = g.docket AND c.seq BETWEEN g.first AND g.last WHERE g.response = ?1)`,
		[]any{r.Index}, &n)
	return n, err
}
