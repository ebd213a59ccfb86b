package machine

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json/v2"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"

	"publica"
)

// RulesVersion is the version of the rules in this binary.
const RulesVersion = 1

// The machine's own tables. Domains cannot reach them but through Tx.
var (
	meta    = NewTable[metaState]("machine")
	dockets = NewTable[docketTree]("docket-tree")
	due     = NewTable[Due]("due")
	metaKey = []byte("meta")
)

// metaState is the machine's own position. It is part of the hashed state only
// where a block changes it otherwise; height and time of empty blocks are not.
type metaState struct {
	Register  string       `json:"register"`
	LogSize   int64        `json:"log_size"`
	SealedAt  publica.Time `json:"sealed_at"`
	State     publica.Hash `json:"state"`
	Scheduled int64        `json:"scheduled"`
}

// Machine is the law with the domains it was given. It holds no state but a
// cache of docket heads; it is not safe for concurrent use, except Check and
// Preview.
type Machine struct {
	register string
	domains  []Domain
	kinds    map[publica.Kind]*Kind
	systems  map[publica.Kind]*System

	code    publica.Hash // of the executable this runs in
	anyCode bool

	heads *headTree // of the state last committed; nil until loaded
}

// New returns a machine for the register of that name.
func New(register string, domains []Domain) (*Machine, error) {
	m := &Machine{register: register, domains: domains, kinds: map[publica.Kind]*Kind{}, systems: map[publica.Kind]*System{}}
	for i := range domains {
		d := &domains[i]
		for j := range d.Kinds {
			k := &d.Kinds[j]
			if !k.Name.Valid() || k.Name.Domain() != d.Name || m.kinds[k.Name] != nil {
				return nil, fmt.Errorf("kind %q of domain %q: bad or repeated name", k.Name, d.Name)
			}
			m.kinds[k.Name] = k
		}
		for j := range d.Systems {
			s := &d.Systems[j]
			if !s.Name.Valid() || s.Name.Domain() != d.Name || m.systems[s.Name] != nil {
				return nil, fmt.Errorf("system record %q of domain %q: bad or repeated name", s.Name, d.Name)
			}
			m.systems[s.Name] = s
		}
	}
	return m, nil
}

// Kinds returns the kinds by name, in order.
func (m *Machine) Kinds() []Kind {
	var all []Kind
	for _, d := range m.domains {
		all = append(all, d.Kinds...)
	}
	slices.SortFunc(all, func(a, b Kind) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return all
}

// Check parses an entry and checks all that needs no state, signature
// excepted. Safe for concurrent use.
func (m *Machine) Check(s *publica.Signed) (*Entry, error) {
	parsed, err := publica.ParseEntry(s.Raw)
	if err != nil {
		return nil, err
	}
	e := &Entry{Entry: parsed, ID: s.ID(), Signed: s}
	if e.Register != m.register {
		return nil, publica.Problem(publica.Invalid, "register", "is "+e.Register+", this register is "+m.register).
			WithHint("sign for the register you send to")
	}
	k := m.kinds[e.Kind]
	if k == nil {
		return nil, publica.Problem(publica.Unsupported, "kind", string(e.Kind)+" is not a kind of this register").
			WithHint("GET /api/v1/kinds lists them")
	}
	if err := s.Signature.CheckForm(e.Author); err != nil {
		return nil, err
	}
	if err := k.check(e); err != nil {
		return nil, err
	}
	return e, nil
}

// Preview says whether the entry would be accepted by the state read, if a
// block of that height and time came next: advice for its author, never a
// decision. Safe for concurrent use if r is.
func (m *Machine) Preview(r Reader, height int64, now publica.Time, e *Entry) error {
	b := &Block{machine: m, reader: r, height: height, time: now}
	tx := &Tx{block: b}
	if hasRecord(tx, e.ID) {
		return publica.Problem(publica.Conflict, "", "is on the register already")
	}
	copied := *e
	refusal := b.decide(tx, &copied)
	if b.err != nil {
		return b.err
	}
	return refusal
}

// Position returns the log size and state hash of the committed state.
func Position(r Reader) (logSize int64, state publica.Hash, err error) {
	b := &Block{reader: r}
	s, _ := meta.Get(&Tx{block: b}, metaKey)
	return s.LogSize, s.State, b.err
}

// NextDue returns the time of the first due record of the committed state that
// is later than a block time, or zero if there is none. Earlier ones have been
// looked at: a block that changes nothing leaves them where they are.
func NextDue(r Reader, after publica.Time) (publica.Time, error) {
	var at publica.Time
	prefix := []byte(due.prefix)
	err := r.Scan(prefix, func(k, _ []byte) bool {
		next := publica.Time(binary.BigEndian.Uint64(k[len(prefix):]))
		if next > after {
			at = next
		}
		return next <= after
	})
	return at, err
}

func dueKey(at publica.Time, n int64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(at)), uint64(n))
}

