package importer

import (
	"encoding/json/v2"
	"strings"
	"testing"

	"publica"
	"publica/cmd/publica/compare"
)

// A docket of our own invention, in the spelling of a bulk download, with a
// byte order mark and columns nobody asked for.
const lakeCSV = "\ufeffDocument ID,Agency ID,Docket ID,Tracking Number,Document Type,Posted Date,Is Withdrawn?,Title,Received Date,First Name,Last Name,City,State/Province,Country,Organization Name,Comment,Attachment Files,Moon Phase\n" +
	`LAKE-2031-0001-0001,LAKE,LAKE-2031-0001,,Proposed Rule,2031-02-01T05:00Z,false,Boats on the lake,,,,,,,,,,` + "\n" +
	`LAKE-2031-0001-0002,LAKE,LAKE-2031-0001,lk-1,Public Submission,2031-02-03T05:00Z,false,Comment from Ada Reed,2031-02-02T05:00Z,Ada,Reed,Shoreham,VT,United States,Friends of the Lake,"No motors, please.<br/>The loons&#39; nests are near the pier.",,full` + "\n" +
	`LAKE-2031-0001-0003,LAKE,LAKE-2031-0001,lk-2,Public Submission,2031-02-04T05:00Z,true,Comment from Anonymous,,,,,,,,,,` + "\n" +
	`LAKE-2031-0001-0004,LAKE,LAKE-2031-0001,lk-3,Public Submission,,false,Comment from Bo,,Bo,,,,,,See attached file(s),https://example.org/a.pdf,new` + "\n" +
	`LAKE-2031-0001-0005,LAKE,LAKE-2031-0001,lk-4,Public Submission,,false,,,,,,,,,,,` + "\n"

