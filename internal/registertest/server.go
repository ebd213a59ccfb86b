package registertest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json/v2"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"publica"
	"publica/internal/machine"
)

// A Server is a register of the true rules with a clock that a test moves, behind
// as much of a node's interface as those who take part in a docket need: it takes
// entries, gives receipts, exports dockets, and shows its log. Each entry is a block
// of its own. A
// tender that lasts months passes in it in a moment.
type Server struct {
	mu      sync.Mutex
	law     *Law
	log     *publica.LogSigner
	content map[publica.EntryID][]publica.Content
	stored  []tlog.Hash
	leaves  int // of the log that stored has
}

// NewServer serves a law.
func NewServer(l *Law) (*Server, error) { return NewServerBy(l, "publica test log") }

// NewServerBy serves a law with a log key made from a name: the same records,
// vouched for by somebody else.
func NewServerBy(l *Law, name string) (*Server, error) {
	seed := sha256.Sum256([]byte(name))
	skey, err := publica.NewLogKey(Register, bytes.NewReader(seed[:]))
	if err != nil {
		return nil, err
	}
	log, err := publica.ParseLogKey(skey)
	if err != nil {
		return nil, err
	}
	return &Server{law: l, log: log, content: map[publica.EntryID][]publica.Content{}}, nil
}

// PolicyText is the policy that believes the server's log key.
func (s *Server) PolicyText() string { return publica.SingleLogPolicyText(s.log.VKey()) }

// Until moves the clock, with a block a minute before, so that no clock of a tender
// finds that blocks had stopped.
func (s *Server) Until(t publica.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t < s.law.Now.Add(time.Minute) {
		return errors.New("the clock never goes back, it is " + s.law.Now.String())
	}
	s.law.Now = t.Add(-time.Minute)
	s.law.Block()
	s.law.Now = t
	s.law.Block()
	return nil
}

// Entries are those of a docket, in order, those that the rules logged too.
func (s *Server) Entries(in publica.DocketID) (ids []publica.EntryID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.law.Log {
		if l.Docket == in {
			ids = append(ids, l.ID)
		}
	}
	return ids
}

// Now is the time of the next block.
func (s *Server) Now() publica.Time { return s.law.Now }

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/register", s.register)
	mux.HandleFunc("POST /api/v1/entries", s.submit)
	mux.HandleFunc("GET /api/v1/entries/{id}/receipt", s.receipt)
	mux.HandleFunc("GET /api/v1/dockets/{id}/export", s.export)
	mux.HandleFunc("GET /checkpoint", s.head)
	mux.HandleFunc("GET /tile/{path...}", s.tile)
	mux.ServeHTTP(w, r)
}

func (s *Server) answer(w http.ResponseWriter, v any, err error) {
	var raw []byte
	if err == nil {
		raw, err = json.Marshal(v)
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(raw)
}

func (s *Server) fail(w http.ResponseWriter, err error) {
	e, ok := errors.AsType[*publica.Error](err)
	if !ok {
		e = publica.Problem(publica.Internal, "", err.Error())
	}
	raw, _ := json.Marshal(e)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnprocessableEntity)
	_, _ = w.Write(raw)
}

func (s *Server) register(w http.ResponseWriter, _ *http.Request) {
	cp, err := s.checkpoint()
	s.answer(w, publica.RegisterInfo{Register: Register, Origin: Register, VKey: s.log.VKey(), Policy: s.PolicyText(), Checkpoint: string(cp), Size: int64(s.leaves)}, err)
}

func (s *Server) submit(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		s.fail(w, err)
		return
	}
	sub := new(publica.Submission)
	if err := json.Unmarshal(raw, sub); err != nil {
		s.fail(w, err)
		return
	}
	entry, err := s.law.Check(&sub.Signed)
	if err != nil {
		s.fail(w, err)
		return
	}
	s.content[entry.ID] = sub.Content
	s.law.Block(entry)
	receipt, err := s.receiptOf(entry.ID)
	s.answer(w, receipt, err)
}

func (s *Server) receipt(w http.ResponseWriter, r *http.Request) {
	id, err := publica.ParseEntryID(r.PathValue("id"))
	if err != nil {
		s.fail(w, err)
		return
	}
	receipt, err := s.receiptOf(id)
	s.answer(w, receipt, err)
}

