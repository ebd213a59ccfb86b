package web_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"

	"publica"
	"publica/internal/machine"
	"publica/internal/web"
)

const (
	fakeName   = "test.publica.example"
	fakeEpoch  = publica.Time(1796162400000) // 2026-12-01T22:00:00.000Z
	fakePolicy = 30 * time.Second
)

// fakeRegister is a register in memory: the real law with two sample kinds, a
// real log with real signatures, and one block per submission unless held.
type fakeRegister struct {
	mu       sync.Mutex // guards all below
	law      *machine.Machine
	state    map[string][]byte
	signer   *publica.LogSigner
	founding web.Founding
	leaves   []web.Record
	hashes   []tlog.Hash // stored hashes of the log, tlog order
	byID     map[publica.EntryID]int
	content  map[publica.Commitment]*publica.Content
	waiting  map[publica.EntryID]*publica.Receipt
	height   int64
	time     publica.Time

	hold   bool  // promise, but do not log
	submit error // what Submit answers instead
	status func(*web.Status)
	runBy  []web.Validator // what Validators answers instead
	panics bool            // Records panics
}

type openBody struct {
	Type string `json:"type"`
}

type sayBody struct {
	Stance string `json:"stance"`
}

func fakeDomain() machine.Domain {
	return machine.Domain{Name: "sample", Kinds: []machine.Kind{
		machine.Define("sample/open", "Opens a docket; anyone.", nil, func(tx *machine.Tx, e *machine.Entry, b *openBody) error {
			tx.OpenDocket()
			return nil
		}),
		machine.Define("sample/say", "Says something in a docket; anyone.", func(e *machine.Entry, b *sayBody) error {
			if b.Stance == "" {
				return publica.Problem(publica.Invalid, "body/stance", "is missing").WithHint("use support, oppose or neutral")
			}
			return nil
		}, func(tx *machine.Tx, e *machine.Entry, b *sayBody) error {
			if b.Stance == "late" {
				return publica.Problem(publica.Late, "", "the period for comments closed before this was decided")
			}
			return nil
		}),
	}}
}

func newFake(t testing.TB) *fakeRegister {
	t.Helper()
	law, err := machine.New(fakeName, []machine.Domain{fakeDomain()})
	must(t, err)
	skey, err := publica.NewLogKey(fakeName, strings.NewReader(strings.Repeat("k", 64)))
	must(t, err)
	signer, err := publica.ParseLogKey(skey)
	must(t, err)
	founder := publica.KeyFromSeed([32]byte{9})
	f := &fakeRegister{law: law, signer: signer, state: map[string][]byte{}, byID: map[publica.EntryID]int{},
		content: map[publica.Commitment]*publica.Content{}, waiting: map[publica.EntryID]*publica.Receipt{}, time: fakeEpoch}
	f.founding = web.Founding{Name: fakeName, LogKey: signer.VKey(), NodeKey: signer.VKey(), Founded: fakeEpoch,
		Founders: []publica.KeyID{founder.ID()}}
	for _, k := range law.Kinds() {
		f.founding.Kinds = append(f.founding.Kinds, web.KindInfo{Name: k.Name, Doc: k.Doc})
	}
	res, err := law.Found(f, &machine.Genesis{Founders: f.founding.Founders, Register: fakeName, Silence: 300_000, Time: fakeEpoch, Version: machine.RulesVersion})
	must(t, err)
	f.commit(res)
	return f
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Get and Scan make the fake the machine's reader.
func (f *fakeRegister) Get(key []byte) ([]byte, error) { return f.state[string(key)], nil }

func (f *fakeRegister) Scan(prefix []byte, yield func(key, value []byte) bool) error {
	for _, k := range slices.Sorted(maps.Keys(f.state)) {
		if strings.HasPrefix(k, string(prefix)) && !yield([]byte(k), f.state[k]) {
			return nil
		}
	}
	return nil
}

func (f *fakeRegister) commit(res *machine.Result) {
	for _, w := range res.Writes {
		if w.Value == nil {
			delete(f.state, string(w.Key))
		} else {
			f.state[string(w.Key)] = w.Value
		}
	}
	for _, l := range res.Leaves {
		leaf, err := publica.ParseLeaf(l.Bytes)
		if err != nil {
			panic(err)
		}
		n := int64(len(f.leaves))
		hashes, err := tlog.StoredHashes(n, l.Bytes, f)
		if err != nil {
			panic(err)
		}
		f.hashes = append(f.hashes, hashes...)
		f.byID[l.ID] = len(f.leaves)
		f.leaves = append(f.leaves, web.Record{ID: l.ID, Index: n, Docket: l.Docket, Seq: l.Seq, Raw: l.Bytes, Leaf: leaf})
	}
	f.law.Committed(res)
}

// ReadHashes makes the fake a tlog.HashReader.
func (f *fakeRegister) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		out[i] = f.hashes[at]
	}
	return out, nil
}

