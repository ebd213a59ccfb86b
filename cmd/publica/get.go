package main

import (
	"cmp"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"publica"
)

func (a *app) getCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get ID | docket [ID] | NAME | /PATH",
		Short: "show an entry, a docket, or anything the API answers",
		Long: `get ID shows an entry with its content; it is proven before it is shown.
get docket lists the dockets, get docket ID shows one, and get docket ID/debt (or
/ghosts, /ideas, /comments, /drafts, /responses, /periods) a part of it. Any other
name or path is asked of the API, for example get kinds, get register, or
get "/search?q=bus". What the API answers is what the node says, not proven.`,
		Example: `  publica get 4f0c...
  publica get docket
  publica get docket ID/debt --json
  publica get kinds`,
		Args: wants(1, 2, "an id, or what to show"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if id, err := publica.ParseEntryID(args[0]); err == nil && len(args) == 1 {
				return a.getEntry(cmd, id)
			}
			path, err := apiPath(cmd, args)
			if err != nil {
				return err
			}
			answer, err := a.ask(cmd.Context(), http.MethodGet, path, nil)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(answer)
			}
			if path == docketList {
				return a.printDockets(answer)
			}
			return a.printAnswer(answer)
		},
	}
	a.answersData(cmd)
	return cmd
}

const docketList = "/api/v1/dockets"

// printDockets writes a line for each docket of the list.
func (a *app) printDockets(answer jsontext.Value) error {
	var list struct {
		Items []struct {
			Docket publica.DocketID `json:"docket"`
			Title  string           `json:"title"`
			Type   string           `json:"type"`
			Lead   string           `json:"lead_name"`
			Counts struct {
				Open        int64 `json:"open"`
				Unexplained int64 `json:"unexplained"`
			} `json:"counts"`
			Codified jsontext.Value `json:"codified"`
		} `json:"items"`
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return a.printAnswer(answer)
	}
	if len(list.Items) == 0 {
		a.note("there is no docket yet")
	}
	for _, d := range list.Items {
		state := fmt.Sprintf("%d answers owed, %d changes without a reason", d.Counts.Open, d.Counts.Unexplained)
		if d.Codified.Kind() == '{' {
			state = fmt.Sprintf("codified; %d answers owed", d.Counts.Open)
		}
		if _, err := fmt.Fprintf(a.out, "%s  %s\n    %s of %s; %s\n", d.Docket, printable(d.Title), d.Type, printable(d.Lead), state); err != nil {
			return err
		}
	}
	return nil
}

// apiPath returns the path that the arguments ask for.
func apiPath(cmd *cobra.Command, args []string) (string, error) {
	const api = "/api/v1/"
	switch {
	case args[0] == "docket" || args[0] == "dockets":
		if len(args) == 1 {
			return docketList, nil
		}
		id, _, _ := strings.Cut(args[1], "/")
		if _, err := parseID(cmd, "docket", id); err != nil {
			return "", err
		}
		return api + "dockets/" + args[1], nil
	case len(args) > 1:
		return "", usagef(cmd, "get does not know what to do with %q", args[1])
	case strings.HasPrefix(args[0], api):
		return args[0], nil
	}
	return api + strings.TrimPrefix(args[0], "/"), nil
}

// An entryView is an entry as get shows it, proven.
type entryView struct {
	ID       publica.EntryID   `json:"id"`
	Kind     publica.Kind      `json:"kind"`
	Author   publica.KeyID     `json:"author"`
	For      publica.BodyID    `json:"for,omitzero"`
	Docket   publica.DocketID  `json:"docket,omitzero"`
	Made     publica.Time      `json:"made"`
	Stage    publica.Stage     `json:"stage"`
	Index    *int64            `json:"index,omitzero"`
	Time     publica.Time      `json:"time,omitzero"`
	Refused  *publica.Refusal  `json:"refused,omitzero"`
	Body     jsontext.Value    `json:"body"`
	Content  map[string]string `json:"content,omitempty"` // of textual parts
	Attached []string          `json:"attached,omitempty"`
	Missing  []string          `json:"missing,omitempty"`
}

