package machine

import (
	"bytes"
	"encoding/json/v2"
	"fmt"
	"iter"
	"maps"
	"slices"

	"publica"
)

// A Reader is the committed state a block starts from. Reads must be
// repeatable while a block executes. It is used by one goroutine at a time.
type Reader interface {
	// Get returns the value of key, or nil if there is none. The result may
	// be kept, but not modified; key is valid only during the call.
	Get(key []byte) ([]byte, error)
	// Scan yields keys with the prefix in ascending byte order until yield
	// returns false. Key and value are valid only during the call.
	Scan(prefix []byte, yield func(key, value []byte) bool) error
}

// A Write is one change of state. A nil Value deletes the key.
type Write struct {
	Key, Value []byte
}

// Tx is what a rule sees of the world: state, the block's time, and ways to
// change state. Changes of a refused entry are dropped. A Tx is not safe for
// concurrent use and must not be kept. A fault of the store is remembered and
// stops the block; a rule need not check for it.
type Tx struct {
	block   *Block
	over    map[string]*cell // changes of this entry
	emitted []publica.SystemRecord
	opens   bool
	flipped []flip // bits this entry changed in chunks of the block
	key     []byte // scratch for keys
}

// flip is a changed bit, to be changed back if the entry is refused.
type flip struct {
	chunk *cell
	at    uint64
	mask  byte
}

func (tx *Tx) flip(c *cell, at uint64, mask byte) {
	c.raw[at] ^= mask
	tx.flipped = append(tx.flipped, flip{c, at, mask})
}

// Time returns the block's time, in milliseconds since the Unix epoch: the
// only "now" there is.
func (tx *Tx) Time() publica.Time { return tx.block.time }

// SealedAt returns the block time of the last block before this one that was
// sealed: what stands on the log as of then, everyone could see.
func (tx *Tx) SealedAt() publica.Time {
	s, _ := meta.Get(tx, metaKey)
	return s.SealedAt
}

// Height returns the block's height.
func (tx *Tx) Height() int64 { return tx.block.height }

// LogSize returns how many leaves the log has before what is being applied.
func (tx *Tx) LogSize() int64 { return tx.block.base + int64(len(tx.block.leaves)) }

// Emit appends a system record after the entry that caused it.
func (tx *Tx) Emit(kind publica.Kind, docket publica.DocketID, body any) {
	raw, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		tx.block.fail(fmt.Errorf("encode system record %s: %w", kind, err))
		return
	}
	tx.emitted = append(tx.emitted, publica.SystemRecord{Kind: kind, Docket: docket, Body: raw})
}

// OpenDocket gives the entry being applied a docket of its own: its id names
// it, and its leaf is the first of the docket's tree.
func (tx *Tx) OpenDocket() { tx.opens = true }

// Schedule has the [System] rule of kind run in the first block whose time is
// at or after at. Things due at the same time run in the order scheduled.
func (tx *Tx) Schedule(at publica.Time, kind publica.Kind, docket publica.DocketID, body any) {
	raw, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		tx.block.fail(fmt.Errorf("encode due record %s: %w", kind, err))
		return
	}
	n, _ := meta.Get(tx, metaKey)
	n.Scheduled++
	meta.Put(tx, metaKey, n)
	due.Put(tx, dueKey(at, n.Scheduled), Due{Kind: kind, Docket: docket, Body: raw, At: at})
}

// Record returns where an entry stands, if the register has it.
func (tx *Tx) Record(id publica.EntryID) (Record, bool) { return getRecord(tx, id) }

// Head returns the size and root of a docket's tree before the entry being
// applied, and whether there is such a docket.
func (tx *Tx) Head(docket publica.DocketID) (publica.DocketHead, bool) {
	t := tx.block.docket(docket)
	if t == nil {
		return publica.DocketHead{Docket: docket}, false
	}
	return publica.DocketHead{Docket: docket, Size: t.Size, Root: t.root()}, true
}

// joined returns prefix ‖ key in memory that the next call uses again.
func (tx *Tx) joined(prefix string, key []byte) []byte {
	tx.key = append(append(tx.key[:0], prefix...), key...)
	return tx.key
}

// find returns what stands at key: the entry's change, the block's change, or
// the committed value, nil if there is none. A committed value is kept for the
// rest of the block when remember is set.
func (tx *Tx) find(key []byte, remember bool) *cell {
	if c, ok := tx.over[string(key)]; ok {
		return c.orNil()
	}
	if c, ok := tx.block.over[string(key)]; ok {
		return c.orNil()
	}
	if c, ok := tx.block.seen[string(key)]; ok {
		return c.orNil()
	}
	raw, err := tx.block.reader.Get(key)
	if err != nil {
		tx.block.fail(fmt.Errorf("read state: %w", err))
		return nil
	}
	if raw == nil && !remember {
		return nil
	}
	c := &cell{raw: raw}
	if remember {
		if tx.block.seen == nil {
			tx.block.seen = make(map[string]*cell)
		}
		tx.block.seen[string(key)] = c
	}
	return c.orNil()
}

// set changes what stands at key.
func (tx *Tx) set(key []byte, c *cell) {
	if tx.over == nil {
		tx.over = make(map[string]*cell, 8)
	}
	tx.over[string(key)] = c
}

// get and put are find and set for values that are bytes.
func (tx *Tx) get(key []byte) []byte {
	c := tx.find(key, true)
	if c == nil {
		return nil
	}
	return c.raw
}

