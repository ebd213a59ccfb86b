package publica

import (
	"bufio"
	"bytes"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"io"
	"iter"
	"runtime"
	"strconv"
	"sync"
)

// ExportFormat names the docket export format; see spec/proof.md.
const ExportFormat = "publica-docket-export/v1"

// MaxExportLine is the size limit of one line of an export, in bytes: an entry
// with its attachments in base64.
const MaxExportLine = 512 << 20

// An ExportHeader is the first line of a docket export. It proves, from a
// signed checkpoint, how many leaves the docket has and what their root is:
// checkpoint → seal (the leaf of Proof) → head → leaves.
type ExportHeader struct {
	Docket    DocketID       `json:"docket"`
	Format    string         `json:"format"`     // [ExportFormat]
	Head      DocketHead     `json:"head"`       // size and root of the docket's own tree
	HeadCount int64          `json:"head_count"` // dockets of the register at the seal
	HeadIndex int64          `json:"head_index"` // of this one, sorted by id
	HeadProof []Hash         `json:"head_proof"` // path from the head to the seal's root of dockets
	Proof     string         `json:"proof"`      // C2SP tlog-proof of the seal
	Register  string         `json:"register"`
	Seal      jsontext.Value `json:"seal"` // canonical leaf
}

// An ExportLine is one leaf of the docket with the content that is still held.
type ExportLine struct {
	Content  []Content      `json:"content,omitempty"`
	Leaf     jsontext.Value `json:"leaf"`
	Position int64          `json:"position"` // in the docket, from 0
}

// WriteExport writes a docket export as JSON lines. It fills in Format and the
// positions, and fails if the lines are not as many as the head says.
func WriteExport(w io.Writer, header *ExportHeader, lines iter.Seq2[*ExportLine, error]) error {
	out := bufio.NewWriterSize(w, 64<<10)
	h := *header
	h.Format = ExportFormat
	if err := writeLine(out, &h); err != nil {
		return err
	}
	n := int64(0)
	for line, err := range lines {
		if err != nil {
			return err
		}
		l := *line
		l.Position = n
		if err := writeLine(out, &l); err != nil {
			return err
		}
		n++
	}
	if n != h.Head.Size {
		return Problem(Internal, "", "wrote "+strconv.FormatInt(n, 10)+" leaves of a docket that has "+strconv.FormatInt(h.Head.Size, 10))
	}
	return out.Flush()
}

// writeLine writes v, whose members are declared in canonical order.
func writeLine(w *bufio.Writer, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return jsonError(err)
	}
	w.Write(raw)
	return w.WriteByte('\n')
}

// An ExportSummary is what a docket export proves: these are all entries of the
// docket at the checkpoint, none missing, none added, none altered.
type ExportSummary struct {
	Docket         DocketID
	Size           int64 // leaves
	Accepted       int64 // entries that took effect
	Refused        int64 // entries the rules refused, with their reason
	System         int64 // system records
	ContentPresent int64 // parts in the export, each fits its commitment
	ContentMissing int64 // parts of entries that are not in the export
	Checkpoint     *Checkpoint
	Seal           *Leaf
}

// VerifyExport reads a docket export and proves it complete under the policy:
// every entry's form, signature and content, and that the leaves are exactly
// those under the docket's head. It holds a bounded part of the export in
// memory. Progress, if not nil, is called now and then with the leaves checked
// and their total. An [Error] says what is missing or altered.
func VerifyExport(r io.Reader, policy *Policy, progress func(done, total int64)) (*ExportSummary, error) {
	in := bufio.NewReaderSize(r, 256<<10)
	first, err := readLine(in)
	if err == io.EOF {
		return nil, Problem(Malformed, "export", "is empty")
	}
	if err != nil {
		return nil, err
	}
	x := &exportVerifier{in: in, policy: policy, progress: progress}
	if err := x.open(first); err != nil {
		return nil, err
	}
	return x.leaves()
}

type exportVerifier struct {
	in       *bufio.Reader
	policy   *Policy
	progress func(done, total int64)
	header   ExportHeader
	sum      ExportSummary
	tree     TreeHasher
}

// open checks the header: checkpoint, seal, head.
func (x *exportVerifier) open(line []byte) error {
	h := &x.header
	if err := decodeCanonical(line, h, "header"); err != nil {
		return err
	}
	if h.Format != ExportFormat {
		return Problem(Unsupported, "header/format", "is "+strconv.Quote(h.Format)+", not "+ExportFormat)
	}
	if h.Register != x.policy.Register() {
		return Problem(Unverified, "header/register", "is "+strconv.Quote(h.Register)+", the policy is about "+x.policy.Register())
	}
	if h.Head.Docket != h.Docket {
		return Problem(Unverified, "header/head/docket", "is another docket")
	}
	seal, err := ParseLeaf(h.Seal)
	if err != nil {
		return under("header/seal", err)
	}
	if seal.Seal == nil {
		return Problem(Malformed, "header/seal", "is not a seal")
	}
	index, checkpoint, err := VerifyProof([]byte(h.Proof), x.policy, h.Seal)
	if err != nil {
		return under("header", err)
	}
	if index != checkpoint.Tree.N-1 {
		// An older seal would prove an older, shorter docket.
		return Problem(Unverified, "header/seal", "is not the last leaf under the checkpoint: what came later could be left out")
	}
	if err := CheckHead(&h.Head, h.HeadIndex, h.HeadCount, h.HeadProof, seal.Seal); err != nil {
		return under("header", err)
	}
	x.sum = ExportSummary{Docket: h.Docket, Size: h.Head.Size, Checkpoint: checkpoint, Seal: seal}
	return nil
}

