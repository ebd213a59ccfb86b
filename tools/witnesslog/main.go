// Command witnesslog adds a log to the database of torchwood's litewitness:
//
//	witnesslog litewitness.db ORIGIN VKEY...
//
// It stands in for witnessctl, which does that and much else, some of which
// does not build without a service that is not always there. Only tests use it.
package main

import (
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/tlog"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: witnesslog litewitness.db ORIGIN VKEY...")
		os.Exit(2)
	}
	if err := add(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "witnesslog:", err)
		os.Exit(1)
	}
}

// add puts an empty log with its keys into the database, which litewitness has
// made.
func add(path, origin string, vkeys []string) (err error) {
	db, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return err
	}
	defer func() {
		if e := db.Close(); err == nil {
			err = e
		}
	}()
	defer sqlitex.Save(db)(&err)
	empty, err := tlog.TreeHash(0, nil)
	if err != nil {
		return err
	}
	if err := sqlitex.Execute(db, "INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)",
		&sqlitex.ExecOptions{Args: []any{origin, empty.String()}}); err != nil {
		return err
	}
	for _, vkey := range vkeys {
		if err := sqlitex.Execute(db, "INSERT INTO key (origin, key) VALUES (?, ?)",
			&sqlitex.ExecOptions{Args: []any{origin, vkey}}); err != nil {
			return err
		}
	}
	return nil
}