// block decides the submissions as one block, after the given time has passed.
func (f *fakeRegister) block(after time.Duration, subs ...*publica.Submission) {
	f.height++
	f.time = f.time.Add(after)
	b, err := f.law.Begin(f, f.height, f.time)
	if err != nil {
		panic(err)
	}
	for _, s := range subs {
		e, err := f.law.Check(&s.Signed)
		if err != nil {
			panic(err)
		}
		if _, err := b.Apply(e); err != nil {
			panic(err)
		}
		for i := range s.Content {
			f.content[s.Content[i].Commitment()] = &s.Content[i]
		}
	}
	res, err := b.Finish()
	if err != nil {
		panic(err)
	}
	f.commit(res)
}

func (f *fakeRegister) Submit(_ context.Context, s *publica.Submission) (*publica.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.submit != nil {
		return nil, f.submit
	}
	id := s.Signed.ID()
	if _, ok := f.byID[id]; ok {
		return f.logged(id)
	}
	if err := f.checkLocked(s); err != nil {
		return nil, err
	}
	promises, err := publica.PromiseBatch(f.signer, fakeName, []publica.EntryID{id}, f.time.Add(fakePolicy))
	if err != nil {
		return nil, err
	}
	receipt := publica.PromisedReceipt(fakeName, s, &promises[0])
	if f.hold {
		f.waiting[id] = receipt
		for i := range s.Content {
			f.content[s.Content[i].Commitment()] = &s.Content[i]
		}
		return receipt, nil
	}
	f.block(time.Second, s)
	return receipt, nil
}

func (f *fakeRegister) Check(_ context.Context, s *publica.Submission) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.checkLocked(s)
}

func (f *fakeRegister) checkLocked(s *publica.Submission) error {
	e, err := s.Signed.Open()
	if err != nil {
		return err
	}
	if err := publica.CheckContent(e, s.Content); err != nil {
		return err
	}
	_, err = f.law.Check(&s.Signed)
	return err
}

func (f *fakeRegister) Receipt(_ context.Context, id publica.EntryID) (*publica.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r := f.waiting[id]; r != nil {
		return r, nil
	}
	return f.logged(id)
}

var errNotHere = publica.Problem(publica.NotFound, "id", "is not on this register").WithHint("check the id")

func (f *fakeRegister) logged(id publica.EntryID) (*publica.Receipt, error) {
	at, ok := f.byID[id]
	if !ok {
		return nil, errNotHere
	}
	rec := f.leaves[at]
	path, err := tlog.ProveRecord(int64(len(f.leaves)), rec.Index, f)
	if err != nil {
		return nil, err
	}
	var parts []publica.Content
	if rec.Leaf.Entry != nil {
		e, err := publica.ParseEntry(rec.Leaf.Entry)
		if err != nil {
			return nil, err
		}
		for _, p := range e.Content {
			if c := f.content[p.Commitment]; c != nil {
				parts = append(parts, *c)
			}
		}
	}
	return publica.LoggedReceipt(fakeName, rec.Raw, parts, publica.FormatProof(rec.Index, path, f.signed())), nil
}

func (f *fakeRegister) tree() tlog.Tree {
	n := int64(len(f.leaves))
	root, err := tlog.TreeHash(n, f)
	if err != nil {
		panic(err)
	}
	return tlog.Tree{N: n, Hash: root}
}

func (f *fakeRegister) signed() []byte {
	signed, err := f.signer.SignCheckpoint(f.tree())
	if err != nil {
		panic(err)
	}
	return signed
}

func (f *fakeRegister) Record(_ context.Context, id publica.EntryID) (*web.Record, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, ok := f.byID[id]
	if !ok {
		return nil, errNotHere
	}
	rec := f.leaves[at]
	return &rec, nil
}

func (f *fakeRegister) Records(_ context.Context, from int64, limit int) ([]web.Record, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.panics {
		panic("the disk is on fire")
	}
	from = min(from, int64(len(f.leaves)))
	return slices.Clone(f.leaves[from:min(int(from)+limit, len(f.leaves))]), nil
}

func (f *fakeRegister) Checkpoint(context.Context) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.signed(), nil
}

func (f *fakeRegister) Tile(_ context.Context, path string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t, err := torchwood.ParseTilePath(path)
	if err != nil {
		return nil, errNotHere
	}
	if t.L >= 0 {
		return tlog.ReadTileData(t, f)
	}
	var bundle []byte
	for i := range int64(t.W) {
		if bundle, err = torchwood.AppendTileEntry(bundle, f.leaves[t.N*torchwood.TileWidth+i].Raw); err != nil {
			return nil, err
		}
	}
	return bundle, nil
}

func (f *fakeRegister) Content(_ context.Context, c publica.Commitment) (*publica.Content, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if got := f.content[c]; got != nil {
		return got, nil
	}
	return nil, publica.Problem(publica.NotFound, "commitment", "is of content this register does not hold")
}

func (f *fakeRegister) Withheld(ctx context.Context, c publica.Commitment) (*publica.Content, error) {
	return f.Content(ctx, c)
}

