package main

import (
	"bufio"
	"context"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"os"

	"publica"
)

// A record is one leaf of a docket, from an export that was proven complete.
type record struct {
	id       publica.EntryID
	position int64 // in the docket, from 0
	leaf     *publica.Leaf
	entry    *publica.Entry // nil for records of the register itself
	content  []publica.Content
}

// text returns the content of a part, if the export holds it.
func (r *record) text(part string) (string, bool) {
	for _, c := range r.content {
		if c.Name == part {
			return string(c.Data), true
		}
	}
	return "", false
}

// docketRecords fetches a docket's export, proves it, and returns its records
// in order. What follows from them is computed here, not asked of the node.
func (a *app) docketRecords(ctx context.Context, client *publica.Client, docket publica.DocketID) ([]record, error) {
	f, err := os.CreateTemp("", "publica-*.jsonl")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err := a.fetchExport(ctx, client, docket, f); err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return readRecords(f)
}

// fetchExport writes a proven export to w, with a progress bar.
func (a *app) fetchExport(ctx context.Context, client *publica.Client, docket publica.DocketID, w io.Writer) (*publica.ExportSummary, error) {
	b, last := bar{}, int64(-1)
	sum, err := client.Export(ctx, docket, w, func(done, total int64) {
		if last < 0 {
			b, last = a.bar(total, "docket"), 0
		}
		b.add(int(done - last))
		last = done
	})
	b.done()
	return sum, err
}

// readRecords reads an export that is known to verify.
func readRecords(export io.Reader) ([]record, error) {
	in := bufio.NewReaderSize(export, 256<<10)
	if _, err := in.ReadBytes('\n'); err != nil {
		return nil, fmt.Errorf("read the export: %w", err)
	}
	var out []record
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the export: %w", err)
		}
		var l publica.ExportLine
		if err := json.Unmarshal(line, &l); err != nil {
			return nil, fmt.Errorf("read the export: %w", err)
		}
		r := record{position: l.Position, content: l.Content}
		if r.leaf, err = publica.ParseLeaf(l.Leaf); err != nil {
			return nil, fmt.Errorf("read the export: %w", err)
		}
		r.id = r.leaf.ID()
		if r.leaf.Entry != nil {
			if r.entry, err = publica.ParseEntry(r.leaf.Entry); err != nil {
				return nil, fmt.Errorf("read the export: %w", err)
			}
		}
		out = append(out, r)
	}
}