func lake(t *testing.T, text string) *Regulations {
	t.Helper()
	var g Regulations
	if err := g.Add("lake.csv", strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	return &g
}

func TestRegulationsComments(t *testing.T) {
	const undated publica.Time = 5000
	stage, others, empty, err := lake(t, lakeCSV).Comments(signer(t), undated)
	if err != nil {
		t.Fatal(err)
	}
	if len(stage.Submissions) != 3 || stage.Owes != 3 || others != 1 || empty != 1 {
		t.Fatalf("%d comments, %d others, %d empty", len(stage.Submissions), others, empty)
	}
	for i, want := range []struct{ label, text, author, made, claimed string }{
		{"LAKE-2031-0001-0002", "No motors, please.\nThe loons' nests are near the pier.", "Ada Reed; Friends of the Lake; Shoreham, VT, United States", "2031-02-02T05:00:00.000Z", "2031-02-02T05:00:00.000Z"},
		{"LAKE-2031-0001-0003, withdrawn, without text in the source: its title stands here", "Comment from Anonymous", "", "2031-02-04T05:00:00.000Z", "2031-02-04T05:00:00.000Z"},
		{"LAKE-2031-0001-0004", "See attached file(s)\n\nAttachment Files: https://example.org/a.pdf", "Bo", undated.String(), publica.Time(0).String()},
	} {
		s := stage.Submissions[i]
		e, err := s.Signed.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b sectionCommentBody
		if err := json.Unmarshal(e.Body, &b); err != nil {
			t.Fatal(err)
		}
		parts := map[string]string{}
		for _, c := range s.Content {
			parts[c.Name] = string(c.Data)
		}
		if b.Imported.Label != want.label || parts["text"] != want.text || parts["author"] != want.author ||
			e.Made.String() != want.made || b.Imported.Made.String() != want.claimed {
			t.Errorf("comment %d: made %s, body %s, parts %q", i, e.Made, e.Body, parts)
		}
		if b.Imported.Source != "Regulations.gov docket LAKE-2031-0001" || b.Imported.URL != "https://www.regulations.gov/comment/"+want.label[:19] {
			t.Errorf("comment %d: %s", i, e.Body)
		}
		for _, personal := range []string{"Ada", "Reed", "Shoreham", "Friends", "motors"} {
			if strings.Contains(string(e.Body), personal) {
				t.Errorf("comment %d has %s in its body: %s", i, personal, e.Body)
			}
		}
	}
}

// Case, order and spacing of the columns do not matter; the same rows give the
// same entries.
func TestRegulationsSpellings(t *testing.T) {
	one := lake(t, "Document ID,Comment,First Name,Received Date\nA-1,Yes.,Ada,2031-02-02\n")
	two := lake(t, "first name,RECEIVED DATE,comment, document id\nAda,2/2/2031,Yes.,A-1\n")
	var ids [2]publica.EntryID
	for i, g := range []*Regulations{one, two} {
		stage, _, _, err := g.Comments(signer(t), 1)
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = stage.Submissions[0].Signed.ID()
	}
	if ids[0] != ids[1] {
		t.Error("two spellings of one file give two entries")
	}
	if d := compare.Exports(one.Table(), two.Table()); d.Same != 0 || len(d.Records) != 1 || len(d.Records[0].Fields) != 1 || d.Records[0].Fields[0].Column != ColReceived || d.ColumnsGone != nil || d.ColumnsNew != nil {
		t.Errorf("%+v", d)
	}
}

func TestRegulationsRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                             `lake.csv:1: is empty`,
		"Document ID,Title\nA-1,x\n":                   `lake.csv:1: has no column "Comment"`,
		"Comment,Tracking Number\nx,1\n":               `lake.csv:1: has no column "Document ID"`,
		"Document ID,Comment,comment\nA-1,x,y\n":       `lake.csv:1: names the column "comment" twice`,
		"Document ID,Comment\nA-1,x\n,y\n":             `lake.csv:3: has in column "Document ID" no id: ""`,
		"Document ID,Comment\nA-1,\"x\n\ny\"\nA-1,z\n": `lake.csv:5: repeats A-1, which stands in lake.csv:2`,
		"Document ID,Comment\nA-1,x,y\n":               `lake.csv:2: is not CSV as the first line announces it`,
		"Document ID,Comment\nA-1,\"x\n":               `lake.csv:`,
		"Document ID,Comment,Received Date\nA-1,x,2031-02-02\nB,y,soon\n": `lake.csv:3: has in column "Received Date" no date: "soon"`,
	} {
		var g Regulations
		err := g.Add("lake.csv", strings.NewReader(text))
		if err == nil {
			_, _, _, err = g.Comments(signer(t), 1)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// Two downloads of one docket, a week apart.
func TestRegulationsCompare(t *testing.T) {
	const before = "Document ID,Comment,Title,Is Withdrawn?,Tracking Number,Subtype\n" +
		"A-1,Same,t,false,1,x\nA-2,Gone,t,false,2,x\nA-3,Withdrawn,t,false,3,x\nA-4,Blanked,t,false,4,x\nA-5,Changed,t,false,5,x\nA-6,Was withdrawn,t,true,6,x\n"
	const after = "Comment,Document ID,Title,Is Withdrawn?,Tracking Number,Reason Withdrawn\n" +
		"Late,A-9,t,false,9,\nSame,A-1,t,false,1,\n,A-3,t,TRUE,,asked\n,A-4,t,false,4,\nChanged,A-5,T,false,,\nWas withdrawn,A-6,t,true,6,\n"
	d := compare.Exports(lake(t, before).Table(), lake(t, after).Table())
	var got []string
	for _, r := range d.Records {
		s := string(r.Event) + " " + r.ID + ":"
		for _, f := range r.Fields {
			s += " " + f.Column + "=" + f.Before + ">" + f.After
		}
		got = append(got, s)
	}
	want := `vanished A-2: Document ID=A-2> Comment=Gone> Title=t> Is Withdrawn?=false> Tracking Number=2> Subtype=x>
withdrawn A-3: Comment=Withdrawn> Is Withdrawn?=false>TRUE Tracking Number=3>
blanked A-4: Comment=Blanked>
changed A-5: Title=t>T Tracking Number=5>
new A-9: Comment=>Late Document ID=>A-9 Title=>t Is Withdrawn?=>false Tracking Number=>9`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got\n%s\nwant\n%s", s, want)
	}
	if d.Same != 2 || len(d.ColumnsGone) != 1 || d.ColumnsGone[0] != "Subtype" || len(d.ColumnsNew) != 1 || d.ColumnsNew[0] != "Reason Withdrawn" {
		t.Errorf("same %d, columns %q and %q", d.Same, d.ColumnsGone, d.ColumnsNew)
	}
}
