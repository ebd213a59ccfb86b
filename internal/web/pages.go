package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"publica"
)

// ownNav are the site's own items of the navigation, after those of the views.
var ownNav = []Link{
	{Msg("The log"), "/log"},
	{Msg("Validators"), "/validators"},
	{Msg("Verify"), "/verify"},
}

// mountPages registers the pages that know no domain.
func (s *Site) mountPages(own *Views) {
	s.nav = append(s.nav, ownNav...)
	own.Page("GET /entry/{id}", "entry.html", s.entryPage)
	s.handle("GET /entry/{id}/receipt.json", openToAll(s.receiptFile))
	s.handle("GET /entry/{id}/receipt.html", http.HandlerFunc(s.receiptPageFile))
	s.handle("GET /entry/{id}/part/{part}", http.HandlerFunc(s.partFile))
	own.Page("GET /log", "log.html", s.logPage)
	own.Page("GET /validators", "validators.html", s.validatorsPage)
	own.Page("GET /verify", "verify.html", s.verifyPage)
	own.Page("GET /api", "reference.html", s.referencePage)
	own.Page("GET /accessibility", "accessibility.html", s.accessibilityPage)
	s.handle("GET /language", http.HandlerFunc(s.chooseLanguage))
}

// validatorsPage is validators.html: who runs the register, and how well.
type validatorsPage struct {
	Head
	Alert      Alert
	Stats      Stats
	Validators []standing
	Witnesses  []string
	Counted    publica.Time
	Nothing    Empty
}

// standing is a validator as the page shows it.
type standing struct {
	Validator
	Tags   []Tag
	Turns  []turn // recent blocks
	Share  string // how many of the blocks counted it voted for, in words
	Behind int64  // leaves its cosignature is behind the log
	Lacks  int64  // leaves its attestation is behind the log
}

// A turn is one recent block in the strip: where it is drawn, and whether the
// validator voted for it.
type turn struct {
	X     int
	Voted bool
}

// turnWidth is the width of a block in the strip, in its own units.
const turnWidth = 5

func (s *Site) validatorsPage(r *http.Request) (Page, error) {
	l, st := LocaleOf(r), s.register.Status()
	p := &validatorsPage{
		Head: Head{Title: l.T("Who runs this register"), Nav: "/validators",
			Lead: l.T("Validators decide together what is recorded and in which order. Each signs what it has seen, and says how much of the content it holds.")},
		Counted: st.Counted, Witnesses: st.Witnesses,
		Nothing: Empty{Title: l.T("No validator is known yet"), Text: l.T("The register has not made a block since this node started."),
			Next: Link{l.T("Read the log"), "/log"}},
	}
	all := s.register.Validators()
	bodies := owners(all)
	switch {
	case bodies == 1:
		p.Alert = Alert{Kind: "warning", Title: l.T("Run by 1 operator: not independent"),
			Text: l.T("One body decides alone what is added and could refuse or delay records. It cannot change or remove what is in the log without being found out: " +
				"keep your receipts, and copies of the checkpoint.")}
	case bodies > 1:
		p.Alert = Alert{Kind: "info", Title: l.N(bodies, "Run by {n} body", "Run by {n} bodies"),
			Text: l.T("Records are final once more than two thirds of the voting power have agreed. No body can change, remove or slip in a record alone.")}
	}
	p.Stats = Stats{
		{Value: l.Number(int64(len(all))), Label: l.T("Validators"), Note: l.N(bodies, "of {n} body", "of {n} bodies")},
		{Value: l.Number(st.Cosigned), Label: l.T("Records vouched for"), Note: vouchedNote(l, st.Size-st.Cosigned), Kind: behindKind(st.Size - st.Cosigned)},
		{Value: l.Number(st.Durable), Label: l.T("Records whose content is safe"), Note: l.T("More than two thirds hold every part up to there"), Kind: behindKind(st.Size - st.Durable)},
	}
	if len(st.Witnesses) > 0 {
		p.Stats = append(p.Stats, Stat{Value: l.Number(st.Witnessed), Label: l.T("Records seen by outside witnesses"), Kind: behindKind(st.Size - st.Witnessed)})
	}
	if st.Missing > 0 {
		p.Stats = append(p.Stats, Stat{Value: l.Number(st.Missing), Label: l.T("Parts this node is looking for"), Kind: "warning"})
	}
	for _, v := range all {
		p.Validators = append(p.Validators, standingOf(l, v, st))
	}
	return p, nil
}

