package commitmentview

import (
	"strconv"
	"time"

	"publica"
	"publica/internal/web"
)

// A form is one of the desk, with lines for milestones.
type form struct {
	web.Form
	rows []milestoneRow
}

// A milestoneRow is a milestone to fill in.
type milestoneRow struct {
	ID, Due, Says string
	Part          string
	Done          bool // it stands
	Gone          bool // promised no more
}

// dateOf writes a time as a form's date.
func dateOf(t publica.Time) string {
	if t == 0 {
		return ""
	}
	return t.Std().UTC().Format(time.DateOnly)
}

// roomFor is how many new milestones a form has lines for.
const roomFor = 4

// milestones adds lines for milestones: those that stand, and room for more.
func (f *form) milestones(l *web.Locale, hint string, stand []milestoneRow) {
	f.rows = append(stand, make([]milestoneRow, roomFor)...)
	one := web.FormField{Name: "milestones", Kind: "rows", Label: l.T("Milestones"), Hint: hint}
	for i := range f.rows {
		row, at := &f.rows[i], strconv.Itoa(i)
		if row.Done {
			one.Rows = append(one.Rows, web.FormRow{Note: l.T("{n}. Done, and stands:", "n", strconv.Itoa(i+1)) + " " + web.Apart(row.Says)})
			continue
		}
		if f.WasSent() {
			row.Due, row.Says, row.Gone = f.Sent("due-"+at), f.Sent("says-"+at), f.Sent("gone-"+at) != ""
		}
		fields := []web.FormField{{Name: "due-" + at, Kind: "date", Label: l.T("Due"), Value: row.Due},
			{Name: "says-" + at, Kind: "short", Label: l.T("What anyone will be able to look at"), Value: row.Says}}
		if row.ID != "" {
			gone := web.FormField{Name: "gone-" + at, Kind: "checks", Label: l.T("Is it still promised?"), Options: []web.Choice{web.Option("yes", l.T("Promised no more"))}}
			if row.Gone {
				gone.Ticked = []string{"yes"}
			}
			fields = append(fields, gone)
		}
		one.Rows = append(one.Rows, web.FormRow{Legend: l.T("Milestone {n}", "n", strconv.Itoa(i+1)), Fields: fields})
	}
	f.Fields = append(f.Fields, one)
}