// A Leaf is one leaf a block adds to the log.
type Leaf struct {
	Bytes  []byte
	Hash   tlog.Hash
	ID     publica.EntryID  // of the entry; SHA-256 of the leaf for others
	Docket publica.DocketID // zero: in no docket's tree
	Seq    int64            // position in the docket's tree

	IsEntry bool // an author's entry; a system record or seal otherwise
}

// Outcome says what became of an entry.
type Outcome int

const (
	Accepted  Outcome = iota
	Refused           // on the log with the reason, without effect
	Duplicate         // already on the log; nothing changed
)

// Block is one block being executed.
type Block struct {
	machine *Machine
	reader  Reader
	height  int64
	time    publica.Time
	over    map[string]*cell // changes so far
	seen    map[string]*cell // committed values read so far
	tx      Tx               // of the entry being applied
	leaves  []Leaf
	base    int64 // log size before the block
	meta    metaState
	touched map[publica.DocketID]*docketTree // trees the block appended to, its own copies
	err     error
}

// newBlock returns a block that can change state.
func (m *Machine) newBlock(r Reader, height int64, time publica.Time) *Block {
	b := &Block{machine: m, reader: r, height: height, time: time,
		over: make(map[string]*cell), touched: make(map[publica.DocketID]*docketTree)}
	b.tx.block = b
	return b
}

// fresh returns the block's Tx for the next entry.
func (b *Block) fresh() *Tx {
	tx := &b.tx
	tx.drop()
	tx.emitted, tx.opens = nil, false
	return tx
}

// Result is what a finished block asks to be stored, atomically.
type Result struct {
	Leaves []Leaf  // for the log, the seal last; none if the block was silent
	Writes []Write // for the state, in key order
	Powers []Power // validators whose power the block changed, in key order
	heads  *headTree
}

// Begin starts the block of that height and time on the committed state and
// runs what fell due. It returns an error in whose chain is [ErrUpgrade],
// before anything else, if other code than this must execute the block.
func (m *Machine) Begin(r Reader, height int64, time publica.Time) (*Block, error) {
	b := m.newBlock(r, height, time)
	s, ok := meta.Get(b.fresh(), metaKey)
	if b.err == nil && !ok {
		b.err = errors.New("state has no genesis")
	}
	if err := m.mayExecute(&b.tx, height); err != nil {
		return nil, err
	}
	b.meta, b.base = s, s.LogSize
	b.runDue()
	return b, b.err
}

// runDue runs what fell due. It looks at committed state: the block has not
// changed anything yet, and what the rules schedule now is due in a later one.
func (b *Block) runDue() {
	var ready []Due
	var keys [][]byte
	if err := b.reader.Scan([]byte(due.prefix), func(k, raw []byte) bool {
		k = k[len(due.prefix):]
		if publica.Time(binary.BigEndian.Uint64(k)) > b.time {
			return false
		}
		var d Due
		if err := json.Unmarshal(slices.Clone(raw), &d); err != nil {
			b.fail(fmt.Errorf("decode due record: %w", err))
			return false
		}
		ready, keys = append(ready, d), append(keys, slices.Clone(k))
		return true
	}); err != nil {
		b.fail(fmt.Errorf("scan state: %w", err))
	}
	for i := range ready {
		tx := b.fresh()
		due.Delete(tx, keys[i])
		if s := b.machine.systems[ready[i].Kind]; s != nil && s.Apply(tx, &ready[i]) {
			d := ready[i]
			tx.emitted = append([]publica.SystemRecord{{Kind: d.Kind, Docket: d.Docket, Body: d.Body}}, tx.emitted...)
		}
		b.closeTx(tx)
	}
}

