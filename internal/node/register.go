package node

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"slices"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"publica"
	"publica/internal/domain/governance"
	"publica/internal/domain/identity"
	"publica/internal/ledger"
	"publica/internal/machine"
	"publica/internal/readmodel"
	"publica/internal/tilelog"
	"publica/internal/web"
)

// register is the node as the web sees it. It implements [web.Register] and
// [readmodel.Source].
type register struct {
	*chain
	ledger   *ledger.Ledger[publica.Promise]
	model    *readmodel.Model
	founding *web.Founding
	own      *publica.Policy // believes this node alone
	operator string
	self     []byte // consensus key of this node
	vouching *vouching
	holding  *holding
	watch    *watchdog
	witness  []Witness
	promises promises
	now      func() time.Time
}

// Founding implements [web.Register].
func (r *register) Founding() *web.Founding {
	f := *r.founding
	f.Passkeys = r.head.Load().passkeys
	return &f
}

// Submit implements [web.Intake]: the law checks form, then whether the entry
// would be accepted now; then the ledger makes it durable and promises.
func (r *register) Submit(ctx context.Context, s *publica.Submission) (*publica.Receipt, error) {
	if _, _, ok := r.ledger.Pending(s.Signed.ID()); ok {
		return r.Receipt(ctx, s.Signed.ID()) // promised before: the word stands, whatever the rules say now
	}
	if err := r.watch.refuse(); err != nil {
		return nil, err
	}
	e, err := r.check(s)
	if err != nil {
		if publica.CodeOf(err) == publica.Conflict && e != nil {
			if known, err := r.Receipt(ctx, e.ID); err == nil {
				return known, nil
			}
		}
		return nil, err
	}
	p, err := r.ledger.Submit(e, s.Content)
	if err != nil {
		return nil, err
	}
	return publica.PromisedReceipt(r.founding.Name, s, &p), nil
}

// Check says what would become of a submission, without taking it in.
func (r *register) Check(_ context.Context, s *publica.Submission) error {
	e, err := r.check(s)
	if err != nil {
		return err
	}
	return s.Signed.Signature.Verify(e.Author, s.Signed.Raw)
}

// check checks all of a submission but the mathematics of its signature. The
// entry is returned beside what the rules say against it: a Conflict may be
// with itself, if it is on the register already.
func (r *register) check(s *publica.Submission) (*machine.Entry, error) {
	e, err := r.machine.Check(&s.Signed)
	if err != nil {
		return nil, err
	}
	if err := publica.CheckContent(e.Entry, s.Content); err != nil {
		return nil, err
	}
	for i, p := range e.Entry.Content {
		if !slices.ContainsFunc(s.Content, func(c publica.Content) bool { return c.Name == p.Name }) {
			return nil, publica.Problem(publica.Invalid, "content/"+strconv.Itoa(i), "the bytes of part "+p.Name+" are missing").
				WithHint("send every part the entry commits to beside it")
		}
	}
	h := r.head.Load()
	return e, r.machine.Preview(h.state, h.Height+1, max(publica.TimeOf(r.now()), h.Time), e)
}

// Receipt implements [web.Intake].
func (r *register) Receipt(ctx context.Context, id publica.EntryID) (*publica.Receipt, error) {
	rec, err := r.Record(ctx, id)
	if publica.CodeOf(err) == publica.NotFound {
		if it, p, ok := r.ledger.Pending(id); ok {
			s := &publica.Submission{Signed: *it.Signed, Content: it.Content}
			return publica.PromisedReceipt(r.founding.Name, s, &p), nil
		}
	}
	if err != nil {
		return nil, err
	}
	if _, err := r.covering(ctx, rec.Index); err != nil {
		return nil, err
	}
	h := r.believed(rec.Index)
	path, err := r.log.Prove(h.tree, rec.Index)
	if err != nil {
		return nil, err
	}
	parts, err := r.parts(rec.Leaf)
	if err != nil {
		return nil, err
	}
	// What others signed was verified when it came, and it need not have this
	// node's signature.
	receipt := publica.LoggedReceipt(r.founding.Name, rec.Raw, parts, publica.FormatProof(rec.Index, path, h.own))
	receipt.Holds, _ = r.vouching.vouch.HeldBy(rec.Index)
	if _, err := receipt.Verify(r.own, r.founding.Name); err != nil {
		return nil, errors.New("this node's own receipt of " + id.String() + " does not verify: " + err.Error())
	}
	receipt.Proof = string(publica.FormatProof(rec.Index, path, h.checkpoint))
	return receipt, nil
}

