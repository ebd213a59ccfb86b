package main

import (
	"encoding/json/v2"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"publica"
	"publica/archive"
	"publica/grouping"
)

func (a *app) groupCommand() *cobra.Command {
	var method, check string
	var least int
	var sign bool
	cmd := &cobra.Command{
		Use:   "group FILE",
		Short: "find which comments of a docket say the same, offline",
		Long: `group finds exact and near duplicates, such as the letters of a campaign, among
the texts of a file: a docket export, or JSON lines of {"id", "text", "time"},
where the time (RFC 3339) may be missing. It prints as JSON the method, each
group with its letter, who sent each text of it and which sentences that text
adds to the letter, and when most came. The groups depend on texts and method
alone: with the method that a record names (--method FILE, JSON) anyone computes
the same. Nothing is asked of the register; with --policy an export is proven
complete first.

With --check ID it computes the groups again by the method of that record of the
export, and says whether its members are the same. With --sign it signs each group
for the lead body of the export's docket and enters it on the register, where it can
be answered as one.`,
		Example: `  publica export docket ID -o docket.jsonl
  publica group docket.jsonl --policy policy.txt > groups.json
  publica group docket.jsonl --check ID
  publica group docket.jsonl --least 20 --sign --key office.key
  publica group letters.jsonl --least 100 --method method.json`,
		Args: wants(1, 1, "a docket export or JSON lines"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if least < 2 {
				return usagef(cmd, "--least is %d; a group has at least 2 members", least)
			}
			if sign && check != "" || check != "" && method != "" {
				return usagef(cmd, "--check stands alone: it uses the method of the record")
			}
			m, err := a.readMethod(method)
			if err != nil {
				return err
			}
			f, err := a.seekable(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			if check != "" {
				id, err := parseID(cmd, "--check", check)
				if err != nil {
					return err
				}
				return a.checkGroup(f, id)
			}
			found, at, err := a.group(f, m, least)
			if err != nil {
				return err
			}
			if sign {
				return a.signGroups(cmd, f, found, at)
			}
			return a.printJSON(found)
		},
	}
	cmd.Flags().StringVar(&method, "method", "", "file with the method, JSON; without it the usual one")
	cmd.Flags().StringVar(&check, "check", "", "compute the groups of this record of the export again")
	cmd.Flags().BoolVar(&sign, "sign", false, "enter the groups on the register, for the lead body")
	a.signs(cmd)
	cmd.Flags().IntVar(&least, "least", 2, "print only groups of so many members")
	return cmd
}

// readMethod reads a method; members that the file leaves out are the usual.
func (a *app) readMethod(name string) (grouping.Method, error) {
	m := grouping.Default()
	if name == "" {
		return m, nil
	}
	raw, err := a.input(name)
	if err != nil {
		return m, fmt.Errorf("read the method: %w", err)
	}
	if err := json.Unmarshal(raw, &m, json.RejectUnknownMembers(true)); err != nil {
		return m, publica.Problem(publica.Malformed, "method", err.Error()).WithHint(`want members as "publica group" prints them under "method"`)
	}
	if m.Unicode != unicode.Version {
		a.note("the method names Unicode %s, this program has %s: texts with characters that only one of them knows may be grouped otherwise", m.Unicode, unicode.Version)
		m.Unicode = unicode.Version
	}
	return m, nil
}

// seekable opens a file to be read more than once: stdin is kept beside, and so is
// the export within an archive.
func (a *app) seekable(name string) (*os.File, error) {
	if name == "-" {
		return kept(a.in)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	start := make([]byte, 4)
	if n, _ := f.ReadAt(start, 0); !archive.IsArchive(start[:n]) {
		return f, nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	export, err := archive.OpenExport(f, info.Size())
	if err != nil {
		return nil, err
	}
	defer export.Close()
	return kept(export)
}

// kept copies what can be read once to a file that lives as long as it is open.
func kept(r io.Reader) (*os.File, error) {
	f, err := os.CreateTemp("", "publica-*")
	if err != nil {
		return nil, fmt.Errorf("keep the input: %w", err)
	}
	os.Remove(f.Name())
	_, err = io.Copy(f, r)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("keep the input: %w", err)
	}
	return f, nil
}

// What group prints.
type (
	groupsFound struct {
		Method   grouping.Method `json:"method"`
		Members  int             `json:"members"`  // texts that were compared
		Distinct int             `json:"distinct"` // of them, without exact duplicates
		Textless int             `json:"textless"` // contributions whose text is not in the export
		Times    timesFound      `json:"times,omitzero"`
		Groups   []groupFound    `json:"groups"`
	}
	groupFound struct {
		Name    string      `json:"name"` // the smallest id of its members
		Members int         `json:"members"`
		Letter  letterFound `json:"letter"`
		Times   timesFound  `json:"times,omitzero"`
		Texts   []textFound `json:"texts"` // distinct ones
	}
	letterFound struct {
		ID   string `json:"id"`
		Text string `json:"text"`
	}
	textFound struct {
		IDs   []string `json:"ids"`             // who sent it
		Added []string `json:"added,omitempty"` // sentences that are not the letter's
	}
	timesFound struct {
		First   publica.Time  `json:"first"`
		Last    publica.Time  `json:"last"`
		Minutes []windowFound `json:"minutes"` // those with the most
		Hours   []windowFound `json:"hours"`
	}
	windowFound struct {
		Start publica.Time `json:"start"`
		Count int          `json:"count"`
	}
)

// mostWindows is how many minutes and hours are shown of each group.
const mostWindows = 5

func timesOf(times []int64) (found timesFound) {
	if len(times) == 0 {
		return found
	}
	highest := func(width time.Duration) (list []windowFound) {
		for _, w := range grouping.Highest(grouping.Count(times, width.Milliseconds()), mostWindows) {
			list = append(list, windowFound{publica.Time(w.Start), w.Count})
		}
		return list
	}
	return timesFound{
		First: publica.Time(slices.Min(times)), Last: publica.Time(slices.Max(times)),
		Minutes: highest(time.Minute), Hours: highest(time.Hour),
	}
}

// group reads the file twice: texts are not kept, but for letters and what was
// added to them.
func (a *app) group(f *os.File, m grouping.Method, least int) (*groupsFound, positions, error) {
	g, err := grouping.New(m)
	if err != nil {
		return nil, nil, publica.Problem(publica.Unsupported, "method", err.Error())
	}
	export, err := a.groupable(f)
	if err != nil {
		return nil, nil, err
	}
	found := &groupsFound{Method: m, Groups: []groupFound{}}
	times, at := map[string]int64{}, positions{}
	err = eachText(a, f, export, "reading",
		func(t letterLine) *grouping.Sketch { return g.Sketch(t.Text) },
		func(t letterLine, s *grouping.Sketch) error {
			if export {
				at[t.ID] = t.position
			}
			if t.textless {
				found.Textless++
				return nil
			}
			if t.millis != 0 {
				times[t.ID] = t.millis
			}
			return g.Add(t.ID, s)
		})
	if err != nil {
		return nil, nil, err
	}
	found.Members, found.Distinct = g.Len()
	all := make([]int64, 0, len(times))
	for _, t := range times {
		all = append(all, t)
	}
	found.Times = timesOf(all)
	groups := slices.DeleteFunc(g.Groups(), func(group grouping.Group) bool { return group.Size < least })
	for _, group := range groups {
		found.Groups = append(found.Groups, groupOf(group, times))
	}
	return found, at, a.letters(f, export, g, groups, found.Groups)
}

func groupOf(group grouping.Group, times map[string]int64) groupFound {
	out := groupFound{Name: group.Name, Members: group.Size, Letter: letterFound{ID: group.Letter}}
	var when []int64
	for _, same := range group.Texts {
		out.Texts = append(out.Texts, textFound{IDs: same})
		for _, id := range same {
			if t, ok := times[id]; ok {
				when = append(when, t)
			}
		}
	}
	out.Times = timesOf(when)
	return out
}

// letters fills in the text of letters, and what each text adds to its own.
func (a *app) letters(f *os.File, export bool, g *grouping.Grouper, groups []grouping.Group, out []groupFound) error {
	type place struct{ group, text int }
	places := map[string]place{}
	for i, group := range groups {
		for j, same := range group.Texts {
			places[same[0]] = place{i, j}
		}
	}
	return eachText(a, f, export, "letters",
		func(t letterLine) []string {
			if p, ok := places[t.ID]; ok {
				return g.Added(&groups[p.group], t.Text)
			}
			return nil
		},
		func(t letterLine, added []string) error {
			if p, ok := places[t.ID]; ok {
				out[p.group].Texts[p.text].Added = added
				if groups[p.group].Letter == t.ID {
					out[p.group].Letter.Text = t.Text
				}
			}
			return nil
		})
}
