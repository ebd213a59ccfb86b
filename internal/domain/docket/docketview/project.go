// Package docketview shows case files: what they are about, who leads them,
// their charter and their periods, with every change and its reason.
//
// It must not know what is contributed to a docket.
package docketview

import (
	"context"
	_ "embed"
	"encoding/json/v2"
	"fmt"

	"publica/internal/domain/docket"
	"publica/internal/readmodel"
)

//go:embed tables.sql
var schema string

// View returns the tables of dockets.
func View() readmodel.View {
	return readmodel.View{Name: "docket", Schema: schema, Project: project}
}

func project(_ context.Context, tx *readmodel.Tx, r *readmodel.Row) error {
	switch r.Kind() {
	case "docket/open":
		return projectOpen(tx, r)
	case "docket/amend-charter":
		return projectAmend(tx, r)
	case "docket/period":
		return projectPeriod(tx, r)
	case "docket/period-opened":
		return projectTurn(tx, r, "UPDATE period SET stage = 'open', opened = ? WHERE docket = ? AND name = ?")
	case "docket/period-closed":
		return projectTurn(tx, r, "UPDATE period SET stage = 'closed', closed = ? WHERE docket = ? AND name = ?")
	}
	return nil
}

func projectOpen(tx *readmodel.Tx, r *readmodel.Row) error {
	var b docket.Open
	if err := r.Body(&b); err != nil {
		return err
	}
	charter, err := marshal(b.Charter)
	if err != nil {
		return err
	}
	languages, err := marshal(b.Languages)
	if err != nil {
		return err
	}
	title, summary := r.Text("title"), r.Text("summary")
	if err := tx.Document(r, title, summary); err != nil {
		return err
	}
	if err := tx.Exec("INSERT INTO charter (idx, docket, charter, reason) VALUES (?, ?, ?, '')", r.Index, r.Index, charter); err != nil {
		return err
	}
	return tx.Exec("INSERT INTO docket (idx, id, type, lead, title, summary, languages, charter, charter_set, respond, opened) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		r.Index, r.ID, string(b.Type), r.Entry.For, title, summary, languages, charter, r.Index, b.Charter.Respond, r.Time)
}

func projectAmend(tx *readmodel.Tx, r *readmodel.Row) error {
	var b docket.Amend
	if err := r.Body(&b); err != nil {
		return err
	}
	in, err := tx.DocketIndex(r.Docket)
	if err != nil {
		return err
	}
	charter, err := marshal(b.Charter)
	if err != nil {
		return err
	}
	if err := tx.Exec("INSERT INTO charter (idx, docket, charter, reason) VALUES (?, ?, ?, ?)", r.Index, in, charter, r.Text("reason")); err != nil {
		return err
	}
	return tx.Exec("UPDATE docket SET charter = ?, charter_set = ?, respond = ? WHERE idx = ?", charter, r.Index, b.Charter.Respond, in)
}

func projectPeriod(tx *readmodel.Tx, r *readmodel.Row) error {
	var b docket.Announce
	if err := r.Body(&b); err != nil {
		return err
	}
	in, err := tx.DocketIndex(r.Docket)
	if err != nil {
		return err
	}
	if err := tx.Exec("INSERT INTO period_change (idx, docket, name, opens, closes, reason) VALUES (?, ?, ?, ?, ?, ?)",
		r.Index, in, b.Name, b.Opens, b.Closes, r.Text("reason")); err != nil {
		return err
	}
	return tx.Exec(`INSERT INTO period (docket, name, first, last, opens, closes, stage) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (docket, name) DO UPDATE SET last = excluded.last, opens = excluded.opens, closes = excluded.closes`,
		in, b.Name, r.Index, r.Index, b.Opens, b.Closes, string(docket.Announced))
}

func projectTurn(tx *readmodel.Tx, r *readmodel.Row, update string) error {
	var b docket.Turn
	if err := r.Body(&b); err != nil {
		return err
	}
	in, err := tx.DocketIndex(r.Docket)
	if err != nil {
		return err
	}
	return tx.Exec(update, r.Index, in, b.Name)
}

func marshal(v any) (string, error) {
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("encode %T: %w", v, err)
	}
	return string(raw), nil
}
