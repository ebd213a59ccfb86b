package publica

import (
	"bytes"
	"compress/flate"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
)

// CompactPrefix starts the compact form of a receipt; see spec/receipt.md. It
// and what follows are characters that a QR code holds at five and a half bits
// each, and that may stand in a URL after the #.
const CompactPrefix = "PUBLICA1:"

// MaxCompact is how many characters a QR code holds (version 40, level L).
const MaxCompact = 4296

// maxCompactText bounds what a compact form unpacks to, in bytes.
const maxCompactText = 1 << 18

// longestSignature is that of a cosignature by Ed25519, in bytes: key hash,
// time, signature. One by ML-DSA-44 would fill a QR code alone.
const longestSignature = 4 + 8 + 64

var compactEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Compact returns the compact form of a logged receipt in at most limit
// characters: the leaf, its path, and the signatures by keys of the policy,
// those of ML-DSA-44 left out. Of the content it takes what fits, short parts
// first. What nodes hold and the promise are left out. An [Error] with code
// [TooLarge] says that even the proof does not fit.
func (r *Receipt) Compact(policy *Policy, limit int) (string, error) {
	leaf, err := ParseLeaf(r.Leaf)
	if err != nil {
		return "", err
	}
	proof, err := ParseProof([]byte(r.Proof))
	if err != nil {
		return "", err
	}
	head, n, err := openCheckpoint(proof.Checkpoint)
	if err != nil {
		return "", err
	}
	if head.Extension != "" {
		return "", Problem(Unsupported, "checkpoint", "has extension lines, which a compact receipt has no room for")
	}
	c := compact{register: r.Register, index: proof.Index, size: head.N, path: proof.Path, leaf: r.Leaf}
	for _, s := range n.UnverifiedSigs {
		raw, err := strictEncoding.DecodeString(s.Base64)
		if _, unknown := policy.Verifier(s.Name, s.Hash); err == nil && unknown == nil && len(raw) <= longestSignature {
			c.names, c.sigs = append(c.names, s.Name), append(c.sigs, raw)
		}
	}
	if leaf.Entry != nil {
		e, err := ParseEntry(leaf.Entry)
		if err != nil {
			return "", err
		}
		c.fill(e, r.Content, limit)
	}
	text := c.text(flate.BestCompression)
	if len(text) > limit {
		return "", Problem(TooLarge, "receipt", "is "+strconv.Itoa(len(text))+" characters in its compact form, over "+strconv.Itoa(limit))
	}
	return text, nil
}

// A compact is what a compact form says, taken apart.
type compact struct {
	register    string
	index, size int64
	path        []tlog.Hash
	names       []string // of signers
	sigs        [][]byte // key hash ‖ signature
	parts       []byte   // indexes of content in the entry
	content     []Content
	leaf        []byte
}

// fill takes the content that fits, and first leaves out what is longest.
func (c *compact) fill(e *Entry, content []Content, limit int) {
	for most := maxCompactText / 2; ; {
		c.parts, c.content = nil, nil
		longest := 0
		for i := range e.Content {
			for _, held := range content {
				if held.Name == e.Content[i].Name && len(held.Data) <= most {
					c.parts, c.content = append(c.parts, byte(i)), append(c.content, held)
					longest = max(longest, len(held.Data))
				}
			}
		}
		if c.parts == nil || len(c.text(flate.BestCompression)) <= limit {
			return
		}
		most = longest - 1
	}
}

// text packs c; level is one of package flate.
func (c *compact) text(level int) string {
	b := binary.AppendUvarint(nil, uint64(c.index))
	b = binary.AppendUvarint(b, uint64(c.size))
	b = append(b, byte(len(c.path)))
	for _, h := range c.path {
		b = append(b, h[:]...)
	}
	b = append(b, byte(len(c.sigs)))
	for _, s := range c.sigs {
		b = append(append(b, byte(len(s))), s...)
	}
	b = append(b, byte(len(c.parts)))
	for i, held := range c.content {
		b = append(append(b, c.parts[i]), held.Salt...)
	}
	out := bytes.NewBuffer(b)
	z, err := flate.NewWriter(out, level)
	if err != nil {
		panic(err) // cannot happen: the level is one
	}
	for _, line := range append([]string{c.register}, c.names...) {
		_, _ = io.WriteString(z, line+"\n") // to memory
	}
	_, _ = z.Write(append(bytes.Clone(c.leaf), '\n'))
	for _, held := range c.content {
		_, _ = z.Write(held.Data)
	}
	_ = z.Close()
	return CompactPrefix + compactEncoding.EncodeToString(out.Bytes())
}

// FindCompact returns the compact form that text is, or that stands after the
// last # of a URL.
func FindCompact(text string) (string, bool) {
	text = strings.TrimSpace(text[strings.LastIndexByte(text, '#')+1:])
	return text, strings.HasPrefix(text, CompactPrefix)
}

