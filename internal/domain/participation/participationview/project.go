// Package participationview shows a docket at work: where it stands, its text
// in every version, what people said, what was answered, what is owed, and
// what vanished without a reason.
//
// It must not know the rules beyond their bodies: what is owed or missing is
// counted here from the same records, and a test holds the counts to those of
// the law.
package participationview

import (
	"context"
	_ "embed"
	"encoding/json/v2"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity/identityview"
	"publica/internal/domain/participation"
	"publica/internal/readmodel"
	"publica/ogp"
)

//go:embed tables.sql
var schema string

// View returns the tables of participation. It stands after those of identity
// and docket, whose tables it reads.
func View() readmodel.View {
	return readmodel.View{Name: "participation", Schema: schema, Project: project}
}

func project(ctx context.Context, tx *readmodel.Tx, r *readmodel.Row) error {
	if slices.Contains(ogp.Kinds, r.Kind()) {
		if err := projectProcess(tx, r); err != nil {
			return err
		}
	}
	if r.Kind() == "docket/open" {
		return tx.Exec("INSERT INTO tally (docket) VALUES (?)", r.Index)
	}
	f := projections[r.Kind()]
	content := slices.Contains(contentKinds, r.Kind())
	if f == nil && !content {
		return nil
	}
	in, err := tx.DocketIndex(r.Docket)
	if err != nil {
		return err
	}
	if content {
		return projectContent(ctx, &row{r, tx, in})
	}
	return f(&row{r, tx, in})
}

// row is a row of a docket being projected.
type row struct {
	*readmodel.Row
	tx *readmodel.Tx
	in int64 // the docket
}

var projections = map[publica.Kind]func(*row) error{
	"participation/idea":      projectIdea,
	"participation/comment":   projectComment,
	"participation/endorse":   projectEndorse,
	"participation/unendorse": projectUnendorse,
	"participation/response":  projectResponse,
	"participation/draft":     projectDraft,
	"participation/explain":   projectExplain,
	"participation/timeline":  projectTimeline,
	"participation/codify":    projectCodify,
	"participation/codified":  projectCodified,

	"participation/group":     projectGroup,
	"participation/withdraw":  projectAct,
	"participation/disavow":   projectAct,
	"participation/reinstate": projectAct,
	"moderation/hide":         projectAct,
	"moderation/restore":      projectAct,
	"moderation/redact":       projectAct,
	"moderation/confirm":      projectAct,
	"moderation/appeal":       projectAct,
	"moderation/decide":       projectAct,
	"moderation/hold":         projectAct,
	"moderation/release":      projectAct,
}

// contentKinds say what may be shown of content.
var contentKinds = []publica.Kind{"docket/hidden", "docket/shown", "docket/erased"}

// origin is where a record says it comes from.
type origin struct {
	channel identityview.Channel
	name    string
	made    publica.Time
	source  string
	url     string
	label   string
}

func (r *row) origin(m *docket.Imported) (o origin, err error) {
	o.name = strings.TrimSpace(r.Text("author"))
	if m != nil {
		o.channel, o.made, o.source, o.url, o.label = identityview.ByImporter, m.Made, m.Source, m.URL, m.Label
		return o, nil
	}
	o.channel, err = identityview.ChannelOf(r.tx, r.Entry.Author)
	if a := r.Leaf.Signature.Algorithm; o.channel == identityview.ByKey && strings.HasPrefix(string(a), "webauthn-") {
		o.channel = byPasskey
	}
	return o, err
}

// byPasskey is the channel of records signed with a passkey of the author's.
const byPasskey identityview.Channel = "passkey"