func (a *app) getEntry(cmd *cobra.Command, id publica.EntryID) error {
	client, err := a.connect(cmd.Context())
	if err != nil {
		return err
	}
	r, v, err := client.Receipt(cmd.Context(), id, 0)
	if err != nil {
		return err
	}
	if v.Entry == nil {
		return a.show(r.Leaf)
	}
	e := v.Entry
	out := entryView{
		ID: v.ID, Kind: e.Kind, Author: e.Author, For: e.For, Docket: e.Docket, Made: e.Made,
		Stage: v.Stage, Body: e.Body, Missing: v.Missing, Content: map[string]string{},
	}
	if v.Leaf != nil {
		out.Index, out.Time, out.Refused = &v.Index, v.Leaf.Time, v.Leaf.Refused
	}
	for _, c := range r.Content {
		p, _ := e.Part(c.Name)
		if strings.HasPrefix(p.Media, "text/") && utf8.Valid(c.Data) {
			out.Content[c.Name] = string(c.Data)
		} else {
			out.Attached = append(out.Attached, fmt.Sprintf("%s (%s, %d bytes)", c.Name, p.Media, p.Size))
		}
	}
	if a.json {
		return a.printJSON(out)
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return a.printAnswer(raw)
}

func (a *app) show(v jsontext.Value) error {
	if a.json {
		return a.printJSON(v)
	}
	return a.printAnswer(v)
}

// printAnswer writes JSON for people: one member a line, nested ones indented.
func (a *app) printAnswer(v jsontext.Value) error {
	var tree any
	if err := json.Unmarshal(v, &tree); err != nil {
		return err
	}
	var b strings.Builder
	plain(&b, tree, "")
	_, err := fmt.Fprint(a.out, b.String())
	return err
}

// firstNames come first among the members of an object; the rest follows by
// name.
var firstNames = []string{"id", "docket", "entry", "kind", "title", "name", "stage", "version", "index"}

func plain(b *strings.Builder, v any, indent string) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.SortedFunc(maps.Keys(v), byFirstName) {
			plainMember(b, name, v[name], indent)
		}
	case []any:
		for _, item := range v {
			switch item.(type) {
			case map[string]any, []any:
				b.WriteString(indent + "-\n")
				plain(b, item, indent+"  ")
			default:
				fmt.Fprintf(b, "%s- %s\n", indent, scalar(item, indent))
			}
		}
	default:
		fmt.Fprintf(b, "%s%s\n", indent, scalar(v, indent))
	}
}

func plainMember(b *strings.Builder, name string, v any, indent string) {
	switch w := v.(type) {
	case map[string]any:
		if len(w) == 0 {
			return
		}
	case []any:
		if len(w) == 0 {
			fmt.Fprintf(b, "%s%s: none\n", indent, name)
			return
		}
	case nil:
		return
	default:
		fmt.Fprintf(b, "%s%s: %s\n", indent, name, scalar(v, indent))
		return
	}
	fmt.Fprintf(b, "%s%s:\n", indent, name)
	plain(b, v, indent+"  ")
}

func byFirstName(x, y string) int {
	rank := func(s string) int {
		if i := slices.Index(firstNames, s); i >= 0 {
			return i
		}
		return len(firstNames)
	}
	return cmp.Or(rank(x)-rank(y), strings.Compare(x, y))
}

// scalar renders a value that is no object and no array. Lines after the first
// stand under it.
func scalar(v any, indent string) string {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(printable(strings.TrimRight(v, "\n")), "\n", "\n"+indent+"  ")
	case float64:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprint(v)
}

// printable drops control characters: what people wrote must not move the
// cursor of who reads it.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || (r >= 0x20 && r != 0x7f && (r < 0x80 || r > 0x9f) && (r < 0x202a || r > 0x202e) && (r < 0x2066 || r > 0x2069)) {
			return r
		}
		return -1
	}, s)
}
