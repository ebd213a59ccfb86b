package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"publica"
	"publica/archive"
)

func (a *app) exportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "fetch a whole docket with the proof that nothing is missing",
		Example: "  publica export docket ID -o docket.jsonl",
		Args:    a.noSuchVerb,
		RunE:    func(cmd *cobra.Command, _ []string) error { return usagef(cmd, "export what?") },
	}
	var file string
	docket := &cobra.Command{
		Use:   "docket ID",
		Short: "fetch a docket, as JSON lines or as an archive",
		Long: `export docket fetches every record of a docket with its content and the proof,
from a signed checkpoint, that these are all. It is verified while it comes; a
file is written only if it verifies. To a file whose name ends in .zip it writes
the docket's archive: the export with a CSV file for each kind of record, one that
says what became of each contribution, attached files, and a README of all columns.`,
		Example: `  publica export docket ID -o docket.jsonl
  publica export docket ID -o docket.zip
  publica verify docket.jsonl --complete --policy policy.txt`,
		Args: wants(1, 1, "the id of a docket"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseID(cmd, "docket", args[0])
			if err != nil {
				return err
			}
			client, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			if file == "" || file == "-" {
				_, err := a.fetchExport(cmd.Context(), client, publica.DocketID(id), a.out)
				return err
			}
			return a.exportFile(cmd, client, publica.DocketID(id), file)
		},
	}
	docket.Flags().StringVarP(&file, "output", "o", "", "file to write")
	cmd.AddCommand(docket)
	return cmd
}

// exportFile writes beside the target first: a file with its name is complete.
func (a *app) exportFile(cmd *cobra.Command, client *publica.Client, docket publica.DocketID, file string) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".publica-*")
	if err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	defer os.Remove(f.Name())
	var sum *publica.ExportSummary
	fetch := func(w io.Writer) (err error) {
		sum, err = a.fetchExport(cmd.Context(), client, docket, w)
		return err
	}
	if strings.HasSuffix(strings.ToLower(file), ".zip") {
		err = archive.Write(f, filepath.Dir(file), fetch)
	} else {
		err = fetch(f)
	}
	if err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	if err := os.Rename(f.Name(), file); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	a.note("%d records of docket %s, all there are as of %s", sum.Size, short(docket), sum.Seal.Time)
	return nil
}