// Apply takes one entry, whose signature the caller has verified, through its
// rule. The error is a fault of the store and stops the block.
func (b *Block) Apply(e *Entry) (Outcome, error) {
	if b.err != nil {
		return 0, b.err
	}
	placed := *e
	placed.Index = b.base + int64(len(b.leaves))
	tx := b.fresh()
	if hasRecord(tx, e.ID) {
		return Duplicate, b.err
	}
	refusal := b.decide(tx, &placed)
	if b.err != nil {
		return 0, b.err
	}
	leaf := publica.Leaf{Entry: e.Signed.Raw, Signature: &e.Signed.Signature, Height: b.height, Time: b.time}
	rec := Record{Index: placed.Index, Kind: e.Kind, Seq: placed.Seq}
	in := e.Docket
	if refusal != nil {
		tx = b.fresh()
		leaf.Refused = RefusalOf(refusal)
		rec.Refused = true
	} else if tx.opens {
		in = publica.DocketID(e.ID)
		b.touched[in] = &docketTree{}
	}
	if b.docket(in) == nil {
		in = publica.DocketID{}
	}
	rec.Docket = in
	putRecord(tx, e.ID, &rec)
	tx.keep()
	b.append(&leaf, e.ID, in)
	b.appendEmitted(tx)
	if refusal != nil {
		return Refused, b.err
	}
	return Accepted, b.err
}

// decide runs the rule; the error is the refusal.
func (b *Block) decide(tx *Tx, e *Entry) error {
	if err := admitPasskey(tx, &e.Signed.Signature); err != nil {
		return err
	}
	if !e.Docket.IsZero() {
		t := b.docket(e.Docket)
		if t == nil {
			return publica.Problem(publica.NotFound, "docket", "is not a docket of this register").
				WithHint("GET /api/v1/dockets lists them")
		}
		e.Seq = t.Size
	}
	for _, d := range b.machine.domains {
		if d.Admit == nil {
			continue
		}
		if err := d.Admit(tx, e); err != nil {
			return err
		}
	}
	return b.machine.kinds[e.Kind].apply(tx, e)
}

// maxRefusalText keeps the leaf of the largest entry within
// [publica.MaxLeafSize] whatever a rule says of it: JSON may need six bytes for
// one.
const maxRefusalText = 1000 // bytes, of field and message each

// RefusalOf returns an error of a rule as the log keeps it: as UTF-8, and what
// is over 1000 bytes cut off.
func RefusalOf(err error) *publica.Refusal {
	if e, ok := errors.AsType[*publica.Error](err); ok {
		return &publica.Refusal{Code: e.Code, Field: clip(e.Field), Message: clip(e.Message)}
	}
	return &publica.Refusal{Code: publica.Invalid, Message: clip(err.Error())}
}

