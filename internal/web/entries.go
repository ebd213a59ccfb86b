package web

import (
	"context"
	"encoding/json/jsontext"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"publica"
	"publica/archive"
)

// mountAPI registers the operations that know no domain.
func (s *Site) mountAPI() {
	s.mountSubmit()
	s.mountCheck()
	Read(s, Op{Path: "/register", Name: "get-register", Tag: "Register", Summary: "What this register is and where it stands",
		Doc: "Names, verifier keys, founders, and the latest signed checkpoint: all that is needed to write a policy file and to verify."}, s.readRegister)
	Read(s, Op{Path: "/kinds", Name: "list-kinds", Tag: "Register", Summary: "The kinds of entries this register takes"}, s.readKinds)
	Read(s, Op{Path: "/validators", Name: "list-validators", Tag: "Register", Summary: "Who runs this register"}, s.readValidators)
	Read(s, Op{Path: "/entries", Name: "list-entries", Tag: "Entries", Summary: "Entries in log order",
		Doc: "Filtered by docket or kind a page may be short or even empty: go on until `next` is absent. There is no ceiling."}, s.readEntries)
	Read(s, Op{Path: "/entries/{id}", Name: "get-entry", Tag: "Entries", Summary: "One record of the log"}, s.readEntry)
	Read(s, Op{Path: "/entries/{id}/receipt", Name: "get-receipt", Tag: "Entries", Summary: "The receipt of an entry, as far as it has grown",
		Doc: "Save it as a file; `publica verify` checks it offline."}, s.readReceipt)
	Read(s, Op{Path: "/content/{commitment}", Name: "get-content", Tag: "Entries", Summary: "The content an entry commits to, with its salt",
		Doc: "SHA-256 of the 32 salt bytes followed by the data is the commitment. Content that was erased is not found; its commitment stays in the entry."}, s.readContent)
	Read(s, Op{Path: "/changes", Name: "list-changes", Tag: "Log", Summary: "Everything added to the log since an index",
		Doc: "System records and seals included. Keep `next` and ask again from there: it is always given, also when nothing is new."}, s.readChanges)
	s.mountExport()
	s.handle("GET "+apiPrefix+"/consensus/{height}", openToAll(s.lightBlock))
}

// lightBlock serves GET /consensus/{height} to nodes that join. It stands in no
// reference: its bytes are the engine's.
func (s *Site) lightBlock(w http.ResponseWriter, r *http.Request) {
	height, err := strconv.ParseInt(r.PathValue("height"), 10, 64)
	if err != nil || height < 1 {
		s.fail(w, r, publica.Problem(publica.Malformed, "height", "is not the height of a block"))
		return
	}
	raw, err := s.register.LightBlock(r.Context(), height)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "no-store")
	send(w, raw)
}

// mountSubmit registers POST /entries by hand: the body is signed bytes, and
// must reach the parser of the root package as it came.
func (s *Site) mountSubmit() {
	s.handle("POST "+apiPrefix+"/entries", http.HandlerFunc(s.submit))
	schemas := s.api.OpenAPI().Components.Schemas
	receipt := map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(reflect.TypeFor[publica.Receipt](), true, "Receipt")}}
	responses := problemResponses(s.api)
	responses["202"] = &huma.Response{Description: "Promised: the entry will be on the log by the time the promise names", Content: receipt}
	responses["200"] = &huma.Response{Description: "The entry is on the log already; its receipt", Content: receipt}
	s.api.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodPost, Path: apiPrefix + "/entries", OperationID: "submit-entry", Tags: []string{"Entries"},
		Summary: "Submit a signed entry",
		Description: "Idempotent by entry id: sending the same entry again returns its receipt as it stands now. " +
			"The answer comes once the promise survives a crash of this node. Over capacity the answer is 503 with Retry-After, and nothing was taken.",
		RequestBody: s.submissionBody(), Responses: responses,
	})
}

// mountCheck registers POST /check: what would become of a submission.
func (s *Site) mountCheck() {
	s.handle("POST "+apiPrefix+"/check", http.HandlerFunc(s.check))
	responses := problemResponses(s.api)
	responses["200"] = &huma.Response{Description: "The register would take the entry as things stand",
		Content: map[string]*huma.MediaType{"application/json": {Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[CheckOut](), true, "Check")}}}
	s.api.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodPost, Path: apiPrefix + "/check", OperationID: "check-entry", Tags: []string{"Entries"},
		Summary:     "Ask what would become of an entry, without sending it for good",
		Description: "The same body as a submission. The answer is advice: what counts is the state when the entry is decided.",
		RequestBody: s.submissionBody(), Responses: responses,
	})
}

// CheckOut is POST /check.
type CheckOut struct {
	ID publica.EntryID `json:"id"`
	OK bool            `json:"ok"`
}

