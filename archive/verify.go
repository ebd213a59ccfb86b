package archive

import (
	"archive/zip"
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"strings"

	"publica"
)

// A Summary is what an archive proves.
type Summary struct {
	*publica.ExportSummary
	Files int // beside the export, each as it follows from it
}

// Verify proves an archive of size bytes: that docket.jsonl is the whole docket
// under the policy, and that every other file follows from it. Progress is as for
// [publica.VerifyExport]. It holds a bounded part of the archive in memory, and a
// row for each contribution and each file. An [publica.Error] names the
// file at fault.
func Verify(r io.ReaderAt, size int64, policy *publica.Policy, progress func(done, total int64)) (*Summary, error) {
	files, err := directory(r, size)
	if err != nil {
		return nil, err
	}
	export, err := files[ExportName].Open()
	if err != nil {
		return nil, unreadable(ExportName, err)
	}
	defer export.Close()
	sum, err := publica.VerifyExport(damage{ExportName, export}, policy, progress)
	if err != nil {
		return nil, err
	}
	want, err := derive(files[ExportName])
	if err != nil {
		return nil, err
	}
	delete(files, ExportName)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := compare(files[name], want); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want.sums)) {
		if _, ok := files[name]; !ok {
			return nil, publica.Problem(publica.Unverified, name, "is missing from the archive").WithHint("docket.jsonl in it verifies: take that, or fetch the archive anew")
		}
	}
	return &Summary{sum, len(files)}, nil
}

// OpenExport opens the export within an archive. What it holds is not verified.
func OpenExport(r io.ReaderAt, size int64) (io.ReadCloser, error) {
	files, err := directory(r, size)
	if err != nil {
		return nil, err
	}
	f, err := files[ExportName].Open()
	if err != nil {
		return nil, unreadable(ExportName, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{damage{ExportName, f}, f}, nil
}

// directory lists the files of an archive by name.
func directory(r io.ReaderAt, size int64) (map[string]*zip.File, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, publica.Problem(publica.Malformed, "archive", "is no whole ZIP file: "+err.Error()).WithHint("it may have been cut; fetch it anew")
	}
	if len(z.File) > MaxFiles {
		return nil, publica.Problem(publica.TooLarge, "archive", fmt.Sprintf("holds more than %d files", MaxFiles))
	}
	files := make(map[string]*zip.File, len(z.File))
	for _, f := range z.File {
		if f.Name == "files/" || f.Name == "records/" {
			continue // folders, which some programs list too
		}
		if files[f.Name] != nil {
			return nil, publica.Problem(publica.Malformed, f.Name, "stands twice in the archive: programs would show one or the other")
		}
		files[f.Name] = f
	}
	if files[ExportName] == nil {
		return nil, publica.Problem(publica.Malformed, ExportName, "is missing: this is no archive of a docket")
	}
	return files, nil
}

// derive computes what the other files must be.
func derive(f *zip.File) (*digests, error) {
	export, err := f.Open()
	if err != nil {
		return nil, unreadable(ExportName, err)
	}
	defer export.Close()
	to := &digests{sums: map[string]digest{}, hashes: map[string]*counted{}}
	d := newDeriver(to)
	in := bufio.NewReaderSize(export, 256<<10)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			break
		}
		if err != nil {
			return nil, unreadable(ExportName, err)
		}
		if err := d.line(line[:len(line)-1]); err != nil {
			return nil, err
		}
	}
	if err := d.finish(); err != nil {
		return nil, err
	}
	for name, c := range to.hashes {
		to.sums[name] = digest{c.n, [sha256.Size]byte(c.Sum(nil))}
	}
	return to, nil
}

// digests is a sink that keeps of each file its size and SHA-256.
type digests struct {
	sums   map[string]digest
	hashes map[string]*counted
}

type digest struct {
	size int64
	sum  [sha256.Size]byte
}

type counted struct {
	hash.Hash
	n int64
}

func (c *counted) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return c.Hash.Write(p)
}

func (d *digests) open(name string) (io.Writer, error) {
	c := &counted{Hash: sha256.New()}
	d.hashes[name] = c
	return c, nil
}

func (d *digests) whole(name string, data []byte) error {
	d.sums[name] = digest{int64(len(data)), sha256.Sum256(data)}
	return nil
}

// compare holds a file of the archive to what follows from the export.
func compare(f *zip.File, want *digests) error {
	w, ok := want.sums[f.Name]
	if !ok {
		return publica.Problem(publica.Unverified, f.Name, "does not belong to the archive: nothing in docket.jsonl gives it").WithHint("take it out, and trust nothing in it")
	}
	r, err := f.Open()
	if err != nil {
		return unreadable(f.Name, err)
	}
	defer r.Close()
	got := &counted{Hash: sha256.New()}
	// One byte more than it must have is enough to know that it has too many.
	if _, err := io.Copy(got, io.LimitReader(r, w.size+1)); err != nil {
		return unreadable(f.Name, err)
	}
	if got.n != w.size || [sha256.Size]byte(got.Sum(nil)) != w.sum {
		return publica.Problem(publica.Unverified, f.Name, "is not what follows from docket.jsonl: it was altered").WithHint("docket.jsonl in the archive verifies: take that, or fetch the archive anew")
	}
	return nil
}

// damage names the file in what is wrong with it.
type damage struct {
	name string
	io.Reader
}

func (d damage) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = unreadable(d.name, err)
	}
	return n, err
}

func unreadable(name string, err error) error {
	if errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, zip.ErrAlgorithm) || strings.HasPrefix(err.Error(), "flate:") || errors.Is(err, io.ErrUnexpectedEOF) {
		return publica.Problem(publica.Malformed, name, "is damaged: "+err.Error()).WithHint("fetch the archive anew")
	}
	return fmt.Errorf("read %s: %w", name, err)
}