func vouchedNote(l *Locale, behind int64) string {
	if behind <= 0 {
		return l.T("Signed by more than two thirds of the voting power")
	}
	return l.N(behind, "{n} more waits for signatures", "{n} more wait for signatures")
}

// farBehind is how many leaves may wait for signatures without a mark: under
// load a few blocks always do.
const farBehind = 10_000

func behindKind(behind int64) string {
	if behind > farBehind {
		return "warning"
	}
	return ""
}

func standingOf(l *Locale, v Validator, st *Status) standing {
	out := standing{Validator: v, Share: shareOf(l, v), Behind: max(0, st.Size-v.Cosigned), Lacks: max(0, st.Size-v.Holds)}
	switch {
	case v.Self:
		out.Tags = append(out.Tags, Tag{"info", l.T("serves this page")})
	case v.Online:
		out.Tags = append(out.Tags, Tag{"success", l.T("connected")})
	default:
		out.Tags = append(out.Tags, Tag{"warning", l.T("not connected")})
	}
	if v.Broken > 0 {
		out.Tags = append(out.Tags, Tag{"error", l.T("broke a promise")})
	}
	if v.Conflicts > 0 {
		out.Tags = append(out.Tags, Tag{"error", l.T("signed contradicting histories")})
	}
	for i, c := range v.Recent {
		out.Turns = append(out.Turns, turn{X: i * turnWidth, Voted: c == '1'})
	}
	return out
}

// Width is the width of the strip of recent blocks.
func (s standing) Width() int { return max(1, len(s.Turns)) * turnWidth }

func shareOf(l *Locale, v Validator) string {
	all := v.Signed + v.Missed
	if all == 0 {
		return l.T("none counted yet")
	}
	return l.T("{done} of {all} ({share} %)", "done", v.Signed, "all", all, "share", l.Decimal(float64(v.Signed*1000/all)/10))
}

// owners counts the bodies that run the register.
func owners(vs []Validator) int {
	seen := map[string]bool{}
	for i := range vs {
		seen[orElse(vs[i].Owner, vs[i].Key)] = true
	}
	return len(seen)
}

// verifyPage is verify.html: how to check the register without trusting it, and
// a way to find a record by its id.
type verifyPage struct {
	Head
	ID         string
	Missing    string
	Founding   *Founding
	Policy     string
	Base       string
	Checkpoint string
}

func (s *Site) verifyPage(r *http.Request) (Page, error) {
	asked := strings.ToLower(strings.TrimSpace(r.URL.Query().Get("id")))
	l := LocaleOf(r)
	p := &verifyPage{Head: Head{Title: l.T("Verify, trusting nobody"), Nav: "/verify", Script: []string{"check.js"},
		Lead: l.T("Every record can be checked offline, from a file, without this server.")}, Founding: s.register.Founding(), Policy: s.register.Policy(), Base: BaseURL(r)}
	if asked != "" {
		id, err := publica.ParseEntryID(asked)
		if err == nil {
			return nil, SeeOther("/entry/" + id.String())
		}
		p.ID, p.Missing = asked, l.T("An id has 64 digits, 0 to 9 and a to f.")
	}
	signed, err := s.register.Checkpoint(r.Context())
	if err != nil {
		return nil, err
	}
	p.Checkpoint = string(signed)
	return p, nil
}

// BaseURL returns the address under which the reader sees the site, without a
// slash at its end.
func BaseURL(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	host := r.Host
	if host == "" || strings.Trim(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") != "" {
		host = "localhost"
	}
	return scheme + "://" + host
}

// logPage is log.html: the explorer.
type logPage struct {
	Head
	Stats   Stats
	Kinds   []KindInfo
	Kind    publica.Kind
	Blocks  []logBlock
	Nothing Empty
	Pager   Pager
	From    int64 // highest index shown
	Note    string
}

// A logBlock is a row group of the explorer: one block with its records, or a
// run of seals over which nothing was recorded.
type logBlock struct {
	Height  int64
	Time    publica.Time
	Seal    *Record
	Records []logRecord
	Silent  int          // seals in a run of silence; 0 for a block with records
	Since   publica.Time // when the silence began
}

// Lasted returns how long a silence was.
func (b logBlock) Lasted() time.Duration { return b.Time.Std().Sub(b.Since.Std()) }

// A logRecord is one row of the explorer.
type logRecord struct {
	Record
	Kind publica.Kind
}

