package sealed

import (
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"publica"
)

// A chunk of a blob, in bytes.
const (
	chunkSize  = 64 << 10
	sealedSize = chunkSize + chacha20poly1305.Overhead
)

// A BlobKey opens one blob.
type BlobKey [chacha20poly1305.KeySize]byte

func (k BlobKey) MarshalText() ([]byte, error)     { return hex.AppendEncode(nil, k[:]), nil }
func (k *BlobKey) UnmarshalText(text []byte) error { return unhex(k[:], text) }

// A Blob stands inside a bid for a document too large for the bucket. The
// register sees its ciphertext alone, in whole chunks.
type Blob struct {
	Hash Hash    `json:"hash"` // SHA-256 of the ciphertext
	Key  BlobKey `json:"key"`  // drawn for this blob
	Size int64   `json:"size"` // of the document in bytes
}

// BlobSize returns how large the ciphertext of a document of size bytes is.
func BlobSize(size int64) int64 { return (size/chunkSize + 1) * sealedSize }

// SealBlob encrypts the document src to dst, chunk by chunk.
func SealBlob(dst io.Writer, src io.Reader, random io.Reader) (*Blob, error) {
	b := new(Blob)
	if _, err := io.ReadFull(random, b.Key[:]); err != nil {
		return nil, &publica.Error{Code: publica.Internal, Message: "no randomness", Err: err}
	}
	aead, err := chacha20poly1305.New(b.Key[:])
	if err != nil {
		return nil, err
	}
	hash, buf := sha256.New(), make([]byte, chunkSize, sealedSize)
	for i := uint64(0); ; i++ {
		n, err := io.ReadFull(src, buf[:chunkSize])
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return nil, &publica.Error{Code: publica.Internal, Message: "read the document", Err: err}
		}
		b.Size += int64(n)
		if last {
			pad(buf[:chunkSize], n)
		}
		chunk := aead.Seal(buf[:0], chunkNonce(i, last), buf[:chunkSize], nil)
		hash.Write(chunk)
		if _, err := dst.Write(chunk); err != nil {
			return nil, &publica.Error{Code: publica.Internal, Message: "write the blob", Err: err}
		}
		if last {
			b.Hash = Hash(hash.Sum(nil))
			return b, nil
		}
	}
}

// OpenBlob decrypts src to dst. What is written before it returns nil is
// authentic, but may not be the whole: throw it away if it returns an error.
func OpenBlob(dst io.Writer, src io.Reader, b *Blob) error {
	aead, err := chacha20poly1305.New(b.Key[:])
	if err != nil {
		return err
	}
	hash, left := sha256.New(), b.Size
	src = io.TeeReader(src, hash)
	buf := make([]byte, sealedSize)
	for i := uint64(0); ; i++ {
		last := left < chunkSize
		plain, err := openChunk(aead, src, buf, i, last)
		if err != nil {
			return err
		}
		if last && (left < 0 || !padded(plain, int(left))) {
			return publica.Problem(publica.Malformed, "size", "is not that of the blob's document")
		}
		if _, err := dst.Write(plain[:min(left, chunkSize)]); err != nil {
			return &publica.Error{Code: publica.Internal, Message: "write the document", Err: err}
		}
		if left -= chunkSize; last {
			return finished(src, b, Hash(hash.Sum(nil)))
		}
	}
}

func openChunk(aead cipher.AEAD, src io.Reader, buf []byte, i uint64, last bool) ([]byte, error) {
	switch _, err := io.ReadFull(src, buf); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, publica.Problem(publica.Malformed, "blob", "ends early")
	case err != nil:
		return nil, &publica.Error{Code: publica.Internal, Message: "read the blob", Err: err}
	}
	plain, err := aead.Open(buf[:0], chunkNonce(i, last), buf, nil)
	if err != nil {
		return nil, publica.Problem(publica.Unverified, "blob", "does not open")
	}
	return plain, nil
}

// finished checks what only the end shows.
func finished(src io.Reader, b *Blob, hash Hash) error {
	if _, err := io.ReadFull(src, make([]byte, 1)); !errors.Is(err, io.EOF) {
		return publica.Problem(publica.Malformed, "blob", "goes on after its last chunk")
	}
	if hash != b.Hash {
		return publica.Problem(publica.Unverified, "hash", "is not that of the blob")
	}
	return nil
}

// chunkNonce is the chunk's number and whether it is the last (STREAM, as in
// Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption, 2015),
// so that chunks cannot be dropped, swapped or cut off.
func chunkNonce(i uint64, last bool) []byte {
	nonce := make([]byte, chacha20poly1305.NonceSize)
	binary.BigEndian.PutUint64(nonce[3:], i)
	if last {
		nonce[11] = 1
	}
	return nonce
}

// pad fills a chunk up after n bytes: 0x80 and zeros, at least one byte.
func pad(chunk []byte, n int) {
	clear(chunk[n:])
	chunk[n] = 0x80
}

func padded(chunk []byte, n int) bool {
	for _, b := range chunk[n+1:] {
		if b != 0 {
			return false
		}
	}
	return chunk[n] == 0x80
}