func (f *fakeRegister) Export(_ context.Context, docket publica.DocketID, w io.Writer) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.byID[publica.EntryID(docket)]; !ok {
		return errNotHere
	}
	for _, r := range f.leaves {
		if r.Docket == docket {
			if _, err := fmt.Fprintf(w, "%s\n", r.Raw); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *fakeRegister) Founding() *web.Founding { return &f.founding }

func (f *fakeRegister) Validators() []web.Validator {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.runBy != nil {
		return f.runBy
	}
	n := int64(len(f.leaves))
	return []web.Validator{{Name: "node-1", Owner: "Office of Public Records", Key: "ed25519 " + strings.Repeat("Qm9k", 10),
		Power: 10, Self: true, Proposed: f.height, Signed: f.height, Recent: strings.Repeat("1", 30), LastVote: f.time,
		Cosigned: n, CosignedAt: f.time, Holds: n, HoldsAt: f.time, Promised: 4, Kept: 3}}
}

func (f *fakeRegister) Policy() string { return publica.SingleLogPolicyText(f.signer.VKey()) }

func (f *fakeRegister) LightBlock(_ context.Context, height int64) ([]byte, error) {
	if height > f.height {
		return nil, errNotHere
	}
	return []byte{1}, nil
}

func (f *fakeRegister) Status() *web.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	tree := f.tree()
	st := &web.Status{Size: tree.N, Root: publica.Hash(tree.Hash), Height: f.height, Time: f.time, Shown: tree.N,
		Pool: len(f.waiting), Ready: true, Silence: 5 * time.Minute,
		Cosigned: tree.N, Durable: tree.N, Counted: fakeEpoch}
	if f.status != nil {
		f.status(st)
	}
	return st
}

// sample is what the fake holds after its sample statements.
type sample struct {
	docket  publica.DocketID
	comment publica.EntryID // with markdown, hostile
	refused publica.EntryID
	erased  publica.EntryID // its content is gone
	seal    publica.EntryID
	waiting publica.EntryID
}

// hostile is what a page must survive showing.
const hostile = "# A plan\n\nWe ask for **open timetables**, see [the draft](https://example.org/draft).\n\n" +
	"<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) ![p](https://example.org/p.png)\n\n" +
	"> Quoted: every department publishes by 1 March.\n\n- one\n- two\n\nAbc \u202Eevil\u202C end. " +
	"VeryLongWordVeryLongWordVeryLongWordVeryLongWordVeryLongWordVeryLongWordVeryLongWordVeryLongWord\n"

// fill makes sample statements: a docket, comments, a refusal, erased content,
// a long silence, and a promise not kept yet.
func (f *fakeRegister) fill(t testing.TB) *sample {
	t.Helper()
	s := &sample{}
	lead, citizen := publica.KeyFromSeed([32]byte{1}), publica.KeyFromSeed([32]byte{2})
	open := statement(t, lead, 1, "sample/open", `{"type":"action-plan"}`, publica.DocketID{}, "title", "text/plain", "Sixth Open Government Action Plan")
	s.docket = publica.DocketID(open.Signed.ID())
	f.block(time.Second, open)
	say := func(n byte, key *publica.PrivateKey, stance, media, text string) *publica.Submission {
		return statement(t, key, n, "sample/say", `{"stance":"`+stance+`"}`, s.docket, "text", media, text)
	}
	c := say(2, citizen, "support", "text/markdown", hostile)
	s.comment = c.Signed.ID()
	f.block(40*time.Second, c, say(3, lead, "neutral", "text/plain", "A short remark."), say(4, citizen, "oppose", "text/plain", "שלום עולם, a remark in two directions."))
	late := say(5, citizen, "late", "text/plain", "Too late, alas.")
	s.refused = late.Signed.ID()
	f.block(time.Minute, late)
	f.block(5 * time.Minute)
	f.block(5 * time.Minute)
	f.block(5 * time.Minute)
	gone := say(6, citizen, "support", "text/plain", "This text will go.")
	s.erased = gone.Signed.ID()
	f.block(time.Minute, gone)
	delete(f.content, gone.Content[0].Commitment())
	for i := range byte(6) {
		f.block(20*time.Second, say(10+i, citizen, "support", "text/plain", fmt.Sprintf("Remark number %d of the afternoon.", i)))
	}
	s.seal = f.leaves[len(f.leaves)-1].ID
	f.hold = true
	w := say(30, citizen, "support", "text/plain", "This one waits.")
	s.waiting = w.Signed.ID()
	_, err := f.Submit(t.Context(), w)
	must(t, err)
	f.hold = false
	return s
}

func statement(t testing.TB, key *publica.PrivateKey, n byte, kind publica.Kind, body string, docket publica.DocketID, part, media, text string) *publica.Submission {
	t.Helper()
	salt := bytes.Repeat([]byte{n}, publica.SaltSize)
	c := publica.Content{Name: part, Salt: salt, Data: []byte(text)}
	s, err := publica.NewSubmission(key, publica.Entry{Register: fakeName, Kind: kind, Body: []byte(body), Docket: docket,
		Made: fakeEpoch.Add(time.Duration(n) * time.Second), Nonce: publica.Nonce{n},
		Content: []publica.Part{{Commitment: c.Commitment(), Media: media, Name: part, Size: int64(len(text))}}}, c)
	must(t, err)
	return s
}
