package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"publica"
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
		Short: "fetch a docket as JSON lines",
		Long: `export docket fetches every record of a docket with its content and the proof,
from a signed checkpoint, that these are all. It is verified while it comes; a
file is written only if it verifies.`,
		Example: `  publica export docket ID -o docket.jsonl
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
	sum, err := a.fetchExport(cmd.Context(), client, docket, f)
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
