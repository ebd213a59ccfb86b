package readmodel

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Dump writes every row of every table, one a line, in key order, and checks
// the search index against the text it was made from. Two models that show
// the same register dump the same bytes.
func (m *Model) Dump(ctx context.Context, w io.Writer) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	out := bufio.NewWriter(w)
	all, err := tables(m.tx)
	if err != nil {
		return err
	}
	for _, t := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch {
		case t.what == "VIEW":
			continue
		case t.virtual:
			err = m.checkIndex(t.name)
		default:
			err = m.dumpTable(out, t.name)
		}
		if err != nil {
			return fmt.Errorf("dump %s: %w", t.name, err)
		}
	}
	return out.Flush()
}

// checkIndex has FTS5 compare its index with the table it covers. The index
// itself is laid out by the history of its merges, so it is not dumped.
func (m *Model) checkIndex(name string) error {
	q := quote(name)
	return m.tx.Exec("INSERT INTO " + q + "(" + q + ", rank) VALUES ('integrity-check', 1)")
}

func (m *Model) dumpTable(out *bufio.Writer, name string) error {
	var columns, key []string
	var primary [][2]string
	err := m.tx.Each(func(scan Scan) error {
		var column, pk string
		if err := scan(&column, &pk); err != nil {
			return err
		}
		columns = append(columns, quote(column))
		if pk != "0" {
			primary = append(primary, [2]string{pk, quote(column)})
		}
		return nil
	}, "SELECT name, CAST(pk AS TEXT) FROM pragma_table_info(?) ORDER BY cid", name)
	if err != nil {
		return err
	}
	for i := range primary {
		for _, p := range primary {
			if p[0] == strconv.Itoa(i+1) {
				key = append(key, p[1])
			}
		}
	}
	if len(key) == 0 {
		key = columns // a table without a key is a bag of rows
	}
	values := make([]any, len(columns))
	dest := make([]any, len(columns))
	for i := range values {
		dest[i] = &values[i]
	}
	return m.tx.Each(func(scan Scan) error {
		if err := scan(dest...); err != nil {
			return err
		}
		out.WriteString(name)
		for _, v := range values {
			out.WriteByte('\t')
			switch v := v.(type) {
			case nil:
				out.WriteString("NULL")
			case []byte:
				out.WriteString("x" + hex.EncodeToString(v))
			case string:
				out.WriteString(strconv.Quote(v))
			default:
				fmt.Fprint(out, v)
			}
		}
		return out.WriteByte('\n')
	}, "SELECT "+strings.Join(columns, ", ")+" FROM "+quote(name)+" ORDER BY "+strings.Join(key, ", "))
}
