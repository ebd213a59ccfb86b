package main

import (
	"bufio"
	"encoding/json/v2"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"publica"
	"publica/grouping"
)

// positions are where the contributions of an export stand in their docket, by id.
type positions map[string]int64

// spans returns ranges that hold these contributions and no other.
func (at positions) spans(ids []string) (out [][2]int64) {
	rank := map[int64]int{} // of all contributions, by position
	for i, p := range slices.Sorted(maps.Values(at)) {
		rank[p] = i
	}
	mine := make([]int64, len(ids))
	for i, id := range ids {
		mine[i] = at[id]
	}
	slices.Sort(mine)
	for _, p := range mine {
		if n := len(out); n > 0 && rank[out[n-1][1]]+1 == rank[p] {
			out[n-1][1] = p
			continue
		}
		out = append(out, [2]int64{p, p})
	}
	return out
}

// maxGroupRanges is how many ranges one record of a group may name (spec/kinds),
// less what keeps the longest of them within an entry.
const maxGroupRanges = 500

// A groupBody is the body of participation/group.
type groupBody struct {
	Extends publica.EntryID   `json:"extends,omitzero"`
	Letter  publica.EntryID   `json:"letter,omitzero"`
	Members []publica.EntryID `json:"members,omitempty"`
	Method  *grouping.Method  `json:"method,omitempty"`
	Ranges  [][2]int64        `json:"ranges,omitempty"`
}

// signGroups enters groups on the register, each by as many records as it needs.
func (a *app) signGroups(cmd *cobra.Command, f *os.File, found *groupsFound, at positions) error {
	header, err := exportHeader(f)
	if err != nil {
		return err
	}
	key, err := a.readKey(cmd)
	if err != nil {
		return err
	}
	client, err := a.connect(cmd.Context())
	if err != nil {
		return err
	}
	opened, _, err := a.logged(cmd.Context(), client, publica.EntryID(header.Docket))
	if err != nil {
		return err
	}
	say := func(b groupBody) (publica.EntryID, error) {
		raw, err := json.Marshal(b)
		if err != nil {
			return publica.EntryID{}, err
		}
		s, err := a.submission(cmd.Context(), key, publica.Entry{Body: raw, Docket: header.Docket, For: opened.For, Kind: "participation/group",
			Made: publica.TimeOf(a.now()), Nonce: publica.NewNonce(nil), Register: client.Policy().Register()}, nil)
		if err != nil {
			return publica.EntryID{}, err
		}
		return s.Signed.ID(), a.deliver(cmd.Context(), client, s, 30*time.Second, "")
	}
	for i := range found.Groups {
		g := &found.Groups[i]
		var ids []string
		for _, t := range g.Texts {
			ids = append(ids, t.IDs...)
		}
		letter, err := publica.ParseEntryID(g.Letter.ID)
		if err != nil {
			return publica.Problem(publica.Invalid, "FILE", "is not a docket export").WithHint("only contributions of a docket can be grouped on a register")
		}
		var group publica.EntryID
		for part := range slices.Chunk(at.spans(ids), maxGroupRanges) {
			b := groupBody{Letter: letter, Method: &found.Method, Ranges: part}
			if !group.IsZero() {
				b = groupBody{Extends: group, Ranges: part}
			}
			id, err := say(b)
			if err != nil {
				return err
			}
			if group.IsZero() {
				group = id
			}
		}
	}
	a.note("%d groups of %d contributions are on the register", len(found.Groups), found.grouped())
	return nil
}

// grouped counts the members of all groups.
func (f *groupsFound) grouped() (n int) {
	for i := range f.Groups {
		n += f.Groups[i].Members
	}
	return n
}

func exportHeader(f *os.File) (*publica.ExportHeader, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	first, err := bufio.NewReader(f).ReadBytes('\n')
	if err != nil {
		return nil, publica.Problem(publica.Malformed, "FILE", "is not a docket export")
	}
	var header publica.ExportHeader
	if err := json.Unmarshal(first, &header); err != nil || header.Docket.IsZero() {
		return nil, publica.Problem(publica.Malformed, "FILE", "is not a docket export")
	}
	return &header, nil
}

