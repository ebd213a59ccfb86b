package registertest

import (
	"bytes"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"publica"
	"publica/internal/machine"
)

// Root returns the RFC 6962 root of the log.
func (l *Law) Root() publica.Hash {
	hashes := make([]tlog.Hash, len(l.Log))
	for i := range l.Log {
		hashes[i] = l.Log[i].Hash
	}
	return publica.Hash(publica.TreeRoot(hashes))
}

// StateHash returns the state hash of the last seal.
func (l *Law) StateHash() publica.Hash {
	l.T.Helper()
	_, state, err := machine.Position(l.State)
	if err != nil {
		l.T.Fatal(err)
	}
	return state
}

// reading is what a reader of the log alone knows so far.
type reading struct {
	law     *Law
	dockets map[publica.DocketID][]tlog.Hash
	heads   map[publica.DocketID]tlog.Hash // of dockets unchanged since the last seal
	entries map[publica.EntryID]bool
	stored  []tlog.Hash // for tlog.TreeHash
	last    publica.Leaf
	open    bool // leaves since the last seal
}

// CheckRegister re-derives from the bytes of the leaves alone what the machine
// says of them: the log's tree, each docket's tree, every seal, the position of
// every entry, all signatures. State hashes are compared with a second
// machine's in every block.
func (l *Law) CheckRegister() {
	l.T.Helper()
	r := &reading{law: l, dockets: map[publica.DocketID][]tlog.Hash{}, heads: map[publica.DocketID]tlog.Hash{}, entries: map[publica.EntryID]bool{}}
	for i := range l.Log {
		r.leaf(int64(i), &l.Log[i])
	}
	if r.open {
		l.T.Fatal("the log does not end with a seal")
	}
	size, state, err := machine.Position(l.State)
	if err != nil || size != int64(len(l.Log)) {
		l.T.Fatalf("position %d, %v; the log has %d leaves", size, err, len(l.Log))
	}
	if r.last.Seal.State != state {
		l.T.Fatalf("the last seal says state %s, the state says %s", r.last.Seal.State, state)
	}
	l.checkPowers()
	root, err := tlog.TreeHash(size, tlog.HashReaderFunc(r.read))
	if err != nil || publica.Hash(root) != l.Root() {
		l.T.Fatalf("log root %s, tlog says %s, %v", l.Root(), root, err)
	}
}

// checkPowers compares the validators in state with those that the changes of
// power lead to: the engine knows nothing else.
func (l *Law) checkPowers() {
	l.T.Helper()
	all, err := machine.Validators(l.State)
	if err != nil || len(all) != len(l.powers) || (len(all) == 0) != (len(l.Genesis.Validators) == 0) {
		l.T.Fatalf("%d validators in state, %d by changes of power, %v", len(all), len(l.powers), err)
	}
	for i := range all {
		if l.powers[string(all[i].Consensus)] != all[i].Power {
			l.T.Fatalf("validator %s has power %d, by changes of power %d", all[i].Name, all[i].Power, l.powers[string(all[i].Consensus)])
		}
	}
}

func (r *reading) read(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		out[i] = r.stored[n]
	}
	return out, nil
}

func (r *reading) leaf(i int64, got *machine.Leaf) {
	t := r.law.T
	t.Helper()
	leaf, err := publica.ParseLeaf(got.Bytes)
	if err != nil {
		t.Fatalf("leaf %d: %v", i, err)
	}
	if leaf.Height < r.last.Height || leaf.Time < r.last.Time {
		t.Fatalf("leaf %d goes back to height %d, time %s", i, leaf.Height, leaf.Time)
	}
	if r.open && leaf.Height != r.last.Height {
		t.Fatalf("leaf %d: height %d is not sealed", i, r.last.Height)
	}
	if got.Hash != tlog.RecordHash(got.Bytes) || got.ID != leaf.ID() {
		t.Fatalf("leaf %d: wrong hash or id", i)
	}
	stored, err := tlog.StoredHashes(i, got.Bytes, tlog.HashReaderFunc(r.read))
	if err != nil {
		t.Fatal(err)
	}
	r.stored = append(r.stored, stored...)
	r.last, r.open = *leaf, leaf.Seal == nil
	if leaf.Seal != nil {
		r.seal(i, leaf.Seal)
		return
	}
	in := r.place(i, leaf, got)
	if in != got.Docket || !in.IsZero() && got.Seq != int64(len(r.dockets[in])) {
		t.Fatalf("leaf %d: is in docket %s at %d, machine says %s at %d", i, in, len(r.dockets[in]), got.Docket, got.Seq)
	}
	if !in.IsZero() {
		r.dockets[in] = append(r.dockets[in], got.Hash)
		delete(r.heads, in)
	}
}

// place returns the docket a leaf belongs to, checking the entry it holds.
func (r *reading) place(i int64, leaf *publica.Leaf, got *machine.Leaf) publica.DocketID {
	t := r.law.T
	t.Helper()
	if leaf.System != nil {
		return leaf.System.Docket
	}
	s := &publica.Signed{Raw: leaf.Entry, Signature: *leaf.Signature}
	e, err := s.Open()
	if err != nil {
		t.Fatalf("leaf %d: %v", i, err)
	}
	if r.entries[got.ID] {
		t.Fatalf("leaf %d: entry %s stands twice", i, got.ID)
	}
	r.entries[got.ID] = true
	r.law.View(func(tx *machine.Tx) {
		rec, ok := tx.Record(got.ID)
		if !ok || rec.Index != i || rec.Kind != e.Kind || rec.Refused != (leaf.Refused != nil) || rec.Docket != got.Docket || rec.Seq != got.Seq {
			t.Fatalf("leaf %d: record %+v of entry %s", i, rec, got.ID)
		}
	})
	if e.Kind == "docket/open" && leaf.Refused == nil {
		return publica.DocketID(got.ID)
	}
	if _, ok := r.dockets[e.Docket]; ok {
		return e.Docket
	}
	return publica.DocketID{}
}

func (r *reading) seal(i int64, s *publica.Seal) {
	r.law.T.Helper()
	var ids []publica.DocketID
	for id := range r.dockets {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b publica.DocketID) int { return bytes.Compare(a[:], b[:]) })
	var heads []tlog.Hash
	for _, id := range ids {
		if _, ok := r.heads[id]; !ok {
			h := publica.DocketHead{Docket: id, Size: int64(len(r.dockets[id])), Root: publica.Hash(publica.TreeRoot(r.dockets[id]))}
			r.heads[id] = tlog.RecordHash(h.Bytes())
		}
		heads = append(heads, r.heads[id])
	}
	if s.DocketCount != int64(len(ids)) || s.Dockets != publica.Hash(publica.TreeRoot(heads)) {
		r.law.T.Fatalf("seal %d: wrong root over %d docket heads", i, len(ids))
	}
}