func (s *Site) check(w http.ResponseWriter, r *http.Request) {
	sub, err := s.readSubmission(w, r)
	if err == nil {
		err = s.register.Check(r.Context(), sub)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err := writeJSON(w, CheckOut{ID: sub.Signed.ID(), OK: true}); err != nil {
		s.log.LogAttrs(r.Context(), slog.LevelDebug, "client went away", slog.Any("err", err))
	}
}

// submissionBody documents the body of POST /entries and /check.
func (s *Site) submissionBody() *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {
		Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[submissionDoc](), true, "Submission")}}}
}

// submissionDoc is the shape of a submission, for the API document only.
type submissionDoc struct {
	Content   []publica.Content `json:"content,omitempty" doc:"one for each content part of the entry"`
	Entry     publica.Entry     `json:"entry" doc:"the entry; its canonical form is what was signed"`
	Signature publica.Signature `json:"signature"`
}

// submit takes a submission in: shape and size here, all else in the register.
func (s *Site) submit(w http.ResponseWriter, r *http.Request) {
	sub, err := s.readSubmission(w, r)
	var receipt *publica.Receipt
	if err == nil {
		receipt, err = s.register.Submit(r.Context(), sub)
	}
	if err != nil {
		s.metrics.submissions.WithLabelValues(string(publica.CodeOf(err))).Inc()
		s.fail(w, r, err)
		return
	}
	raw, err := receipt.Bytes()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.metrics.submissions.WithLabelValues(string(receipt.Stage())).Inc()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	if receipt.Stage() == publica.Promised {
		w.WriteHeader(http.StatusAccepted)
	}
	send(w, raw)
}

// readSubmission reads a submission from a request, bounded and strict.
func (s *Site) readSubmission(w http.ResponseWriter, r *http.Request) (*publica.Submission, error) {
	if mediaType(r) != "application/json" {
		return nil, withStatus(http.StatusUnsupportedMediaType, publica.Problem(publica.Unsupported, "content-type",
			"submissions are application/json").WithHint("set the header Content-Type: application/json"))
	}
	tooBig := publica.Problem(publica.TooLarge, "", "the submission is over "+english.Bytes(s.maxBody)).
		WithHint("send large attachments in entries of their own")
	if r.ContentLength > s.maxBody {
		return nil, tooBig
	}
	size := r.ContentLength
	if size < 0 {
		size = s.maxBody
	}
	if !s.reading.TryAcquire(size) {
		return nil, publica.Problem(publica.Busy, "", "too many submissions are being read").WithHint("send it again in a few seconds")
	}
	defer s.reading.Release(size)
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.maxBody))
	if err != nil {
		return nil, bodyError(err, tooBig)
	}
	sub := new(publica.Submission)
	if err := sub.UnmarshalJSON(raw); err != nil {
		return nil, err
	}
	return sub, nil
}

// RegisterOut is GET /register.
type RegisterOut struct {
	Register   string          `json:"register" doc:"the register's name: part of every signed entry"`
	Origin     string          `json:"origin" doc:"the log's origin line"`
	Title      string          `json:"title"`
	VKey       string          `json:"vkey" doc:"verifier key of the log (C2SP signed note)"`
	NodeVKey   string          `json:"node_vkey" doc:"verifier key of this node's promises"`
	Policy     string          `json:"policy" doc:"a policy file that accepts this register's checkpoints, to be judged before it is used"`
	Checkpoint string          `json:"checkpoint" doc:"the latest signed checkpoint"`
	Size       int64           `json:"size" doc:"leaves in the log"`
	Shown      int64           `json:"shown" doc:"of these, the first so many are in this node's pages and reads"`
	Root       publica.Hash    `json:"root"`
	Height     int64           `json:"height"`
	Time       publica.Time    `json:"time" doc:"block time of the last seal"`
	Founders   []publica.KeyID `json:"founders"`
	Founded    publica.Time    `json:"founded"`
	SilenceMS  int64           `json:"silence_ms" doc:"a seal is made at least this often"`
	Passkeys   string          `json:"passkeys" doc:"domain whose passkeys may sign entries; empty: none"`
}

func (s *Site) readRegister(ctx context.Context, _ *struct{}) (*RegisterOut, error) {
	signed, err := s.register.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	f, st := s.register.Founding(), s.register.Status()
	return &RegisterOut{Register: f.Name, Origin: f.Name, Title: s.data.Title, VKey: f.LogKey, NodeVKey: f.NodeKey,
		Policy: s.register.Policy(), Checkpoint: string(signed), Size: st.Size, Shown: st.Shown, Root: st.Root, Height: st.Height, Time: st.Time,
		Founders: f.Founders, Founded: f.Founded, SilenceMS: st.Silence.Milliseconds(), Passkeys: f.Passkeys}, nil
}

