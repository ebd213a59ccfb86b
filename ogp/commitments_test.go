package ogp

import (
	"encoding/csv"
	"encoding/json/v2"
	"slices"
	"strings"
	"testing"

	"publica"
)

// A row says what the records said at a time, in the OGP's words.
func TestCommitmentRows(t *testing.T) {
	s := &story{t: t}
	s.promise(0, "commitment/adopt", measured, "title", "problem", "action", "indicator", "contact", "deliverable-1", "deliverable-2")
	s.promise(10, "commitment/amend", `{"commitment":"$C","supporting":["`+agencyHex+`"]}`, "action", "reason")
	s.promise(20, "commitment/update", update("in-progress", `,"value":60`), "text")
	s.promise(90, "commitment/milestone-done", done("list"), "evidence")
	review := func(d int, phase, draft, coding string) {
		s.promise(d, "commitment/review", `{"commitment":"$C","phase":"`+phase+`","draft":"`+draft+`","coding":`+coding+`}`)
	}
	none, some := publica.EntryID{}.String(), publica.EntryID{9}.String()
	review(150, "mid-term", none, `{"completion":"complete","lens":true,"potential":"substantial","verifiable":true}`)
	review(180, "mid-term", some, `{"completion":"not-started","lens":true,"potential":"modest","verifiable":true}`)
	review(320, "end-of-term", some, `{"completion":"no-evidence","lens":false,"potential":"unclear","results":"no-notable","verifiable":false}`)
	s.promise(330, "commitment/adopt", `{"name":"B","parent":"`+publica.EntryID{1}.String()+`","imported":{"source":"x","made":"$329"}}`, "author")
	plan := &Plan{
		Country: "Elbonia", Number: "3",
		Text: func(id publica.EntryID, part string) string { return part + " of " + id.String()[:4] },
		Body: func(publica.BodyID) string { return "Digital Agency" },
		URL:  func(id publica.EntryID) string { return "https://register.example/entry/" + id.String()[:4] },
	}
	cell := func(row []string, name string) string { return row[slices.Index(CommitmentColumns(), name)] }
	for _, c := range []struct {
		day, row   int
		name, want string
	}{
		{5, 0, "Commitment Number", "A.1"},
		{5, 0, "Country/Locality", "Elbonia"},
		{5, 0, "Action Plan Number", "3"},
		{5, 0, "Commitment Title", "title of 0100"},
		{5, 0, "Full Text", "problem of 0100\n\naction of 0100\n\ndeliverable-1 of 0100\n\ndeliverable-2 of 0100"},
		{15, 0, "Full Text", "problem of 0100\n\naction of 0101\n\ndeliverable-1 of 0100\n\ndeliverable-2 of 0100"},
		{5, 0, "Start Date", "2026-01-10"},
		{5, 0, "End Date", "2026-11-06"},
		{5, 0, "Action Plan End Year", "2026"},
		{5, 0, "Lead Institution", "Digital Agency"},
		{5, 0, "Supporting Institution(s)", ""},
		{15, 0, "Supporting Institution(s)", "Digital Agency"},
		{5, 0, "OGP Value Access To Information", "1"},
		{5, 0, "OGP Value Technology", "0"},
		{5, 0, "URL", "https://register.example/entry/0100"},
		{5, 0, "Baseline", "10 on 2025-12-31"},
		{5, 0, "Last Value", ""},
		{25, 0, "Last Value", "60"},
		{25, 0, "Permille Of The Way", "500"},
		{95, 0, "Milestones Done", "1"},
		{25, 0, "Claimed By Government", "in-progress"},
		{205, 0, "Computed State", "overdue"},
		{160, 0, "Verifiable", "ND"}, // a draft is not the reviewer's word
		{160, 0, "Completion (Progress Report)", "ND"},
		{185, 0, "Completion (Progress Report)", "Not Started"},
		{185, 0, "Completion (End Of Term)", "ND"},
		{185, 0, "Early Results", "ND"},
		{185, 0, "Potential for Results", "Modest"},
		{185, 0, "Open Government Lens", "Yes"},
		{325, 0, "Completion (Progress Report)", "Not Started"},
		{325, 0, "Completion (End Of Term)", "No Evidence Available"},
		{325, 0, "Early Results", "No Notable Results"},
		{325, 0, "Verifiable", "No"},
		{335, 0, "Amendments", "1"},
		{335, 0, "Amendments Unexplained", "0"},
		{335, 1, "Lead Institution", "author of 0107"},
		{335, 1, "Part Of", publica.EntryID{1}.String()},
		{335, 1, "End Date", "NA"},
		{335, 1, "Verifiable", "ND"},
	} {
		rows := CommitmentRows(s.promises(), plan, at(c.day))
		if len(rows) != c.row+1 && c.day != 335 {
			t.Fatalf("day %d: %d rows", c.day, len(rows))
		}
		if got := cell(rows[c.row], c.name); got != c.want {
			t.Errorf("day %d, %s: %q, not %q", c.day, c.name, got, c.want)
		}
	}
	bare := CommitmentRows(s.promises(), &Plan{}, at(335))
	if cell(bare[0], "Lead Institution") != agencyHex || cell(bare[0], "Commitment Title") != "" || cell(bare[0], "URL") != "" {
		t.Errorf("with nobody to ask: %q", bare[0])
	}
}

// Both forms hold the same cells.
func TestCommitmentForms(t *testing.T) {
	s := &story{t: t}
	s.promise(0, "commitment/adopt", measured, "title")
	rows := CommitmentRows(s.promises(), &Plan{Text: func(publica.EntryID, string) string { return "Roads, \"all\"\nof them" }}, at(1))
	var table, list strings.Builder
	if err := WriteCommitmentsCSV(&table, rows); err != nil {
		t.Fatal(err)
	}
	if err := WriteCommitmentsJSON(&list, rows); err != nil {
		t.Fatal(err)
	}
	read, err := csv.NewReader(strings.NewReader(table.String())).ReadAll()
	if err != nil || len(read) != 2 || !slices.Equal(read[1], rows[0]) {
		t.Fatalf("%q, %v", read, err)
	}
	var objects []map[string]string
	if err := json.Unmarshal([]byte(list.String()), &objects); err != nil || len(objects) != 1 {
		t.Fatalf("%s, %v", list.String(), err)
	}
	for i, name := range read[0] {
		if objects[0][name] != rows[0][i] {
			t.Errorf("%s: %q and %q", name, objects[0][name], rows[0][i])
		}
	}
}