// recordedGroup reads a group of an export: its method and the positions that its
// records name.
func recordedGroup(f *os.File, id publica.EntryID) (m grouping.Method, ranges [][2]int64, members []publica.EntryID, err error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return m, nil, nil, err
	}
	in := bufio.NewScanner(f)
	in.Buffer(make([]byte, 1<<20), publica.MaxExportLine)
	in.Scan() // the header
	known := false
	for in.Scan() {
		var line publica.ExportLine
		if err := json.Unmarshal(in.Bytes(), &line); err != nil {
			return m, nil, nil, publica.Problem(publica.Malformed, "FILE", "is not a docket export")
		}
		leaf, err := publica.ParseLeaf(line.Leaf)
		if err != nil {
			return m, nil, nil, err
		}
		if leaf.Entry == nil || leaf.Refused != nil {
			continue
		}
		e, err := publica.ParseEntry(leaf.Entry)
		if err != nil {
			return m, nil, nil, err
		}
		if e.Kind != "participation/group" {
			continue
		}
		var b groupBody
		if err := json.Unmarshal(e.Body, &b); err != nil {
			return m, nil, nil, err
		}
		switch {
		case leaf.ID() == id && b.Method != nil:
			known, m = true, *b.Method
		case b.Extends != id:
			continue
		}
		ranges, members = append(ranges, b.Ranges...), append(members, b.Members...)
	}
	if err := in.Err(); err != nil {
		return m, nil, nil, err
	}
	if !known {
		return m, nil, nil, publica.Problem(publica.NotFound, "--check", "is not a group of this export")
	}
	return m, ranges, members, nil
}

// checkGroup computes the groups again by the method of a record, and compares.
// The group that shares the most members with the record is the one it means. An
// answer that differs ends the program with an error.
func (a *app) checkGroup(f *os.File, id publica.EntryID) error {
	m, ranges, members, err := recordedGroup(f, id)
	if err != nil {
		return err
	}
	if m.Algorithm != grouping.Algorithm {
		return publica.Problem(publica.Unsupported, "method", "names "+m.Algorithm+", which this program does not compute").
			WithHint("a group that somebody found by hand can be read, not computed")
	}
	found, at, err := a.group(f, m, 2)
	if err != nil {
		return err
	}
	recorded := map[string]bool{}
	for _, id := range members {
		recorded[id.String()] = true
	}
	for id, p := range at {
		if slices.ContainsFunc(ranges, func(r [2]int64) bool { return r[0] <= p && p <= r[1] }) {
			recorded[id] = true
		}
	}
	best, most := map[string]bool{}, 0
	for i := range found.Groups {
		computed, common := map[string]bool{}, 0
		for _, t := range found.Groups[i].Texts {
			for _, id := range t.IDs {
				computed[id] = true
				if recorded[id] {
					common++
				}
			}
		}
		if common > most {
			best, most = computed, common
		}
	}
	lacking, more := without(recorded, best), without(best, recorded)
	if len(lacking)+len(more) == 0 {
		_, err := fmt.Fprintf(a.out, "the same: %d contributions, by %s version %d\n", len(recorded), m.Algorithm, m.Version)
		return err
	}
	for _, id := range lacking {
		fmt.Fprintf(a.out, "recorded, not found: %s\n", id)
	}
	for _, id := range more {
		fmt.Fprintf(a.out, "found, not recorded: %s\n", id)
	}
	return publica.Problem(publica.Conflict, "--check", fmt.Sprintf("the record names %d contributions, the texts give %d; %d differ", len(recorded), len(best), len(lacking)+len(more))).
		WithHint("what came after the record, or was erased since, makes a difference too")
}

// without returns what is in a and not in b, sorted.
func without(a, b map[string]bool) (out []string) {
	for id := range a {
		if !b[id] {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}