// Lines are checked in batches, on all cores: signatures are most of the work.
// A batch is bounded in lines and in bytes, so memory is.
const (
	exportBatch      = 512
	exportBatchBytes = 16 << 20
)

// leaves checks the lines in order and adds them up.
func (x *exportVerifier) leaves() (*ExportSummary, error) {
	total := x.header.Head.Size
	for done := false; !done; {
		var lines [][]byte
		for size := 0; len(lines) < exportBatch && size < exportBatchBytes; {
			line, err := readLine(x.in)
			if err == io.EOF {
				done = true
				break
			}
			if err != nil {
				return nil, err
			}
			lines = append(lines, line)
			size += len(line)
		}
		for i, c := range x.checkAll(lines) {
			if err := x.add(c, x.tree.Size()); err != nil {
				return nil, err
			}
			lines[i] = nil
		}
		if x.progress != nil {
			x.progress(x.tree.Size(), total)
		}
	}
	n := x.tree.Size()
	if n < total {
		return nil, Problem(Unverified, "export", leafOf(n, total)+" is missing: the export ends after "+strconv.FormatInt(n, 10))
	}
	if Hash(x.tree.Root()) != x.header.Head.Root {
		return nil, Problem(Unverified, "export", "its "+strconv.FormatInt(total, 10)+" leaves do not give the root of the docket's head: at least one was altered or replaced")
	}
	return &x.sum, nil
}

// checked is what one line holds, or why it is refused.
type checked struct {
	line             ExportLine
	leaf             *Leaf
	present, missing int
	err              error
}

func (x *exportVerifier) checkAll(lines [][]byte) []checked {
	out := make([]checked, len(lines))
	workers := min(runtime.GOMAXPROCS(0), (len(lines)+15)/16)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(lines); i += workers {
				x.check(lines[i], &out[i])
			}
		})
	}
	wg.Wait()
	return out
}

// check checks a line by itself: form, signature, content, docket.
func (x *exportVerifier) check(line []byte, c *checked) {
	if c.err = decodeCanonical(line, &c.line, ""); c.err != nil {
		return
	}
	if c.leaf, c.err = ParseLeaf(c.line.Leaf); c.err != nil {
		return
	}
	switch leaf := c.leaf; {
	case leaf.Seal != nil:
		c.err = Problem(Unverified, "", "is a seal, which belongs to no docket")
	case leaf.System != nil && leaf.System.Docket != x.header.Docket:
		c.err = Problem(Unverified, "", "is of another docket")
	case leaf.System != nil && len(c.line.Content) > 0:
		c.err = Problem(Malformed, "content", "stands beside a system record")
	case leaf.Entry != nil:
		v := Verified{Signature: leaf.Signature}
		if c.err = v.entry(x.header.Register, "leaf", leaf.Entry, c.line.Content); c.err != nil {
			break
		}
		if v.Entry.Docket != x.header.Docket && v.ID != EntryID(x.header.Docket) {
			c.err = Problem(Unverified, "", "is of another docket")
		}
		c.present, c.missing = len(v.Present), len(v.Missing)
	}
}

// add counts the n-th line, or says what is wrong with it.
func (x *exportVerifier) add(c checked, n int64) error {
	total := x.header.Head.Size
	switch {
	case n >= total:
		return Problem(Unverified, "export", "holds more than the "+strconv.FormatInt(total, 10)+" leaves of the docket")
	case c.err == nil && c.line.Position != n:
		return Problem(Unverified, "export", leafOf(n, total)+" is missing: the line in its place says it is leaf "+strconv.FormatInt(c.line.Position+1, 10))
	case c.err != nil:
		what := leafOf(n, total)
		if c.leaf != nil && c.leaf.Entry != nil {
			what += " (entry " + c.leaf.ID().String() + ")"
		}
		e, ok := errors.AsType[*Error](c.err)
		if !ok {
			return c.err
		}
		return &Error{Code: e.Code, Field: "export", Message: what + " is altered", Hint: e.Hint,
			Err: &Error{Code: e.Code, Field: e.Field, Message: e.Message}}
	}
	x.tree.Append(LeafHash(c.line.Leaf))
	x.sum.ContentPresent += int64(c.present)
	x.sum.ContentMissing += int64(c.missing)
	switch {
	case c.leaf.System != nil:
		x.sum.System++
	case c.leaf.Refused != nil:
		x.sum.Refused++
	default:
		x.sum.Accepted++
	}
	return nil
}

func leafOf(n, total int64) string {
	return "leaf " + strconv.FormatInt(n+1, 10) + " of " + strconv.FormatInt(total, 10)
}

// decodeCanonical decodes a line and refuses any but the canonical form.
func decodeCanonical(line []byte, v any, at string) error {
	if err := DecodeStrict(line, v, at); err != nil {
		return err
	}
	again, err := json.Marshal(v)
	if err != nil {
		return jsonError(err)
	}
	if !bytes.Equal(again, line) {
		return Problem(Malformed, at, "is not in canonical form")
	}
	return nil
}

// readLine reads a line without its newline. The last line must have one, too:
// a file that ends without was cut.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
			if len(line) > MaxExportLine {
				return nil, Problem(TooLarge, "export", "has a line over "+strconv.Itoa(MaxExportLine)+" bytes")
			}
		case err == io.EOF && len(line) == 0:
			return nil, io.EOF
		case err == io.EOF:
			return nil, Problem(Malformed, "export", "ends within a line: the file was cut")
		default:
			return nil, &Error{Code: Internal, Message: "read the export", Err: err}
		}
	}
}
