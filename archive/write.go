package archive

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"publica"
)

// Write writes the archive of the docket whose export the function writes. What
// can be written only after the export waits in files of the folder scratch, in
// bytes about as many as the export's; they are gone when Write returns. Nothing
// is written to w before the export's first line; an archive that broke off has no
// directory, and no program takes it for whole.
func Write(w io.Writer, scratch string, export func(io.Writer) error) error {
	s := &spool{folder: scratch, files: map[string]*os.File{}}
	defer s.remove()
	a := &writer{zip: zip.NewWriter(w), derived: newDeriver(s), spool: s}
	if err := export(a); err != nil {
		return err
	}
	return a.close()
}

// writer takes an export, line by line.
type writer struct {
	zip     *zip.Writer
	derived *deriver
	spool   *spool
	export  io.Writer
	rest    []byte // of a line that has not ended
}

func (a *writer) Write(p []byte) (int, error) {
	n := len(p)
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			a.rest = append(a.rest, p...)
			return n, nil
		}
		a.rest = append(a.rest, p[:i+1]...)
		p = p[i+1:]
		if err := a.line(a.rest); err != nil {
			return 0, err
		}
		a.rest = a.rest[:0]
	}
}

func (a *writer) line(line []byte) (err error) {
	if err := a.derived.line(line[:len(line)-1]); err != nil {
		return err
	}
	if a.export == nil {
		if a.export, err = a.create(ExportName, zip.Deflate); err != nil {
			return err
		}
	}
	_, err = a.export.Write(line)
	return err
}

// create begins a file of the archive, dated by the docket's seal.
func (a *writer) create(name string, method uint16) (io.Writer, error) {
	return a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: a.derived.seal.Time.Std()})
}

func (a *writer) close() error {
	if len(a.rest) > 0 {
		return publica.Problem(publica.Malformed, ExportName, "ends within a line")
	}
	if err := a.derived.finish(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(a.spool.files)) {
		if err := a.copy(name, io.NewSectionReader(a.spool.files[name], 0, 1<<62)); err != nil {
			return err
		}
	}
	for _, w := range a.spool.wholes {
		if err := a.copy(w.name, io.NewSectionReader(a.spool.shared, w.at, w.size)); err != nil {
			return err
		}
	}
	return a.zip.Close()
}

func (a *writer) copy(name string, from io.Reader) error {
	method := zip.Store // images and documents are compressed already
	if slices.Contains([]string{".csv", ".txt", ".md", ".json", ".bin"}, path.Ext(name)) {
		method = zip.Deflate
	}
	to, err := a.create(name, method)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return err
}

// spool keeps what is derived until the export has been written: a file for each
// table, and one for all files that come whole.
type spool struct {
	folder string
	files  map[string]*os.File
	shared *os.File
	end    int64
	wholes []whole
	named  []string // temporary files that have a name still
}

type whole struct {
	name     string
	at, size int64
}

func (s *spool) temp() (*os.File, error) {
	f, err := os.CreateTemp(s.folder, "archive-*")
	if err != nil {
		return nil, fmt.Errorf("write the archive: %w", err)
	}
	// Without a name nothing is left behind, however this ends.
	if err := os.Remove(f.Name()); err != nil {
		s.named = append(s.named, f.Name()) // where a file that is open keeps it
	}
	return f, nil
}

func (s *spool) open(name string) (io.Writer, error) {
	f, err := s.temp()
	if err != nil {
		return nil, err
	}
	s.files[name] = f
	return f, nil
}

func (s *spool) whole(name string, data []byte) (err error) {
	if s.shared == nil {
		if s.shared, err = s.temp(); err != nil {
			return err
		}
	}
	if _, err := s.shared.WriteAt(data, s.end); err != nil {
		return fmt.Errorf("write the archive: %w", err)
	}
	s.wholes = append(s.wholes, whole{name, s.end, int64(len(data))})
	s.end += int64(len(data))
	return nil
}

func (s *spool) remove() {
	all := []*os.File{s.shared}
	for _, f := range s.files {
		all = append(all, f)
	}
	for _, f := range all {
		if f != nil {
			f.Close()
		}
	}
	for _, name := range s.named {
		os.Remove(name)
	}
}

// IsArchive reports whether a file that begins so may be an archive.
func IsArchive(start []byte) bool { return strings.HasPrefix(string(start), "PK\x03\x04") }
