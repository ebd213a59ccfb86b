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
		err := collect(from, &records)
		from.CloseWithError(err) // ends the export where it is
		collected <- err
	}()
	sum, err := c.Export(ctx, docket, to, nil)
	_ = to.Close() // a pipe's never fails
	failed := <-collected
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, nil, err
	}
	p, err := tender.Read(&tender.Input{Register: c.Policy().Register(), Docket: docket, Records: records.Records})
	return p, sum, err
}

// collect takes the records from an export. They are worth nothing before the whole
// export has verified.
func collect(r io.Reader, to *tender.Collector) error {
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
		if err := to.Add(l.Position, leaf); err != nil {
			return err
		}
	}
}