// KindsOut is GET /kinds.
type KindsOut struct {
	Kinds []KindInfo `json:"kinds"`
}

func (s *Site) readKinds(context.Context, *struct{}) (*KindsOut, error) {
	return &KindsOut{s.register.Founding().Kinds}, nil
}

// ValidatorsOut is GET /validators.
type ValidatorsOut struct {
	Validators  []Validator  `json:"validators"`
	Independent bool         `json:"independent" doc:"false while fewer than two bodies run the register"`
	Size        int64        `json:"size" doc:"leaves in the log"`
	Cosigned    int64        `json:"cosigned" doc:"log size that more than two thirds of the voting power have signed"`
	Witnessed   int64        `json:"witnessed" doc:"log size that outside witnesses have signed too; 0 without any"`
	Witnesses   []string     `json:"witnesses,omitempty"`
	Durable     int64        `json:"durable" doc:"log size up to which more than two thirds of the voting power hold all content"`
	Missing     int64        `json:"missing" doc:"content parts this node lacks and looks for"`
	Counted     publica.Time `json:"counted" doc:"since when this node counts blocks and votes"`
}

func (s *Site) readValidators(context.Context, *struct{}) (*ValidatorsOut, error) {
	st, all := s.register.Status(), s.register.Validators()
	return &ValidatorsOut{Validators: all, Independent: owners(all) > 1, Size: st.Size, Cosigned: st.Cosigned,
		Witnessed: st.Witnessed, Witnesses: st.Witnesses, Durable: st.Durable, Missing: st.Missing, Counted: st.Counted}, nil
}

// EntryOut is one record of the log.
type EntryOut struct {
	ID     publica.EntryID  `json:"id"`
	Index  int64            `json:"index" doc:"position in the log"`
	Kind   publica.Kind     `json:"kind,omitempty"`
	Docket publica.DocketID `json:"docket,omitzero"`
	Seq    int64            `json:"seq" doc:"position in the docket's tree; 0 without docket"`
	Leaf   jsontext.Value   `json:"leaf" doc:"as hashed into the log: entry and signature, system record, or seal, with height and block time"`
}

func entryOut(r *Record) EntryOut {
	return EntryOut{ID: r.ID, Index: r.Index, Kind: kindOf(r.Leaf), Docket: r.Docket, Seq: r.Seq, Leaf: r.Raw}
}

// kindOf returns the kind of the entry or system record in a leaf; "" for a seal.
func kindOf(l *publica.Leaf) publica.Kind {
	switch {
	case l.System != nil:
		return l.System.Kind
	case l.Entry != nil:
		if e, err := publica.ParseEntry(l.Entry); err == nil {
			return e.Kind
		}
	}
	return ""
}

type entriesIn struct {
	Since  int64  `query:"since" minimum:"0" doc:"log index to continue from: the next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"records per page"`
	Docket string `query:"docket" doc:"only this docket's"`
	Kind   string `query:"kind" doc:"only this kind"`
}

// EntriesOut is a page of records.
type EntriesOut struct {
	Entries []EntryOut `json:"entries"`
	Size    int64      `json:"size" doc:"leaves in the log when this was read"`
	Next    *int64     `json:"next,omitempty" doc:"since of the next page; absent at the end"`
}