const logPageSize = 50

func (s *Site) logPage(r *http.Request) (Page, error) {
	l, st, f := LocaleOf(r), s.register.Status(), s.register.Founding()
	before, err := logPosition(r, st.Size)
	if err != nil {
		return nil, err
	}
	p := &logPage{Head: Head{Title: l.T("The log"), Nav: "/log", Wide: true,
		Lead: l.T("Everything this register has decided, newest first. Nothing is ever changed or taken out.")},
		Kinds: f.Kinds, Kind: publica.Kind(r.URL.Query().Get("kind")), From: before - 1}
	if p.Kind != "" && !p.Kind.Valid() {
		return nil, publica.Problem(publica.Malformed, "kind", "is not a kind").WithHint("choose one from the list on the page")
	}
	recs, next, err := s.scanBack(r.Context(), logFilter{Kind: p.Kind}, before, logPageSize)
	if err != nil {
		return nil, err
	}
	p.Blocks = blocksOf(recs, p.Kind != "")
	quiet := s.now().Sub(st.Time.Std())
	p.Stats = Stats{
		{Value: l.Number(st.Size), Label: l.T("Records in the log"), Note: l.T("Leaves of the tree, seals included")},
		{Value: l.Number(st.Height), Label: l.T("Last block")},
		{Value: l.Duration(max(0, quiet)), Label: l.T("Since the last seal"), Note: l.T("A seal at least every {time}, also when nothing happens", "time", l.Duration(st.Silence)), Kind: lateKind(quiet, st.Silence)},
		{Value: l.Number(int64(st.Pool)), Label: l.T("Promised, not yet logged")},
	}
	p.Pager = Pager{Shown: len(recs), Noun: l.T("leaves")}
	if next > 0 {
		p.Pager.Next = withQuery(r, "before", strconv.FormatInt(next, 10))
		p.Note = l.T("Looked back to leaf {leaf}.", "leaf", next)
	}
	if before < st.Size {
		p.Pager.First = withQuery(r, "before", "")
	}
	p.Nothing = Empty{Title: l.T("No such record here"), Text: l.T("Between leaf {from} and leaf {to} there is none of this kind.", "from", next, "to", max(0, before-1)),
		Next: Link{l.T("Show all kinds"), "/log"}}
	return p, nil
}

// lateKind marks a seal that is overdue: a silence nobody signed.
func lateKind(quiet, silence time.Duration) string {
	if silence > 0 && quiet > 2*silence {
		return "warning"
	}
	return ""
}

// logPosition reads ?before= (exclusive) or ?at= (a leaf to begin with).
func logPosition(r *http.Request, size int64) (int64, error) {
	q := r.URL.Query()
	for _, name := range []string{"at", "before"} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return 0, publica.Problem(publica.Malformed, name, "is not a position in the log").
				WithHint("positions are numbers from 0 to " + english.Number(max(0, size-1)))
		}
		if name == "at" {
			n = min(n, size-1) + 1
		}
		return min(n, size), nil
	}
	return size, nil
}

// blocksOf groups records, newest first, by block; runs of blocks that hold
// nothing but a seal become one silence. Filtered, there are no seals.
func blocksOf(recs []Record, filtered bool) []logBlock {
	var blocks []logBlock
	for i := range recs {
		r := &recs[i]
		n := len(blocks)
		if n == 0 || blocks[n-1].Height != r.Leaf.Height {
			blocks = append(blocks, logBlock{Height: r.Leaf.Height, Time: r.Leaf.Time})
			n++
		}
		b := &blocks[n-1]
		if r.Leaf.Seal != nil {
			b.Seal = r
			continue
		}
		b.Records = append(b.Records, logRecord{*r, kindOf(r.Leaf)})
	}
	if filtered {
		return blocks
	}
	return foldSilence(blocks)
}

// foldSilence joins neighbouring blocks without records. The last block may be
// cut by the page and is left as it is.
func foldSilence(blocks []logBlock) []logBlock {
	var out []logBlock
	for i, b := range blocks {
		silent := len(b.Records) == 0 && i < len(blocks)-1
		if !silent {
			out = append(out, b)
			continue
		}
		since := blocks[i+1].Time
		if n := len(out); n > 0 && out[n-1].Silent > 0 {
			out[n-1].Silent++
			out[n-1].Since = since
			continue
		}
		b.Silent, b.Since = 1, since
		out = append(out, b)
	}
	return out
}