// ParseCompact returns the receipt whose compact form is given. It believes
// nothing; see [Receipt.Verify]. An [Error] has code [Malformed].
func ParseCompact(text string) (*Receipt, error) {
	bad := Problem(Malformed, "compact", "is not a receipt in its compact form").WithHint("scan the code once more, whole")
	digits, ok := strings.CutPrefix(text, CompactPrefix)
	raw, err := compactEncoding.DecodeString(digits)
	if !ok || err != nil || len(text) > MaxCompact || compactEncoding.EncodeToString(raw) != digits {
		return nil, bad
	}
	in := compactReader{b: raw}
	c := compact{}
	c.header(&in)
	if in.short || !c.unpack(in.b) {
		return nil, bad
	}
	r, ok := c.receipt()
	if !ok {
		return nil, bad
	}
	return r, nil
}

// header reads what stands before the packed part.
func (c *compact) header(in *compactReader) {
	c.index, c.size = in.number(), in.number()
	for range in.byte() {
		c.path = append(c.path, tlog.Hash(in.take(tlog.HashSize)))
	}
	for range in.byte() {
		c.sigs = append(c.sigs, in.take(in.byte()))
	}
	for range in.byte() {
		c.parts, c.content = append(c.parts, byte(in.byte())), append(c.content, Content{Salt: in.take(SaltSize)})
	}
}

// A compactReader reads from the front of b, and notes if that was too short.
type compactReader struct {
	b     []byte
	short bool
}

func (r *compactReader) take(n int) []byte {
	if n > len(r.b) {
		r.b, r.short = nil, true
		return make([]byte, n)
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

func (r *compactReader) byte() int { return int(r.take(1)[0]) }

// number reads an unsigned varint below 2^53, in its shortest form.
func (r *compactReader) number() int64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v >= 1<<53 || n > 1 && r.b[n-1] == 0 {
		r.b, r.short = nil, true
		return 0
	}
	r.b = r.b[n:]
	return int64(v)
}

// unpack reads the lines, the leaf and the content.
func (c *compact) unpack(packed []byte) bool {
	from := bytes.NewReader(packed)
	all, err := io.ReadAll(io.LimitReader(flate.NewReader(from), maxCompactText+1))
	if err != nil || len(all) > maxCompactText || from.Len() > 0 {
		return false
	}
	lines := bytes.SplitN(all, []byte("\n"), 3+len(c.sigs))
	if len(lines) != 3+len(c.sigs) || !utf8.Valid(bytes.Join(lines[:len(lines)-1], nil)) {
		return false
	}
	c.register = string(lines[0])
	for _, name := range lines[1 : 1+len(c.sigs)] {
		c.names = append(c.names, string(name))
	}
	c.leaf = lines[1+len(c.sigs)]
	return c.cut(lines[2+len(c.sigs)])
}

// cut cuts the content as the entry gives its sizes.
func (c *compact) cut(rest []byte) bool {
	if len(c.parts) > 0 {
		leaf, err := ParseLeaf(c.leaf)
		if err != nil || leaf.Entry == nil {
			return false
		}
		e, err := ParseEntry(leaf.Entry)
		if err != nil {
			return false
		}
		for at, i := range c.parts {
			if int(i) >= len(e.Content) || e.Content[i].Size > int64(len(rest)) {
				return false
			}
			n := e.Content[i].Size
			c.content[at].Name, c.content[at].Data = e.Content[i].Name, rest[:n:n]
			rest = rest[n:]
		}
	}
	return len(rest) == 0
}

// receipt puts the parts together: the root is the one the path leads to.
func (c *compact) receipt() (*Receipt, bool) {
	root, ok := pathRoot(c.path, c.size, c.index, LeafHash(c.leaf))
	if !ok || len(c.sigs) == 0 {
		return nil, false
	}
	signed := bytes.NewBufferString(c.register + "\n" + strconv.FormatInt(c.size, 10) + "\n" + root.String() + "\n\n")
	for i, s := range c.sigs {
		signed.WriteString("— " + c.names[i] + " " + base64.StdEncoding.EncodeToString(s) + "\n")
	}
	return LoggedReceipt(c.register, c.leaf, c.content, FormatProof(c.index, c.path, signed.Bytes())), true
}

// pathRoot returns the root to which a path leads in a tree of that size, if
// paths there have its length (RFC 9162, section 2.1.3.2).
func pathRoot(path []tlog.Hash, size, index int64, h tlog.Hash) (tlog.Hash, bool) {
	if index >= size {
		return h, false
	}
	at, last := index, size-1
	for _, p := range path {
		if last == 0 {
			return h, false
		}
		if at&1 == 1 || at == last {
			for h = tlog.NodeHash(p, h); at&1 == 0 && at != 0; {
				at, last = at>>1, last>>1
			}
		} else {
			h = tlog.NodeHash(h, p)
		}
		at, last = at>>1, last>>1
	}
	return h, last == 0
}
