package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"publica/ocds"
)

func (a *app) ocdsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ocds",
		Short: "check, merge and look into open contracting data, offline",
		Long: `ocds works on files of the Open Contracting Data Standard (OCDS) 1.1.5: release and
record packages, releases, compiled or not, records, lists of them, JSON lines.
Whatever a file is, what can be read is read, and what is wrong is said with its
line and path. Nothing is fetched and no register is asked.

The standard is known from a description of its own in the program, with the
extensions that registers publish with. With --schemas DIR the standard's own
files are used instead: a folder that holds, somewhere below it, the folder schema
of the standard's repository and folders of extensions.`,
		Example: `  publica ocds check releases.json
  publica ocds merge releases.jsonl > compiled.jsonl
  publica ocds flags compiled.jsonl`,
		Args: a.noSuchVerb,
		RunE: func(cmd *cobra.Command, _ []string) error { return usagef(cmd, "ocds what?") },

		SuggestionsMinimumDistance: 2,
	}
	cmd.AddCommand(a.ocdsCheckCommand(), a.ocdsMergeCommand(), a.ocdsFlagsCommand())
	return cmd
}

// takesSchemas adds the flag of verbs that know the standard.
func takesSchemas(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "schemas", "", "folder with the standard's own schemas; without it the program's description")
}

func schemasIn(dir string) (*ocds.Schemas, error) {
	if dir == "" {
		return ocds.Builtin()
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("read the schemas: %w", err)
	}
	return ocds.LoadSchemas(os.DirFS(dir))
}

// readOCDS reads files one after the other as if they were one. Problems are
// noted, with the file's name.
func (a *app) readOCDS(names []string) (*ocds.Import, error) {
	all := &ocds.Import{}
	bar := a.bar(int64(len(names)), "reading")
	defer bar.done()
	for _, name := range names {
		raw, err := a.input(name)
		if err != nil {
			return nil, err
		}
		in := ocds.Read(raw)
		for _, p := range in.Problems {
			a.note("%s:%d: %s", name, p.Line, p.Message)
			if p.Hint != "" {
				a.hint("%s", p.Hint)
			}
		}
		all.Documents = append(all.Documents, in.Documents...)
		all.Problems = append(all.Problems, in.Problems...)
		all.Unread = append(all.Unread, in.Unread...)
		bar.add(1)
	}
	return all, nil
}

// readToMerge reads files whose releases are merged by the standard with every
// extension that is known: a field of one that is not used changes nothing.
func (a *app) readToMerge(names []string, schemas string) (*ocds.Import, ocds.Merge, error) {
	s, err := schemasIn(schemas)
	if err != nil {
		return nil, ocds.Merge{}, err
	}
	profile, _, err := s.Profile(s.Extensions()...)
	if err != nil {
		return nil, ocds.Merge{}, err
	}
	in, err := a.readOCDS(names)
	return in, ocds.Merge{Profile: profile}, err
}