// covering returns the head once its checkpoint covers the leaf at index: for a
// moment after a commit the leaf is stored and the checkpoint not signed yet.
func (r *register) covering(ctx context.Context, index int64) (*head, error) {
	for {
		moved := r.moved()
		if h := r.head.Load(); index < h.tree.N {
			return h, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// parts returns what is held of a leaf's content.
func (r *register) parts(l *publica.Leaf) ([]publica.Content, error) {
	if l.Entry == nil {
		return nil, nil
	}
	e, err := publica.ParseEntry(l.Entry)
	if err != nil {
		return nil, err
	}
	var parts []publica.Content
	for _, p := range e.Content {
		c, err := r.shown(p.Commitment)
		if publica.CodeOf(err) == publica.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		c.Name = p.Name
		parts = append(parts, c)
	}
	return parts, nil
}

// Record implements [web.Log].
func (r *register) Record(_ context.Context, id publica.EntryID) (*web.Record, error) {
	rec, ok, err := r.record(id)
	if err != nil {
		return nil, err
	}
	if ok {
		return r.leaf(rec.Index)
	}
	index, ok, err := r.log.IndexOf(id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, publica.Problem(publica.NotFound, "id", "is not on this register")
	}
	return r.leaf(index)
}

func (r *register) leaf(index int64) (*web.Record, error) {
	raw, err := r.log.Leaf(index)
	if err != nil {
		return nil, err
	}
	return r.place(index, raw)
}

// place says where a leaf stands.
func (r *register) place(index int64, raw []byte) (*web.Record, error) {
	l, err := publica.ParseLeaf(raw)
	if err != nil {
		return nil, err
	}
	w := &web.Record{ID: l.ID(), Index: index, Raw: raw, Leaf: l}
	if l.Entry != nil {
		rec, _, err := r.record(w.ID)
		if err != nil {
			return nil, err
		}
		w.Docket, w.Seq = rec.Docket, rec.Seq
	} else if l.System != nil {
		w.Docket = l.System.Docket
	}
	return w, nil
}

// Records implements [web.Log].
func (r *register) Records(_ context.Context, from int64, limit int) ([]web.Record, error) {
	var all []web.Record
	var bad error
	err := r.log.Leaves(from, func(index int64, leaf []byte) bool {
		if len(all) >= limit {
			return false
		}
		w, err := r.place(index, slices.Clone(leaf))
		if err != nil {
			bad = err
			return false
		}
		all = append(all, *w)
		return true
	})
	return all, errors.Join(err, bad)
}

// Checkpoint implements [web.Log].
func (r *register) Checkpoint(context.Context) ([]byte, error) {
	return r.believed(-1).checkpoint, nil
}

// Policy implements [web.Register].
func (r *register) Policy() string {
	return suggestedPolicy(r.founding.Name, r.founding.LogKey, r.founding.NodeKey, r.head.Load().validators, r.witness)
}

// LightBlock implements [web.Log].
func (r *register) LightBlock(_ context.Context, height int64) ([]byte, error) {
	return r.ledger.LightBlock(height)
}

// Tile implements [web.Log].
func (r *register) Tile(_ context.Context, path string) ([]byte, error) {
	data, _, err := r.log.Tile(path)
	return data, err
}

// Content implements [web.Store].
func (r *register) Content(_ context.Context, c publica.Commitment) (*publica.Content, error) {
	got, err := r.shown(c)
	if err != nil {
		return nil, err
	}
	return &got, nil
}

// Withheld implements [web.Store].
func (r *register) Withheld(_ context.Context, c publica.Commitment) (*publica.Content, error) {
	got, err := r.content.Get(c)
	if err != nil {
		return nil, err
	}
	return &got, nil
}

// Export implements [web.Store]. It writes the docket as the last seal left
// it, and proves that from the checkpoint over that seal.
func (r *register) Export(_ context.Context, docket publica.DocketID, w io.Writer) error {
	h := r.believed(-1)
	i := slices.IndexFunc(h.dockets, func(d publica.DocketHead) bool { return d.Docket == docket })
	if i < 0 {
		return publica.Problem(publica.NotFound, "docket", "is not a docket of this register")
	}
	seal := h.tree.N - 1 // every committed block that changed the log ends in its seal
	raw, err := r.log.Leaf(seal)
	if err != nil {
		return err
	}
	path, err := r.log.Prove(h.tree, seal)
	if err != nil {
		return err
	}
	header := &publica.ExportHeader{
		Docket: docket, Head: h.dockets[i], HeadCount: int64(len(h.dockets)), HeadIndex: int64(i),
		HeadProof: headPath(h.dockets, int64(i)), Proof: string(publica.FormatProof(seal, path, h.checkpoint)),
		Register: r.founding.Name, Seal: raw,
	}
	return publica.WriteExport(w, header, r.lines(h.dockets[i]))
}

// headPath returns the path from a docket's head to the seal's root of dockets.
func headPath(heads []publica.DocketHead, index int64) []publica.Hash {
	leaves := make([]tlog.Hash, len(heads))
	for i := range heads {
		leaves[i] = tlog.RecordHash(heads[i].Bytes())
	}
	path := []publica.Hash{}
	for _, h := range publica.TreePath(leaves, index) {
		path = append(path, publica.Hash(h))
	}
	return path
}

// lines yields the leaves of a docket up to its head.
func (r *register) lines(head publica.DocketHead) iter.Seq2[*publica.ExportLine, error] {
	return func(yield func(*publica.ExportLine, error) bool) {
		err := r.log.Docket(head.Docket, 0, func(seq, index int64) bool {
			if seq >= head.Size {
				return false
			}
			rec, err := r.leaf(index)
			if err != nil {
				return yield(nil, err)
			}
			parts, err := r.parts(rec.Leaf)
			return yield(&publica.ExportLine{Leaf: rec.Raw, Content: parts}, err)
		})
		if err != nil {
			yield(nil, err)
		}
	}
}

// Status implements [web.Register].
func (r *register) Status() *web.Status {
	h, led := r.head.Load(), r.ledger.Status()
	s := &web.Status{
		Size: h.tree.N, Root: publica.Hash(h.tree.Hash), Height: h.Height, Time: h.Sealed,
		Silence: h.silence, Shown: r.model.Next(), Pool: led.Waiting, Missing: r.holding.lacking(), Counted: h.turnout.Since,
		Cosigned: h.tree.N, Held: r.holding.held(),
	}
	s.Durable = s.Held
	if !h.alone() {
		s.Cosigned = 0
		if v := r.vouched.Load(); v != nil {
			s.Cosigned = v.tree.N
		}
		s.Durable = r.vouching.vouch.Durable()
	}
	for _, w := range r.witness {
		s.Witnesses = append(s.Witnesses, w.Name)
	}
	if v := r.witnessed.Load(); v != nil {
		s.Witnessed = v.tree.N
	}
	s.NotReady = r.watch.cause()
	if err := r.ledger.Err(); err != nil {
		s.NotReady = "the ledger has stopped: " + err.Error()
	}
	s.Ready = s.NotReady == ""
	return s
}

// Validators implements [web.Register].
func (r *register) Validators() []web.Validator {
	h, led := r.head.Load(), r.ledger.Status()
	online := map[string]bool{}
	for _, p := range led.Peers {
		online[p.ID] = p.Connected
	}
	given, kept := r.promises.count()
	if len(h.validators) == 0 { // a genesis that names none: this node alone
		v := web.Validator{Name: "node1." + r.founding.Name, Owner: r.operator, Key: hex.EncodeToString(r.self), Power: 1, Self: true,
			Cosigned: h.tree.N, CosignedAt: h.Sealed, Holds: r.holding.held(), HoldsAt: h.Sealed,
			VKeys: []string{r.founding.LogKey, r.founding.NodeKey}, Promised: given, Kept: kept}
		return []web.Validator{counted(v, h.turnout.By[ledger.Address(r.self)])}
	}
	said := map[string]tilelog.Standing{}
	for _, m := range r.vouching.vouch.Members() {
		said[m.ID] = m
	}
	var all []web.Validator
	for i := range h.validators {
		val := &h.validators[i]
		m := said[hex.EncodeToString(val.Consensus)]
		v := web.Validator{Name: val.Name, URL: val.URL, Key: hex.EncodeToString(val.Consensus), Power: val.Power,
			Self: bytes.Equal(val.Consensus, r.self), Online: online[val.Peer], VKeys: append([]string{val.Log, val.Node}, val.Cosign...),
			Cosigned: m.Size, CosignedAt: m.At, Holds: m.Holds, HoldsAt: m.HoldsAt, Conflicts: m.Forks}
		r.onRecord(h, val.Body, &v)
		if v.Self {
			v.Promised, v.Kept = given, kept
		}
		all = append(all, counted(v, h.turnout.By[ledger.Address(val.Consensus)]))
	}
	return all
}

// onRecord fills in what the register itself says of a validator: the name of
// the body that runs it, and how many promises it broke.
func (r *register) onRecord(h *head, body publica.BodyID, v *web.Validator) {
	err := r.machine.View(h.state, 0, func(tx *machine.Tx) {
		b, _ := identity.GetBody(tx, body)
		record, _ := governance.RecordOf(tx, v.Name)
		v.Owner, v.Broken = b.Name, record.Broken
	})
	if err != nil {
		v.Owner = "" // the page says that it is not stated
	}
}

func counted(v web.Validator, t taken) web.Validator {
	v.Proposed, v.Signed, v.Missed, v.LastVote, v.Recent = t.Proposed, t.Signed, t.Missed, t.Last, t.Recent
	v.Conflicts += t.Conflicts
	return v
}

// Size implements [readmodel.Source].
func (r *register) Size() int64 { return r.head.Load().tree.N }

// deep is how many entries may wait to be decided before the read model gives
// way to the log.
const deep = 1000

// Rows implements [readmodel.Source]. While many entries wait to be decided,
// each batch is handed over after a pause: pages may lag behind the log for a
// while, the log must not lag behind the public.
func (r *register) Rows(ctx context.Context, from int64, limit int) ([]readmodel.Row, error) {
	if r.ledger.Status().Waiting > deep {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return rows(r.chain, from, limit)
}

// rows reads leaves with the content this node holds.
func rows(c *chain, from int64, limit int) ([]readmodel.Row, error) {
	var all []readmodel.Row
	var bad error
	hold, err := c.readable()
	if err != nil {
		return nil, err
	}
	err = c.log.Leaves(from, func(index int64, leaf []byte) bool {
		if len(all) >= limit {
			return false
		}
		row, err := readmodel.NewRow(index, slices.Clone(leaf), hold)
		if err != nil {
			bad = err
			return false
		}
		all = append(all, row)
		return true
	})
	return all, errors.Join(err, bad)
}
