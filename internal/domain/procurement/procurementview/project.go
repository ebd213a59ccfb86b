// Package procurementview shows tenders: where each stands and by which clock, who
// asked what, how its keys were made, what the bids say once they are open, what
// was decided, contracted and paid, and the desks of those who take part.
//
// It must not judge: package tender tells a tender from its records and content
// alone, so that anyone with an export comes to the same.
package procurementview

import (
	"context"
	_ "embed"
	"encoding/json/v2"
	"fmt"
	"slices"
	"strings"

	"publica/internal/domain/docket"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/procurement"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/tender"
)

//go:embed tables.sql
var schema string

// View returns the tables of tenders. It stands after that of dockets, whose tables
// it reads.
func View() readmodel.View {
	return readmodel.View{Name: "procurement", Schema: schema, Project: project}
}

// menu are the pages of a tender, which its docket's menu links.
var menu = []docketview.Page{
	{Path: "/tender", Label: web.Msg("The tender")},
	{Path: "/tender/bids", Label: web.Msg("Bids")},
	{Path: "/tender/contracts", Label: web.Msg("Contracts")},
	{Path: "/tender/data", Label: web.Msg("Open data")},
	{Path: "/tender/keys", Label: web.Msg("Keys")},
	{Path: "/tender/timeline", Label: web.Msg("Timeline")},
}

func project(_ context.Context, tx *readmodel.Tx, r *readmodel.Row) error {
	kind := string(r.Kind())
	if !strings.HasPrefix(kind, "procurement/") && !slices.Contains([]string{"docket/open", "docket/amend-charter", "docket/erased"}, kind) {
		return nil
	}
	if kind == "docket/open" {
		if err := projectOpen(tx, r); err != nil {
			return err
		}
	}
	in, err := tx.DocketIndex(r.Docket)
	if err != nil {
		return err
	}
	var found int64
	if is, err := tx.One("SELECT idx FROM tender WHERE idx = ?", readmodel.Args{in}, &found); err != nil || !is {
		return err
	}
	var c tender.Collector
	if err := c.Add(r.Seq, r.Leaf); err != nil {
		return err
	}
	raw, err := json.Marshal(&c.Records[0])
	if err != nil {
		return fmt.Errorf("encode a record of a tender: %w", err)
	}
	if err := tx.Exec("INSERT INTO tender_record (idx, docket, record) VALUES (?, ?, ?)", r.Index, in, raw); err != nil {
		return err
	}
	if kind == "procurement/publish" {
		if err := projectKeys(tx, r, in); err != nil {
			return err
		}
	}
	return projectTexts(tx, r)
}

// projectKeys takes those who score a tender and who keep its shares. It is published
// again when the making of its keys failed: then others may.
func projectKeys(tx *readmodel.Tx, r *readmodel.Row, in int64) error {
	var b procurement.Publish
	if err := r.Body(&b); err != nil {
		return err
	}
	if err := tx.Exec("DELETE FROM tender_key WHERE tender = ?", in); err != nil {
		return err
	}
	for _, key := range b.Evaluators {
		if err := tx.Exec("INSERT INTO tender_key (key, tender, scores) VALUES (?, ?, 1)", key, in); err != nil {
			return err
		}
	}
	for _, t := range b.Trustees {
		if err := tx.Exec("INSERT INTO tender_key (key, tender, scores) VALUES (?, ?, 0)", t.Key, in); err != nil {
			return err
		}
	}
	return nil
}

// projectOpen takes a docket that is a tender, with its menu.
func projectOpen(tx *readmodel.Tx, r *readmodel.Row) error {
	var b docket.Open
	if err := r.Body(&b); err != nil || b.Type != docket.Tender {
		return err
	}
	for _, p := range menu {
		if err := docketview.AddPage(tx, r.Index, p.Path, p.Label); err != nil {
			return err
		}
	}
	return tx.Exec("INSERT INTO tender (idx) VALUES (?)", r.Index)
}

// projectTexts makes what a record says searchable. What is sealed is no text.
func projectTexts(tx *readmodel.Tx, r *readmodel.Row) error {
	if r.Entry == nil || strings.HasPrefix(string(r.Kind()), "docket/") {
		return nil
	}
	var all []string
	for i := range r.Entry.Content {
		p := &r.Entry.Content[i]
		if strings.HasPrefix(p.Name, "attachment-") || !strings.HasPrefix(p.Media, "text/") {
			continue
		}
		if text := strings.TrimSpace(r.Text(p.Name)); text != "" {
			all = append(all, text)
		}
	}
	if all == nil {
		return nil
	}
	return tx.Document(r, "", strings.Join(all, "\n\n"))
}