func clip(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= maxRefusalText {
		return s
	}
	end := maxRefusalText
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// closeTx keeps the changes of a Tx that belongs to no entry.
func (b *Block) closeTx(tx *Tx) {
	tx.keep()
	b.appendEmitted(tx)
}

func (b *Block) appendEmitted(tx *Tx) {
	for i := range tx.emitted {
		s := &tx.emitted[i]
		leaf := publica.Leaf{System: s, Height: b.height, Time: b.time}
		b.append(&leaf, publica.EntryID{}, s.Docket)
	}
}

// append adds a leaf to the log and to its docket's tree. One that nobody could
// read again stops the block.
func (b *Block) append(l *publica.Leaf, id publica.EntryID, docket publica.DocketID) {
	raw, err := l.Bytes()
	if err != nil {
		b.fail(fmt.Errorf("encode leaf: %w", err))
		return
	}
	if len(raw) > publica.MaxLeafSize {
		b.fail(publica.Problem(publica.TooLarge, "leaf", "is "+strconv.Itoa(len(raw))+" bytes, over the limit of "+strconv.Itoa(publica.MaxLeafSize)))
		return
	}
	leaf := Leaf{Bytes: raw, Hash: publica.LeafHash(raw), ID: id, Docket: docket, IsEntry: l.Entry != nil}
	if id.IsZero() {
		leaf.ID = publica.ID(raw)
	}
	if !docket.IsZero() {
		t := b.touch(docket)
		leaf.Seq = t.Size
		t.append(leaf.Hash)
	}
	b.leaves = append(b.leaves, leaf)
}

// docket returns the tree of a docket as the block leaves it so far, nil if
// there is no such docket. It must not be modified.
func (b *Block) docket(id publica.DocketID) *docketTree {
	if t, ok := b.touched[id]; ok {
		return t
	}
	t, ok := dockets.Get(&Tx{block: b}, id[:])
	if !ok {
		return nil
	}
	return &t
}

// touch returns the block's own copy of a docket's tree, to append to.
func (b *Block) touch(id publica.DocketID) *docketTree {
	t, ok := b.touched[id]
	if !ok {
		t = new(docketTree)
		if old := b.docket(id); old != nil {
			t.Edge, t.Size = slices.Clone(old.Edge), old.Size
		}
		b.touched[id] = t
	}
	return t
}

// Finish seals the block. A block without leaves is sealed only when the
// silence interval has passed; otherwise it changes nothing at all.
func (b *Block) Finish() (*Result, error) {
	if b.err != nil {
		return nil, b.err
	}
	heads, err := b.machine.currentHeads(b.reader)
	if err != nil {
		return nil, err
	}
	tx := b.fresh()
	if len(b.leaves) == 0 && int64(b.time-b.meta.SealedAt) < tx.Parameters().Silence {
		return &Result{heads: heads}, nil
	}
	powers := b.powers()
	b.meta, _ = meta.Get(tx, metaKey)
	b.meta.LogSize = b.base + int64(len(b.leaves)) + 1
	b.meta.SealedAt = b.time
	before := b.meta.State
	b.meta.State = publica.Hash{}
	meta.Put(tx, metaKey, b.meta)
	for id, t := range b.touched {
		dockets.Put(tx, id[:], *t)
	}
	tx.keep()
	writes := b.sortWrites()
	b.meta.State = chain(before, writes)
	b.resealMeta(writes)

	heads = heads.with(b.touched)
	seal := publica.Leaf{Height: b.height, Time: b.time, Seal: &publica.Seal{
		DocketCount: int64(len(heads.heads)), Dockets: publica.Hash(heads.root()), State: b.meta.State}}
	b.append(&seal, publica.EntryID{}, publica.DocketID{})
	if b.err != nil {
		return nil, b.err
	}
	return &Result{Leaves: b.leaves, Writes: writes, Powers: powers, heads: heads}, nil
}

// resealMeta puts the state hash, which covers all writes with the hash itself
// left out, into the write of the machine's own position.
func (b *Block) resealMeta(writes []Write) {
	raw, err := encodeTyped(b.meta)
	if err != nil {
		b.fail(fmt.Errorf("encode state: %w", err))
	}
	key := append([]byte(meta.prefix), metaKey...)
	i, _ := slices.BinarySearchFunc(writes, key, func(w Write, key []byte) int { return bytes.Compare(w.Key, key) })
	writes[i].Value = raw
}

// Committed tells the machine that a result is now the committed state.
func (m *Machine) Committed(r *Result) { m.heads = r.heads }

// chain returns the state hash after a block: SHA-256 over the hash before it
// and each write, in key order, with lengths.
func chain(before publica.Hash, writes []Write) publica.Hash {
	h := sha256.New()
	h.Write(before[:])
	var n []byte
	for _, w := range writes {
		n = binary.BigEndian.AppendUint32(n[:0], uint32(len(w.Key)))
		h.Write(n)
		h.Write(w.Key)
		if w.Value == nil {
			h.Write([]byte{0xff, 0xff, 0xff, 0xff})
			continue
		}
		n = binary.BigEndian.AppendUint32(n[:0], uint32(len(w.Value)))
		h.Write(n)
		h.Write(w.Value)
	}
	return publica.Hash(h.Sum(nil))
}

func (b *Block) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// View runs f on a read-only Tx over committed state, for those who ask the
// rules what stands: debt, ghosts, roles.
func (m *Machine) View(r Reader, now publica.Time, f func(tx *Tx)) error {
	b := &Block{machine: m, reader: r, time: now}
	f(&Tx{block: b})
	return b.err
}
