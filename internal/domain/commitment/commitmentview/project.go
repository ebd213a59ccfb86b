// Package commitmentview shows what public bodies promised: a board of every
// promise and how it stands, a page for each with its progress, its rewordings
// and its reviews, and the desks of those who report on it and review it.
//
// It must not judge: how a promise stands is told by package ogp from the
// records alone, so that anyone with an export comes to the same.
package commitmentview

import (
	"context"
	_ "embed"
	"encoding/json/v2"
	"fmt"
	"slices"
	"strings"

	"publica"
	"publica/internal/domain/docket/docketview"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ogp"
)

//go:embed tables.sql
var schema string

// View returns the tables of commitments. It stands after those of identity,
// docket and participation, whose tables it reads.
func View() readmodel.View {
	return readmodel.View{Name: "commitment", Schema: schema, Project: project}
}

// aRecord is what the bodies of records about a commitment have between them.
type aRecord struct {
	Commitment publica.EntryID   `json:"commitment"`
	Review     publica.EntryID   `json:"review"`
	Follows    []publica.EntryID `json:"follows"`
	Next       publica.EntryID   `json:"next"`
	Name       string            `json:"name"`
}

func project(_ context.Context, tx *readmodel.Tx, r *readmodel.Row) error {
	if !slices.Contains(ogp.PromiseKinds, r.Kind()) {
		return nil
	}
	var b aRecord
	if err := r.Body(&b); err != nil {
		return err
	}
	in, err := tx.DocketIndex(r.Docket)
	if err != nil {
		return err
	}
	of, err := commitmentOf(tx, r, &b)
	if err != nil {
		return err
	}
	if r.Kind() == "commitment/adopt" {
		if err := docketview.CountPage(tx, in, "/commitments", web.Msg("Commitments")); err != nil {
			return err
		}
		if err := tx.Exec("INSERT INTO commitment (idx, docket, name) VALUES (?, ?, ?)", r.Index, in, b.Name); err != nil {
			return err
		}
	}
	parts, err := json.Marshal(ogp.PartsOf(r.Entry))
	if err != nil {
		return fmt.Errorf("encode names of parts: %w", err)
	}
	if err := tx.Exec("INSERT INTO commitment_record (idx, docket, commitment, body, parts) VALUES (?, ?, ?, ?, ?)", r.Index, in, of, []byte(r.Entry.Body), string(parts)); err != nil {
		return err
	}
	for _, id := range b.Follows {
		if err := link(tx, of, id, "follows"); err != nil {
			return err
		}
	}
	if !b.Next.IsZero() {
		if err := link(tx, of, b.Next, "next"); err != nil {
			return err
		}
	}
	return projectTexts(tx, r)
}

func link(tx *readmodel.Tx, of int64, to publica.EntryID, how string) error {
	return tx.Exec("INSERT OR IGNORE INTO commitment_link (commitment, target, how) VALUES (?, ?, ?)", of, to, how)
}

// commitmentOf returns the log index of the commitment that a record is about.
func commitmentOf(tx *readmodel.Tx, r *readmodel.Row, b *aRecord) (of int64, err error) {
	switch r.Kind() {
	case "commitment/adopt":
		return r.Index, nil
	case "commitment/reply":
		review, err := tx.Index(b.Review)
		if err != nil {
			return 0, err
		}
		_, err = tx.One("SELECT commitment FROM commitment_record WHERE idx = ?", readmodel.Args{review}, &of)
		return of, err
	}
	return tx.Index(b.Commitment)
}

// projectTexts keeps the texts of a record, and makes them searchable.
func projectTexts(tx *readmodel.Tx, r *readmodel.Row) error {
	title := ""
	var all []string
	for i := range r.Entry.Content {
		p := &r.Entry.Content[i]
		if strings.HasPrefix(p.Name, "attachment-") || !strings.HasPrefix(p.Media, "text/") {
			continue
		}
		text := strings.TrimSpace(r.Text(p.Name))
		if err := tx.Exec("INSERT INTO commitment_text (record, part, text) VALUES (?, ?, ?)", r.Index, p.Name, text); err != nil {
			return err
		}
		switch {
		case p.Name == "title":
			title = text
		case text != "" && p.Name != "author":
			all = append(all, text)
		}
	}
	return tx.Document(r, title, strings.Join(all, "\n\n"))
}
