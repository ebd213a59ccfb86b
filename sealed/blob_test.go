package sealed

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"publica"
)

func TestBlob(t *testing.T) {
	for _, size := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize} {
		doc := make([]byte, size)
		_, _ = io.ReadFull(chance("document"), doc)
		var sealed, opened bytes.Buffer
		b, err := SealBlob(&sealed, iotest.HalfReader(bytes.NewReader(doc)), chance("blob"))
		if err != nil || int64(sealed.Len()) != BlobSize(int64(size)) || b.Hash != sha256.Sum256(sealed.Bytes()) {
			t.Fatalf("%d bytes became %d, %v", size, sealed.Len(), err)
		}
		if err := OpenBlob(&opened, iotest.OneByteReader(&sealed), b); err != nil || !bytes.Equal(opened.Bytes(), doc) {
			t.Errorf("%d bytes became %d, %v", size, opened.Len(), err)
		}
	}
}

func TestBlobRefusals(t *testing.T) {
	var sealed bytes.Buffer
	b := must(SealBlob(&sealed, bytes.NewReader(make([]byte, 2*chunkSize+5)), chance("blob")))
	raw := sealed.Bytes()
	swapped := slices.Concat(raw[sealedSize:2*sealedSize], raw[:sealedSize], raw[2*sealedSize:])
	with := func(change func(*Blob)) *Blob { c := *b; change(&c); return &c }
	for _, c := range []struct {
		what  string
		raw   []byte
		blob  *Blob
		code  publica.Code
		field string
	}{
		{"altered", altered(raw, sealedSize+3), b, publica.Unverified, "blob"},
		{"swapped chunks", swapped, b, publica.Unverified, "blob"},
		{"last chunk cut off", raw[:2*sealedSize], b, publica.Malformed, "blob"},
		{"cut within a chunk", raw[:2*sealedSize+9], b, publica.Malformed, "blob"},
		{"cut off, and said to be so", raw[:2*sealedSize], with(func(b *Blob) { b.Size = chunkSize + 5 }), publica.Unverified, "blob"},
		{"more behind it", append(slices.Clone(raw), 0), b, publica.Malformed, "blob"},
		{"another key", raw, with(func(b *Blob) { b.Key[0] ^= 1 }), publica.Unverified, "blob"},
		{"another hash", raw, with(func(b *Blob) { b.Hash[0] ^= 1 }), publica.Unverified, "hash"},
		{"one byte less", raw, with(func(b *Blob) { b.Size-- }), publica.Malformed, "size"},
		{"one byte more", raw, with(func(b *Blob) { b.Size++ }), publica.Malformed, "size"},
		{"negative", raw[2*sealedSize:], with(func(b *Blob) { b.Size = -1 }), publica.Unverified, "blob"},
		{"a chunk more", raw, with(func(b *Blob) { b.Size += chunkSize }), publica.Unverified, "blob"},
	} {
		wants(t, c.what, OpenBlob(io.Discard, bytes.NewReader(c.raw), c.blob), c.code, c.field)
	}
	broken := errors.New("broken")
	wants(t, "a broken source", second(SealBlob(io.Discard, iotest.ErrReader(broken), chance("x"))), publica.Internal, "")
	wants(t, "a broken blob", OpenBlob(io.Discard, iotest.ErrReader(broken), b), publica.Internal, "")
}