func (s *Server) receiptOf(id publica.EntryID) (*publica.Receipt, error) {
	i := slices.IndexFunc(s.law.Log, func(l machine.Leaf) bool { return l.ID == id })
	if i < 0 {
		return nil, publica.Problem(publica.NotFound, "", "no such entry")
	}
	proof, err := s.proof(int64(i))
	if err != nil {
		return nil, err
	}
	return publica.LoggedReceipt(Register, s.law.Log[i].Bytes, s.content[id], proof), nil
}

// ReadHashes implements [tlog.HashReader].
func (s *Server) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = s.stored[x]
	}
	return out, nil
}

// grow hashes what the log has more.
func (s *Server) grow() error {
	for ; s.leaves < len(s.law.Log); s.leaves++ {
		more, err := tlog.StoredHashes(int64(s.leaves), s.law.Log[s.leaves].Bytes, s)
		if err != nil {
			return err
		}
		s.stored = append(s.stored, more...)
	}
	return nil
}

func (s *Server) checkpoint() ([]byte, error) {
	if err := s.grow(); err != nil {
		return nil, err
	}
	root, err := tlog.TreeHash(int64(s.leaves), s)
	if err != nil {
		return nil, err
	}
	return s.log.SignCheckpoint(tlog.Tree{N: int64(s.leaves), Hash: root})
}

func (s *Server) proof(i int64) ([]byte, error) {
	cp, err := s.checkpoint()
	if err != nil {
		return nil, err
	}
	path, err := tlog.ProveRecord(int64(s.leaves), i, s)
	return publica.FormatProof(i, path, cp), err
}

// sealed returns the index of the last seal.
func (s *Server) sealed() int {
	for i := len(s.law.Log) - 1; i >= 0; i-- {
		if l := s.law.Log[i]; !l.IsEntry && bytes.Contains(l.Bytes, []byte(`"seal":{`)) {
			return i
		}
	}
	return -1
}

// heads are those of all dockets, sorted by id.
func (s *Server) heads() (heads []publica.DocketHead, hashes []tlog.Hash) {
	trees := map[publica.DocketID]*publica.TreeHasher{}
	for _, l := range s.law.Log {
		if l.Docket == (publica.DocketID{}) {
			continue
		}
		if trees[l.Docket] == nil {
			trees[l.Docket] = new(publica.TreeHasher)
		}
		trees[l.Docket].Append(publica.LeafHash(l.Bytes))
	}
	for id, t := range trees {
		heads = append(heads, publica.DocketHead{Docket: id, Root: publica.Hash(t.Root()), Size: t.Size()})
	}
	slices.SortFunc(heads, func(a, b publica.DocketHead) int { return bytes.Compare(a.Docket[:], b.Docket[:]) })
	for i := range heads {
		hashes = append(hashes, publica.LeafHash(heads[i].Bytes()))
	}
	return heads, hashes
}

func (s *Server) export(w http.ResponseWriter, r *http.Request) {
	id, err := publica.ParseEntryID(r.PathValue("id"))
	if err != nil {
		s.fail(w, err)
		return
	}
	var b bytes.Buffer
	if err := s.WriteExport(&b, publica.DocketID(id)); err != nil {
		s.fail(w, err)
		return
	}
	_, _ = w.Write(b.Bytes())
}

// WriteExport writes the export of a docket.
func (s *Server) WriteExport(w io.Writer, in publica.DocketID) error {
	heads, hashes := s.heads()
	at := slices.IndexFunc(heads, func(h publica.DocketHead) bool { return h.Docket == in })
	seal := s.sealed()
	if at < 0 || seal < 0 {
		return publica.Problem(publica.NotFound, "", "no such docket")
	}
	proof, err := s.proof(int64(seal))
	if err != nil {
		return err
	}
	h := &publica.ExportHeader{Docket: in, Register: Register, Head: heads[at], HeadIndex: int64(at), HeadCount: int64(len(heads)), HeadProof: []publica.Hash{},
		Seal: s.law.Log[seal].Bytes, Proof: string(proof)}
	for _, p := range publica.TreePath(hashes, int64(at)) {
		h.HeadProof = append(h.HeadProof, publica.Hash(p))
	}
	return publica.WriteExport(w, h, func(yield func(*publica.ExportLine, error) bool) {
		for _, l := range s.law.Log {
			if l.Docket == in && !yield(&publica.ExportLine{Leaf: l.Bytes, Content: s.content[l.ID]}, nil) {
				return
			}
		}
	})
}