// attach notes the attachments of a contribution and counts them.
func (r *row) attach() (n int, err error) {
	for i := range r.Entry.Content {
		p := &r.Entry.Content[i]
		number, ok := strings.CutPrefix(p.Name, "attachment-")
		if !ok {
			continue
		}
		pos, err := strconv.Atoi(number)
		if err != nil {
			return 0, fmt.Errorf("read the number of %s: %w", p.Name, err)
		}
		if err := r.tx.Exec("INSERT INTO attachment (contribution, pos, name, media, size) VALUES (?, ?, ?, ?, ?)", r.Index, pos, p.Name, p.Media, p.Size); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

func projectIdea(r *row) error {
	var b participation.Idea
	if err := r.Body(&b); err != nil {
		return err
	}
	if err := r.tx.Document(r.Row, r.Text("title"), ideaText(r.Row)); err != nil {
		return err
	}
	o, err := r.origin(b.Imported)
	if err != nil {
		return err
	}
	return r.contribute("idea", o, &participation.Comment{}, 0, r.Index, 0)
}

// ideaText puts the parts of an idea together.
func ideaText(r *readmodel.Row) string {
	var text strings.Builder
	for _, p := range []struct{ part, heading string }{{"text", ""}, {"problem", "Problem"}, {"proposal", "Proposal"}, {"metric", "Metric"}} {
		t := strings.TrimSpace(r.Text(p.part))
		if t == "" {
			continue
		}
		if text.Len() > 0 {
			text.WriteString("\n\n")
		}
		if p.heading != "" {
			text.WriteString("### " + p.heading + "\n\n")
		}
		text.WriteString(t)
	}
	return text.String()
}

func projectComment(r *row) error {
	var b participation.Comment
	if err := r.Body(&b); err != nil {
		return err
	}
	if err := r.tx.Document(r.Row, "", r.Text("text")); err != nil {
		return err
	}
	o, err := r.origin(b.Imported)
	if err != nil {
		return err
	}
	about, root, depth := int64(0), r.Index, 0
	if !b.Target.IsZero() {
		var target, targetRoot, targetAbout int64
		var targetDepth int
		var kind publica.Kind
		if _, err := r.tx.One(`SELECT e.idx, e.kind, c.root, c.about, c.depth FROM entry e LEFT JOIN contribution c ON c.idx = e.idx WHERE e.id = ?`,
			readmodel.Args{b.Target}, &target, &kind, &targetRoot, &targetAbout, &targetDepth); err != nil {
			return err
		}
		if kind == "participation/comment" {
			about, root, depth = targetAbout, targetRoot, targetDepth+1
		} else {
			about = target
		}
		if err := r.tx.Exec("UPDATE contribution SET replies = replies + 1 WHERE idx = ?", target); err != nil {
			return err
		}
	}
	if b.Section != "" {
		if err := r.tx.Exec(`INSERT INTO section_tally (docket, section, comments) VALUES (?, ?, 1)
			ON CONFLICT (docket, section) DO UPDATE SET comments = comments + 1`, r.in, b.Section); err != nil {
			return err
		}
	}
	return r.contribute("comment", o, &b, about, root, depth)
}

// contribute adds a row to contribution and counts it.
func (r *row) contribute(kind string, o origin, b *participation.Comment, about, root int64, depth int) error {
	target, err := r.tx.Index(b.Target)
	if err != nil {
		return err
	}
	owed, err := r.respond()
	if err != nil {
		return err
	}
	files, err := r.attach()
	if err != nil {
		return err
	}
	var from, to any
	if b.Range != nil {
		from, to = b.Range[0], b.Range[1]
	}
	if err := r.tx.Exec(`INSERT INTO contribution (idx, docket, seq, kind, target, about, root, depth, section, version, quote_from, quote_to,
			stance, channel, name, claimed, source, url, label, owed, files, modified) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Index, r.in, r.Seq, kind, null(target), null(about), root, depth, null(b.Section), null(b.Version), from, to,
		string(b.Stance), string(o.channel), o.name, o.made, o.source, o.url, o.label, owed, files, r.Index); err != nil {
		return err
	}
	idea, comment := 1, 0
	if kind == "comment" {
		idea, comment = 0, 1
	}
	if err := r.tx.Exec("UPDATE tally SET ideas = ideas + ?, comments = comments + ?, owed = owed + ?, open = open + ? WHERE docket = ?",
		idea, comment, owed, owed, r.in); err != nil {
		return err
	}
	at := o.made
	if at == 0 {
		at = r.Time
	}
	return r.happened(at, idea, comment, owed, 0)
}

// happened counts in every grain what happened at a time.
func (r *row) happened(at publica.Time, ideas, comments, owed int, answered int64) error {
	for grain := range kept {
		if err := r.tx.Exec(`INSERT INTO activity (docket, grain, slot, ideas, comments, owed, answered) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (docket, grain, slot) DO UPDATE SET ideas = ideas + excluded.ideas, comments = comments + excluded.comments,
				owed = owed + excluded.owed, answered = answered + excluded.answered`,
			r.in, grain, slot(grain, at), ideas, comments, owed, answered); err != nil {
			return err
		}
	}
	return nil
}

// respond returns 1 if the charter in force owes contributions a response.
func (r *row) respond() (owed int, err error) {
	_, err = r.tx.One("SELECT respond FROM docket WHERE idx = ?", readmodel.Args{r.in}, &owed)
	return owed, err
}

// null turns a zero into NULL.
func null[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func projectEndorse(r *row) error {
	var b participation.Endorse
	if err := r.Body(&b); err != nil {
		return err
	}
	return r.endorse(b.Target, 1)
}

func projectUnendorse(r *row) error {
	var b participation.Unendorse
	if err := r.Body(&b); err != nil {
		return err
	}
	return r.endorse(b.Target, -1)
}

func (r *row) endorse(id publica.EntryID, n int) error {
	target, err := r.tx.Index(id)
	if err != nil {
		return err
	}
	if err := r.tx.Exec("INSERT INTO endorsement (idx, target, author, given) VALUES (?, ?, ?, ?)", r.Index, target, r.Entry.Author, n > 0); err != nil {
		return err
	}
	if err := r.tx.Exec("UPDATE contribution SET endorsed = endorsed + ? WHERE idx = ?", n, target); err != nil {
		return err
	}
	return r.tx.Exec("UPDATE tally SET endorsed = endorsed + ? WHERE docket = ?", n, r.in)
}

func projectTimeline(r *row) error {
	var b participation.Timeline
	if err := r.Body(&b); err != nil {
		return err
	}
	stages, err := json.Marshal(b.Stages, json.Deterministic(true))
	if err != nil {
		return err
	}
	return r.tx.Exec("INSERT INTO timeline (idx, docket, stages, reason) VALUES (?, ?, ?, ?)", r.Index, r.in, string(stages), r.Text("reason"))
}

func projectCodify(r *row) error {
	var b participation.Codify
	if err := r.Body(&b); err != nil {
		return err
	}
	if err := r.tx.Document(r.Row, "", r.Text("reason")); err != nil {
		return err
	}
	return r.tx.Exec("INSERT INTO codification (docket, entry, version) VALUES (?, ?, ?)", r.in, r.Index, b.Version)
}

func projectCodified(r *row) error {
	var b participation.Codified
	if err := r.Body(&b); err != nil {
		return err
	}
	counts, err := json.Marshal(b, json.Deterministic(true))
	if err != nil {
		return err
	}
	return r.tx.Exec("UPDATE codification SET record = ?, counts = ? WHERE docket = ?", r.Index, string(counts), r.in)
}
