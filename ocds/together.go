package ocds

// togetherChecks look at what a document holds together.
var togetherChecks = []coherenceCheck{
	{"release-id-unique", "No two releases of a process have the same id.", Error, nil},
	{"record-ocid", "What a record holds is of its process.", Error, nil},
	{"record-unique", "A package has one record for each process.", Error, nil},
	{"record-compiled", "A record's compiled release is what its releases merge to, as to its date.", Warning, nil},
	{"published-last", "A package is published after the releases in it.", Warning, nil},
}

// together checks the releases and records of a document against each other.
func together(d *Document) (problems []Problem) {
	say := func(check int, f Found, n *Node, below, message, hint string) {
		c := togetherChecks[check]
		problems = append(problems, Problem{Check: c.id, Path: f.Path + pointer(below), Line: n.Line, Level: c.level, Message: message, Hint: hint})
	}
	releases, records := map[string]bool{}, map[string]bool{}
	published := moment(d.Root.Get("publishedDate"))
	var record *Node
	for _, f := range d.Found() {
		ocid, id := f.Node.Get("ocid"), f.Node.Get("id")
		switch f.Form {
		case Record:
			record = f.Node
			if ocid.is(text) && records[ocid.Text] {
				say(2, f, ocid, "ocid", "There is another record of "+ocid.Text+".", "make one record of the two")
			}
			records[ocid.Str()] = true
			continue
		case Release:
			if key := ocid.Str() + " " + id.ID(); id != nil && releases[key] {
				say(0, f, id, "id", "Another release of this process has the id "+id.ID()+".", "ids of releases are never used twice")
			} else {
				releases[key] = true
			}
		}
		if record != nil && ocid.is(text) && ocid.Text != record.Get("ocid").Str() {
			say(1, f, ocid, "ocid", "This is of "+ocid.Text+", and stands in a record of "+record.Get("ocid").Str()+".", "put it into its own record")
		}
		if date := f.Node.Get("date"); !published.IsZero() && moment(date).After(published) {
			say(4, f, date, "date", "The release is of "+date.Text+", after its package was published.", "correct publishedDate")
		}
		if f.Form == CompiledRelease && record != nil {
			if last := newest(record); last != nil && !moment(f.Node.Get("date")).Equal(moment(last)) && f.Node.Get("date").is(text) {
				say(3, f, f.Node.Get("date"), "date", "The compiled release is of "+f.Node.Get("date").Text+", the last release of "+last.Text+".", "merge the releases again")
			}
		}
	}
	return problems
}

// newest returns the date of the newest release of a record, embedded or
// linked.
func newest(record *Node) (last *Node) {
	for _, r := range record.Get("releases").list() {
		if d := r.Get("date"); last == nil || moment(d).After(moment(last)) {
			last = d
		}
	}
	if moment(last).IsZero() {
		return nil
	}
	return last
}
