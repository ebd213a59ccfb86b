package trustee

import (
	"bufio"
	"context"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"io"

	"publica"
	"publica/tender"
)

// Read reads a tender from a node, as the newest seal proves it under the client's
// policy: all of its records, none altered. What they commit to is left alone. The
// summary says up to which size of the log, and to which block time.
func Read(ctx context.Context, c *publica.Client, docket publica.DocketID) (*tender.Process, *publica.ExportSummary, error) {
	from, to := io.Pipe()
	collected := make(chan error, 1)
	var records tender.Collector
	go func() {
		err := collect(from, &records, tenderRoom)
		from.CloseWithError(err) // ends the export where it is
		collected <- err
	}()
	sum, err := c.Export(ctx, docket, to, nil)
	_ = to.Close() // a pipe's never fails
	failed := <-collected
	if failed != nil {
		err = failed // it ended the export, which says less
	}
	if err != nil {
		return nil, nil, err
	}
	p, err := tender.Read(&tender.Input{Register: c.Policy().Register(), Docket: docket, Records: records.Records})
	return p, sum, err
}

// room is what an export may have that nobody has verified yet, for all of it is held
// in memory.
type room struct{ bytes, records int64 }

// tenderRoom is many times what a tender needs, and what any machine has: of the
// largest there are, with some thousand bids and questions, records take some ten
// megabytes. Of those that the rules refused, which anyone can add, no more than a line
// is held.
var tenderRoom = room{bytes: 256 << 20, records: 1 << 20}

// take takes a record's part of the room.
func (m *room) take(size int) error {
	m.records, m.bytes = m.records-1, m.bytes-int64(size)
	if m.records >= 0 && m.bytes >= 0 {
		return nil
	}
	return publica.Problem(publica.TooLarge, "export", "has more records than a tender can need, none of them verified yet").
		WithHint("the node may be lying: ask another")
}

// collect takes the records from an export, as many as there is room for. They are
// worth nothing before the whole export has verified.
func collect(r io.Reader, to *tender.Collector, left room) error {
	in := bufio.NewReaderSize(r, 256<<10)
	for n := 0; ; n++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n == 0 {
			continue // the header
		}
		var l struct {
			Leaf     jsontext.Value `json:"leaf"`
			Position int64          `json:"position"`
		}
		if err := json.Unmarshal(line, &l); err != nil {
			return publica.Problem(publica.Malformed, "export", "has a line that is not JSON: "+err.Error())
		}
		leaf, err := publica.ParseLeaf(l.Leaf)
		if err != nil {
			return err
		}
		size := len(l.Leaf)
		if leaf.Refused != nil {
			size = 0
		}
		if err := left.take(size); err != nil {
			return err
		}
		if err := to.Add(l.Position, leaf); err != nil {
			return err
		}
		if leaf.Refused != nil { // it changed nothing: what it said is not read
			last := &to.Records[len(to.Records)-1]
			last.Body, last.Parts = nil, nil
		}
	}
}