func (tx *Tx) put(key, value []byte) { tx.set(key, &cell{raw: value}) }

// scan yields live keys with the prefix in ascending order, the entry's and
// the block's changes included. The set of keys is fixed when it starts.
func (tx *Tx) scan(prefix []byte, yield func(key, value []byte) bool) {
	merged := map[string][]byte{}
	if err := tx.block.reader.Scan(prefix, func(k, v []byte) bool {
		merged[string(k)] = bytes.Clone(v)
		return true
	}); err != nil {
		tx.block.fail(fmt.Errorf("scan state: %w", err))
		return
	}
	for _, over := range []map[string]*cell{tx.block.over, tx.over} {
		for k, c := range over {
			if len(k) < len(prefix) || k[:len(prefix)] != string(prefix) {
				continue
			}
			if raw := c.bytes(tx.block); raw == nil {
				delete(merged, k)
			} else {
				merged[k] = raw
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(merged)) {
		if !yield([]byte(k), merged[k]) {
			return
		}
	}
}

// keep moves the entry's changes into the block and leaves the Tx as new.
func (tx *Tx) keep() {
	maps.Copy(tx.block.over, tx.over)
	tx.flipped = tx.flipped[:0]
	tx.drop()
}

// drop forgets the entry's changes.
func (tx *Tx) drop() {
	for _, f := range tx.flipped {
		f.chunk.raw[f.at] ^= f.mask
	}
	tx.flipped = tx.flipped[:0]
	clear(tx.over)
}

// A cell is one value of state during a block: as bytes, as the value they
// decode to, or both. A table's value is encoded once, when the block is
// sealed, however often the block changes it.
type cell struct {
	raw    []byte
	typed  any // pointer to the table's V; not modified once here
	encode func(typed any) ([]byte, error)
	chunk  bool // of a bitset, changed in place
}

func (c *cell) absent() bool { return c.raw == nil && c.typed == nil }

func (c *cell) orNil() *cell {
	if c.absent() {
		return nil
	}
	return c
}

// bytes returns the value as stored. A chunk of zeros is not stored.
func (c *cell) bytes(b *Block) []byte {
	if c.chunk && !slices.ContainsFunc(c.raw, func(x byte) bool { return x != 0 }) {
		return nil
	}
	if c.raw == nil && c.typed != nil {
		raw, err := c.encode(c.typed)
		if err != nil {
			b.fail(fmt.Errorf("encode state: %w", err))
		}
		c.raw = raw
	}
	return c.raw
}

// sortWrites returns the block's changes in ascending key order.
func (b *Block) sortWrites() []Write {
	w := make([]Write, 0, len(b.over))
	for k, c := range b.over {
		w = append(w, Write{[]byte(k), c.bytes(b)})
	}
	slices.SortFunc(w, func(a, b Write) int { return bytes.Compare(a.Key, b.Key) })
	return w
}

// A Table is a typed part of state: values of type V under byte-string keys,
// kept apart from other tables by its name. Values are stored as JSON with
// members in declaration order; V must hold no floats and no times but
// [publica.Time]. Declare tables as package variables.
//
// Within a block a value is decoded once and handed out again: what Get and
// Scan return, and what was given to Put, must not be modified. Copy slices
// before changing them.
type Table[V any] struct{ prefix string }

// NewTable names a table. Names are part of the state hash: never rename.
func NewTable[V any](name string) Table[V] { return Table[V]{name + "\x00"} }

// Get returns the value at key and whether there is one.
func (t Table[V]) Get(tx *Tx, key []byte) (v V, ok bool) {
	c := tx.find(tx.joined(t.prefix, key), true)
	if c == nil {
		return v, false
	}
	if c.typed != nil {
		return *c.typed.(*V), true
	}
	typed := new(V)
	if err := json.Unmarshal(c.raw, typed); err != nil {
		tx.block.fail(fmt.Errorf("decode state %q: %w", t.prefix, err))
		return v, false
	}
	c.typed = typed
	return *typed, true
}

// Has reports whether there is a value at key.
func (t Table[V]) Has(tx *Tx, key []byte) bool {
	return tx.find(tx.joined(t.prefix, key), false) != nil
}

// Put sets the value at key.
func (t Table[V]) Put(tx *Tx, key []byte, v V) {
	tx.set(tx.joined(t.prefix, key), &cell{typed: &v, encode: encodeTyped})
}

func encodeTyped(typed any) ([]byte, error) { return json.Marshal(typed, json.Deterministic(true)) }

// Delete removes the value at key, if any.
func (t Table[V]) Delete(tx *Tx, key []byte) { tx.set(tx.joined(t.prefix, key), &cell{}) }

// Scan yields keys (without the table's name) that start with prefix, and
// their values, in ascending byte order. It reads all of them: for tables
// whose prefixes are small.
func (t Table[V]) Scan(tx *Tx, prefix []byte) iter.Seq2[[]byte, V] {
	return func(yield func([]byte, V) bool) {
		tx.scan(slices.Clone(tx.joined(t.prefix, prefix)), func(key, raw []byte) bool {
			var v V
			if err := json.Unmarshal(raw, &v); err != nil {
				tx.block.fail(fmt.Errorf("decode state %q: %w", t.prefix, err))
				return false
			}
			return yield(key[len(t.prefix):], v)
		})
	}
}

// Key joins fixed-size key parts. At most the last part may vary in length.
func Key(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