func (s *Site) readEntries(ctx context.Context, in *entriesIn) (*EntriesOut, error) {
	f := logFilter{Kind: publica.Kind(in.Kind), Entries: true}
	if in.Docket != "" {
		id, err := ParseDocket("docket", in.Docket)
		if err != nil {
			return nil, err
		}
		f.Docket = id
	}
	size := s.register.Status().Size
	recs, next, err := s.scan(ctx, f, in.Since, size, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &EntriesOut{Entries: make([]EntryOut, len(recs)), Size: size}
	for i := range recs {
		out.Entries[i] = entryOut(&recs[i])
	}
	if next < size {
		out.Next = &next
	}
	return out, nil
}

type idIn struct {
	ID string `path:"id" doc:"entry id, 64 hexadecimal digits"`
}

func (s *Site) readEntry(ctx context.Context, in *idIn) (*EntryOut, error) {
	id, err := ParseEntry("id", in.ID)
	if err != nil {
		return nil, err
	}
	rec, err := s.register.Record(ctx, id)
	if err != nil {
		return nil, err
	}
	out := entryOut(rec)
	return &out, nil
}

func (s *Site) readReceipt(ctx context.Context, in *idIn) (*publica.Receipt, error) {
	id, err := ParseEntry("id", in.ID)
	if err != nil {
		return nil, err
	}
	return s.register.Receipt(ctx, id)
}

type contentIn struct {
	Commitment string `path:"commitment" doc:"64 hexadecimal digits"`
}

func (s *Site) readContent(ctx context.Context, in *contentIn) (*publica.Content, error) {
	id, err := ParseEntry("commitment", in.Commitment)
	if err != nil {
		return nil, err
	}
	return s.register.Content(ctx, publica.Commitment(id))
}

type changesIn struct {
	Since int64 `query:"since" minimum:"0" doc:"log index to continue from"`
	Limit int   `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"leaves per page"`
}

// ChangesOut is a page of the log.
type ChangesOut struct {
	Changes []EntryOut `json:"changes"`
	Size    int64      `json:"size" doc:"leaves in the log when this was read"`
	Next    int64      `json:"next" doc:"since of the next request"`
}

func (s *Site) readChanges(ctx context.Context, in *changesIn) (*ChangesOut, error) {
	size := s.register.Status().Size
	recs, next, err := s.scan(ctx, logFilter{}, in.Since, size, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &ChangesOut{Changes: make([]EntryOut, len(recs)), Size: size, Next: max(next, in.Since)}
	for i := range recs {
		out.Changes[i] = entryOut(&recs[i])
	}
	return out, nil
}

// mountExport registers the export of a docket and its archive, streamed.
func (s *Site) mountExport() {
	describe := func(name, id, summary, description, media, answer string, h http.HandlerFunc) {
		path := apiPrefix + "/dockets/{id}/" + name
		s.handle("GET "+path, openToAll(h))
		responses := problemResponses(s.api)
		responses["200"] = &huma.Response{Description: answer, Content: map[string]*huma.MediaType{media: {}}}
		s.api.OpenAPI().AddOperation(&huma.Operation{
			Method: http.MethodGet, Path: path, OperationID: id, Tags: []string{"Dockets"}, Summary: summary, Description: description,
			Parameters: []*huma.Param{{Name: "id", In: "path", Required: true, Description: "docket id, 64 hexadecimal digits",
				Schema: &huma.Schema{Type: huma.TypeString}}},
			Responses: responses,
		})
	}
	describe("export", "export-docket", "A whole docket, with the proof that nothing is missing", "`publica verify --complete` checks it offline.",
		"application/jsonl", "JSON lines: the docket's head with its proof, then every leaf in order", s.export)
	describe("archive", "archive-docket", "A whole docket as one ZIP file", "The export, a CSV file for each kind of record, attached files, and a README of all columns. `publica verify` checks it offline.",
		"application/zip", "docket.jsonl with all that follows from it", s.archive)
}

func (s *Site) export(w http.ResponseWriter, r *http.Request) {
	s.docketFile(w, r, "jsonl", "application/jsonl", func(id publica.DocketID, out io.Writer) error { return s.register.Export(r.Context(), id, out) })
}

// archivesAtOnce bounds the archives that are written at once: each keeps a copy of
// what is derived on disk, and what became of each contribution in memory.
const archivesAtOnce = 2

func (s *Site) archive(w http.ResponseWriter, r *http.Request) {
	if !s.archives.TryAcquire(1) {
		s.fail(w, r, publica.Problem(publica.Busy, "", "other archives are being written").WithHint("try again in a minute, or take the export, from which publica makes the same archive"))
		return
	}
	defer s.archives.Release(1)
	s.docketFile(w, r, "zip", "application/zip", func(id publica.DocketID, out io.Writer) error {
		return archive.Write(out, s.scratch, func(lines io.Writer) error { return s.register.Export(r.Context(), id, lines) })
	})
}

// docketFile streams a docket as a file.
func (s *Site) docketFile(w http.ResponseWriter, r *http.Request, extension, media string, write func(publica.DocketID, io.Writer) error) {
	id, err := PathDocket(r, "id")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Disposition", `attachment; filename="docket-`+id.String()[:8]+"."+extension+`"`)
	w.Header().Set("Cache-Control", "no-store")
	out := &patientWriter{w: w, control: http.NewResponseController(w)}
	if err := write(id, out); err != nil {
		if !out.begun {
			w.Header().Del("Content-Disposition")
			s.fail(w, r, err)
			return
		}
		s.log.LogAttrs(r.Context(), slog.LevelWarn, "export broke off", slog.String("docket", id.String()), slog.Any("err", err))
		panic(http.ErrAbortHandler) // a cut export must not look whole
	}
}

// exportPatience is how long a client may take for each piece of an export.
const exportPatience = 30 * time.Second

// patientWriter extends the write deadline as long as the client keeps reading.
type patientWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	begun   bool
}

func (p *patientWriter) Write(b []byte) (int, error) {
	p.begun = true
	_ = p.control.SetWriteDeadline(time.Now().Add(exportPatience)) // not every writer has deadlines (tests)
	return p.w.Write(b)
}
