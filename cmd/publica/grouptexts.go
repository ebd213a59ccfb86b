package main

import (
	"bufio"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"publica"
)

// A letterLine is one text to be grouped.
type letterLine struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	Time string `json:"time"` // RFC 3339, or ""

	position int64 // in the docket, of an export
	millis   int64 // of the time, 0 if there is none
	textless bool  // a contribution whose text is not in the export
	other    bool  // no contribution
}

// groupable says whether the file is a docket export, and proves it complete if
// there is a policy to do so.
func (a *app) groupable(f *os.File) (export bool, err error) {
	var header struct {
		Format string `json:"format"`
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	first, err := bufio.NewReader(f).ReadBytes('\n')
	if err != nil && err != io.EOF {
		return false, err
	}
	if json.Unmarshal(first, &header) != nil || header.Format != publica.ExportFormat {
		return false, nil
	}
	if a.policy == "" {
		a.note("the export is not proven complete: pass --policy to have it proven first")
		return true, nil
	}
	policy, err := readPolicy(a.policy)
	if err != nil {
		return true, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return true, err
	}
	sum, err := publica.VerifyExport(f, policy, nil)
	if err != nil {
		return true, err
	}
	a.note("%d records of docket %s, all there are as of %s", sum.Size, short(sum.Docket), sum.Seal.Time)
	return true, nil
}

// Lines are read and worked on in batches, on all cores.
const (
	groupBatch      = 2048
	groupBatchBytes = 16 << 20
)

// eachText works on each text of the file on all cores, and hands the results
// over in the file's order.
func eachText[T any](a *app, f *os.File, export bool, what string, work func(letterLine) T, use func(letterLine, T) error) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	size := int64(-1)
	if info, err := f.Stat(); err == nil {
		size = info.Size()
	}
	b := a.bar(size, what)
	defer b.done()
	in := bufio.NewScanner(f)
	in.Buffer(make([]byte, 1<<20), publica.MaxExportLine)
	type result struct {
		text letterLine
		of   T
		err  error
	}
	line := 0 // the number of the batch's first, from 0
	if export {
		in.Scan() // the header
		line = 1
	}
	for more := true; more; {
		var lines [][]byte
		bytes := 0
		for len(lines) < groupBatch && bytes < groupBatchBytes {
			if more = in.Scan(); !more {
				break
			}
			lines = append(lines, append([]byte(nil), in.Bytes()...))
			bytes += len(in.Bytes()) + 1
		}
		results := make([]result, len(lines))
		var workers sync.WaitGroup
		n := runtime.GOMAXPROCS(0)
		for w := range n {
			workers.Go(func() {
				for i := w; i < len(lines); i += n {
					r := &results[i]
					if r.text, r.err = parseText(lines[i], export); r.err == nil && !r.text.other {
						r.of = work(r.text)
					}
				}
			})
		}
		workers.Wait()
		for i, r := range results {
			r.text.position = int64(line + i - 1) // the header is line 0
			if r.err == nil && !r.text.other {
				r.err = use(r.text, r.of)
			}
			if r.err != nil {
				return fmt.Errorf("line %d: %w", line+i+1, r.err)
			}
		}
		line += len(lines)
		b.add(bytes)
	}
	if err := in.Err(); errors.Is(err, bufio.ErrTooLong) {
		return publica.Problem(publica.TooLarge, "", fmt.Sprintf("line %d has over %d bytes", line+1, publica.MaxExportLine))
	} else if err != nil {
		return fmt.Errorf("read the texts: %w", err)
	}
	return nil
}

// parseText reads a line: of an export a comment or idea that took effect, with
// the words of its parts.
func parseText(line []byte, export bool) (t letterLine, err error) {
	if export {
		return exportedText(line)
	}
	if err := json.Unmarshal(line, &t); err != nil {
		return t, publica.Problem(publica.Malformed, "", err.Error()).WithHint(`want JSON lines like {"id":"1","text":"…","time":"2017-05-07T23:00:00Z"}, or a docket export`)
	}
	if t.ID == "" {
		return t, publica.Problem(publica.Malformed, "id", "is missing")
	}
	if t.Time != "" {
		when, err := time.Parse(time.RFC3339, t.Time)
		if err != nil {
			return t, publica.Problem(publica.Malformed, "time", "is not an RFC 3339 time like 2017-05-07T23:00:00Z")
		}
		t.millis = when.UnixMilli()
	}
	return t, nil
}

func exportedText(raw []byte) (t letterLine, err error) {
	var line publica.ExportLine
	if err := json.Unmarshal(raw, &line); err != nil {
		return t, publica.Problem(publica.Malformed, "", err.Error())
	}
	leaf, err := publica.ParseLeaf(line.Leaf)
	if err != nil {
		return t, err
	}
	t.other = true
	if leaf.Entry == nil || leaf.Refused != nil {
		return t, nil
	}
	entry, err := publica.ParseEntry(leaf.Entry)
	if err != nil || (entry.Kind != "participation/comment" && entry.Kind != "participation/idea") {
		return t, err
	}
	held := map[string]string{}
	for _, c := range line.Content {
		held[c.Name] = string(c.Data)
	}
	var words []string
	for _, p := range entry.Content {
		if p.Name == "author" || strings.HasPrefix(p.Name, "attachment-") || !strings.HasPrefix(p.Media, "text/") {
			continue
		}
		text, ok := held[p.Name]
		if !ok {
			t.textless = true
		}
		words = append(words, text)
	}
	t.other, t.ID, t.millis = false, leaf.ID().String(), int64(leaf.Time)
	t.Text = strings.Join(words, "\n\n")
	return t, nil
}
