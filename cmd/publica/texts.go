package main

import (
	"encoding/json/v2"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"publica"
	"publica/cmd/publica/compare"
)

// provenRecords returns the records of a docket: of an export in a file, checked
// offline against --policy, or for an id fetched from the register. Either way
// they are proven to be all.
func (a *app) provenRecords(cmd *cobra.Command, arg string) ([]record, error) {
	if id, err := publica.ParseEntryID(arg); err == nil {
		client, err := a.connect(cmd.Context())
		if err != nil {
			return nil, err
		}
		return a.docketRecords(cmd.Context(), client, publica.DocketID(id))
	}
	f, err := a.seekable(arg)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	policy, err := a.offlinePolicy(cmd, "")
	if err != nil {
		return nil, err
	}
	if _, err := publica.VerifyExport(f, policy, nil); err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return readRecords(f)
}

// drafts returns the versions of a docket's draft, first to latest, each whole:
// sections that a version carries over have the text they had. missing counts
// the sections whose text is not in the export; they have none.
func drafts(records []record) (versions [][]compare.Section, missing int, err error) {
	texts := map[string]string{}
	for i := range records {
		r := &records[i]
		if r.entry == nil || r.entry.Kind != "participation/draft" || r.leaf.Refused != nil {
			continue
		}
		var b draftBody
		if err := json.Unmarshal(r.entry.Body, &b); err != nil {
			return nil, 0, fmt.Errorf("read the draft %s: %w", r.id, err)
		}
		version := make([]compare.Section, 0, len(b.Sections))
		for _, s := range b.Sections {
			if s.Part != "" {
				text, ok := r.text(s.Part)
				if !ok {
					missing++
				}
				texts[s.ID] = text
			}
			version = append(version, compare.Section{ID: s.ID, Text: texts[s.ID]})
		}
		versions = append(versions, version)
	}
	return versions, missing, nil
}

// versionOf returns version n of a docket's draft, the latest for 0.
func versionOf(versions [][]compare.Section, n int) ([]compare.Section, error) {
	if len(versions) == 0 {
		return nil, publica.Problem(publica.NotFound, "docket", "has no draft to look into")
	}
	if n == 0 {
		n = len(versions)
	}
	if n < 1 || n > len(versions) {
		return nil, publica.Problem(publica.NotFound, "version", fmt.Sprintf("%d is none of this docket's draft, which has %d", n, len(versions)))
	}
	return versions[n-1], nil
}
