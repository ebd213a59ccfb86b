package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"publica"
	"publica/archive"
	"publica/internal/registertest"
)

// leaks DOCKET MARKERS CONTROL FILE … looks for markers, one a line, in everything that
// the public can have of a docket: its export, its archive, each record with its
// content as served, and the files. There must be none; the control, a marker of what
// is public, must be in all of them but the files.
func leaks(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: leaks DOCKET MARKERS CONTROL FILE ...")
	}
	id, err := publica.ParseEntryID(args[0])
	ts.Check(err)
	streams := public(ts, publica.DocketID(id))
	control, err := registertest.Leaks([]string{args[2]}, streams...)
	ts.Check(err)
	for _, name := range []string{"export", "archive", "served"} {
		if !strings.Contains(leakWords(control), "\n"+name) {
			ts.Fatalf("the control %q is not found in %s: the scan finds nothing", args[2], name)
		}
	}
	for _, file := range args[3:] {
		streams = append(streams, registertest.Stream{Name: file, Data: []byte(ts.ReadFile(file))})
	}
	found, err := registertest.Leaks(strings.Split(strings.TrimSpace(ts.ReadFile(args[1])), "\n"), streams...)
	ts.Check(err)
	if neg {
		if len(found) == 0 {
			ts.Fatalf("no marker is found")
		}
		return
	}
	if len(found) > 0 {
		ts.Fatalf("what nobody may see is public:%s", leakWords(found))
	}
}

func leakWords(all []registertest.Leak) (text string) {
	for _, l := range all {
		text += "\n" + l.String()
	}
	return text
}

// public is what anyone can have of a docket.
func public(ts *testscript.TestScript, docket publica.DocketID) []registertest.Stream {
	s := registerOf(ts)
	var export, packed bytes.Buffer
	ts.Check(s.WriteExport(&export, docket))
	scratch := filepath.Join(ts.Getenv("WORK"), "scratch")
	ts.Check(os.MkdirAll(scratch, 0o755))
	ts.Check(archive.Write(&packed, scratch, func(w io.Writer) error { return s.WriteExport(w, docket) }))
	streams := []registertest.Stream{{Name: "export", Data: export.Bytes()}, {Name: "archive", Data: packed.Bytes()}}
	for _, id := range s.Entries(docket) {
		r, err := http.Get(ts.Getenv("PUBLICA_URL") + "/api/v1/entries/" + id.String() + "/receipt")
		ts.Check(err)
		body, err := io.ReadAll(r.Body)
		ts.Check(err)
		ts.Check(r.Body.Close())
		streams = append(streams, registertest.Stream{Name: "served " + id.String(), Data: body})
	}
	return streams
}
