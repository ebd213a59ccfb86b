package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"publica"
	"publica/tender"
	"publica/trustee"
)

// A tendering is a tender of the sample: its scene, and what its trustees keep.
type tendering struct {
	scene
	trustees []trusteeSeat
	secrets  map[string]*trustee.Secrets // by actor
}

// record returns a line of somebody in a tender.
func (t *tendering) record(by, name string, kind publica.Kind, body any, p parts) line {
	return line{name: t.docket + "/" + name, by: by, kind: "procurement/" + kind, docket: t.docket, body: body, parts: p}
}

// office returns a line of the buyer.
func (t *tendering) office(name string, kind publica.Kind, body any, p parts) line {
	l := t.record(t.lead, name, kind, body, p)
	l.forBody = t.lead
	return l
}

// one says a single line.
func (t *tendering) one(ctx context.Context, l line) error { return t.say(ctx, l) }

// open opens the docket of a tender whose protests the audit court decides.
func (t *tendering) openDocket(ctx context.Context, title, summary string) error {
	return t.one(ctx, line{
		name: t.docket, by: t.lead, forBody: t.lead, kind: "docket/open",
		body: member{
			"type": "tender", "languages": []string{"en"},
			"charter": member{"contribute": "anyone", "min_bytes": 10, "max_bytes": 5000, "retention": "permanent", "reviewers": []publica.EntryID{t.id("body/audit")}},
		},
		parts: parts{"title": title, "summary": summary},
	})
}

// A sight is a tender as its records tell it, with the content that is still held.
// Whoever acts in the sample looks first, as anybody would.
type sight struct {
	*tender.Process
	in    tender.Input
	parts map[publica.EntryID][]publica.Content
}

func (s *sight) content(id publica.EntryID, part string) ([]byte, bool) {
	for i := range s.parts[id] {
		if s.parts[id][i].Name == part {
			return s.parts[id][i].Data, true
		}
	}
	return nil, false
}

// look sees how far the tender has come. Exports may be of a checkpoint before the
// last that was said; then it looks again.
func (t *tendering) look(ctx context.Context) (*sight, error) {
	for begun := time.Now(); ; {
		now, err := see(ctx, t.client, publica.DocketID(t.id(t.docket)))
		if err != nil || t.shows(now) {
			return now, err
		}
		if time.Since(begun) > patience {
			return nil, publica.Problem(publica.Busy, "", "the export of the tender lacks what is in the log for "+patience.String())
		}
		if err := until(ctx, publica.TimeOf(time.Now().Add(-600*time.Millisecond))); err != nil {
			return nil, err
		}
	}
}

// shows reports whether everything that was said of the tender can be seen.
func (t *tendering) shows(now *sight) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, id := range t.ids {
		if _, ok := now.parts[id]; !ok && strings.HasPrefix(name, t.docket+"/") {
			return false
		}
	}
	return true
}

// see fetches a tender's export, which the client verifies, and reads it.
func see(ctx context.Context, client *publica.Client, docket publica.DocketID) (*sight, error) {
	var export bytes.Buffer
	if _, err := client.Export(ctx, docket, &export, nil); err != nil {
		return nil, err
	}
	out := &sight{in: tender.Input{Register: client.Policy().Register(), Docket: docket}, parts: map[publica.EntryID][]publica.Content{}}
	var c tender.Collector
	for l, err := range linesOf(&export) {
		if err != nil {
			return nil, err
		}
		leaf, err := publica.ParseLeaf(l.Leaf)
		if err != nil {
			return nil, err
		}
		if err := c.Add(l.Position, leaf); err != nil {
			return nil, err
		}
		out.parts[leaf.ID()] = l.Content
	}
	out.in.Records = c.Records
	var err error
	out.Process, err = tender.Read(&out.in)
	return out, err
}

// linesOf yields the lines of an export after its first, which says what it is of.
func linesOf(export io.Reader) func(yield func(*publica.ExportLine, error) bool) {
	return func(yield func(*publica.ExportLine, error) bool) {
		in := bufio.NewReader(export)
		_, err := in.ReadBytes('\n')
		for err == nil {
			var raw []byte
			if raw, err = in.ReadBytes('\n'); err != nil {
				break
			}
			l := new(publica.ExportLine)
			if err = json.Unmarshal(raw, l); err == nil && !yield(l, nil) {
				return
			}
		}
		if !errors.Is(err, io.EOF) {
			yield(nil, fmt.Errorf("read the export: %w", err))
		}
	}
}

// sees looks until something is there to be seen.
func (t *tendering) sees(ctx context.Context, what string, there func(*sight) bool) error {
	for begun := time.Now(); ; {
		now, err := t.look(ctx)
		if err != nil || there(now) {
			return err
		}
		if time.Since(begun) > patience {
			return publica.Problem(publica.Busy, "", "the tender, in the stage "+string(now.Stage)+", still waits for "+what)
		}
		if err := until(ctx, publica.TimeOf(time.Now().Add(-500*time.Millisecond))); err != nil {
			return err
		}
	}
}

// reaches looks until the tender is in a stage.
func (t *tendering) reaches(ctx context.Context, stage tender.Stage) error {
	return t.sees(ctx, "the stage "+string(stage), func(now *sight) bool { return now.Stage == stage })
}

// inputs is an attachment that gives inputs of the pinned rules.
func inputs(values member) file {
	raw, err := json.Marshal(values, json.Deterministic(true))
	if err != nil {
		panic(err) // a mistake in the sample itself
	}
	return file{media: tender.InputMedia, bytes: raw}
}

// facts are inputs as an offer has them.
func facts(values member) jsontext.Value { return inputs(values).bytes }

// date is the day so many days from today, as rules read days.
func date(days int) string { return today(days).Std().Format(time.DateOnly) }
