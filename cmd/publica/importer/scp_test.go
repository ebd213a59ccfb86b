package importer

import (
	"encoding/json/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"publica/cmd/publica/compare"
)

// dataFolder returns a folder of ../shared/data, or skips.
func dataFolder(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", name) // seen from here, three folders below the root
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: the data is not at ../shared/data/%s beside the project: %v", name, err)
	}
	return dir
}

func thePolicy(t *testing.T) *SourceCodePolicy {
	t.Helper()
	p, err := ReadSourceCodePolicy(os.DirFS(dataFolder(t, "us-source-code-policy")))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Every line edit is a comment on the page it edits, and the characters it
// quotes are a line of its own diff.
func TestSourceCodePolicyQuotes(t *testing.T) {
	p := thePolicy(t)
	stages, err := p.Stages(signer(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(stages) != 3 || len(stages[0].Submissions) != 1 || len(stages[1].Submissions) != 28 || len(stages[2].Submissions) != 1 {
		t.Fatalf("%d stages", len(stages))
	}
	pages := map[string][]rune{}
	for _, s := range p.Draft {
		pages[s.ID] = []rune(s.Text)
	}
	quoted := 0
	for i, s := range stages[1].Submissions {
		e, err := s.Signed.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b sectionCommentBody
		if err := json.Unmarshal(e.Body, &b); err != nil {
			t.Fatal(err)
		}
		if pages[b.Section] == nil || b.Version != 1 || b.Imported.URL == "" || b.Imported.Made.IsZero() {
			t.Errorf("edit %d: %s", i, e.Body)
		}
		if b.Range == nil {
			t.Logf("pull request %d quotes nothing", p.Edits[i].Number)
			continue
		}
		quoted++
		if words := string(pages[b.Section][b.Range[0]:b.Range[1]]); !strings.Contains(p.Edits[i].Diff, words) {
			t.Errorf("edit %d quotes what its diff does not have: %s", i, words)
		}
		if strings.Contains(string(e.Body), p.Edits[i].Subject) {
			t.Errorf("edit %d: free text stands in the body", i)
		}
		if got := compare.DiffsIn(string(s.Content[0].Data)); len(got) != 1 || got[0] != p.Edits[i].Diff {
			t.Errorf("edit %d: the diff does not come back from the comment", i)
		}
	}
	if quoted != 28 {
		t.Errorf("%d edits quote the draft, want all 28", quoted)
	}
}

// What became of each line edit, judged once by the package compare and once
// by looking for the same words in one long string.
func TestSourceCodePolicyVerdicts(t *testing.T) {
	p := thePolicy(t)
	plain := func(text string) string { return " " + compare.Words(text) + " " }
	final := map[string]string{}
	whole := ""
	for _, s := range p.Final {
		final[s.ID] = plain(s.Text)
		whole += final[s.ID] + "\x00"
	}
	counts := map[compare.Fate]int{}
	for _, e := range p.Edits {
		v := compare.Judge(e.edits, p.Final, "")
		counts[v.Fate]++
		i, taken, both := 0, 0, 0
		for _, one := range e.edits {
			in, ok := final[one.ID()]
			if !ok {
				in = whole
			}
			for _, c := range one.Changes {
				stands, remains := strings.Contains(in, plain(c.New)), c.Old != "" && strings.Contains(in, plain(c.Old))
				switch { // one side may be a piece of the other
				case c.New == "":
					stands = !remains
				case c.Old != "" && strings.Contains(plain(c.New), plain(c.Old)):
					remains = strings.Count(in, plain(c.Old)) > strings.Count(in, plain(c.New))
				case strings.Contains(plain(c.Old), plain(c.New)):
					stands = strings.Count(in, plain(c.New)) > strings.Count(in, plain(c.Old))
				}
				if got := v.Changes[i].Fate; (got == compare.Taken) != (stands && !remains) || (got == compare.NotTaken && c.Old != "") != (!stands && remains) {
					t.Errorf("pull request %d, change %d is judged %s: new words stand %t, old words stand %t\n%q", e.Number, i, got, stands, remains, c)
				}
				if stands && !remains {
					taken++
				} else if stands {
					both++
				}
				i++
			}
		}
		want := compare.NotTaken
		if taken == i {
			want = compare.Taken
		} else if taken+both > 0 {
			want = compare.InPart
		}
		if v.Fate != want || v.Taken != taken || len(v.Changes) != i {
			t.Errorf("pull request %d is judged %s (%d of %d), want %s (%d of %d)", e.Number, v.Fate, v.Taken, len(v.Changes), want, taken, i)
		}
		t.Logf("pull request %d: %s, %d of %d", e.Number, v.Fate, v.Taken, len(v.Changes))
		for _, c := range v.Changes {
			if c.Fate == compare.Taken || c.Fate == compare.InPart {
				t.Logf("    %s %v -[%s] +[%s]", c.Fate, c.Place, c.Old, c.New)
			}
		}
	}
	if counts[compare.Taken] != 3 || counts[compare.InPart] != 2 || counts[compare.NotTaken] != 23 {
		t.Errorf("counts: %v, want 3 taken, 2 in part, 23 not", counts)
	}
}

// The words that decide, read by hand in the pages as they are.
func TestSourceCodePolicyByHand(t *testing.T) {
	p := thePolicy(t)
	page := map[string]string{}
	for _, s := range p.Final {
		page[s.ID] = s.Text
	}
	for _, c := range []struct {
		number          int
		page, has, lost string
		fate            compare.Fate
	}{
		{53, "implementation", "Chief Financial Officer, Chief Technology", "Chief Acquisitions Officer", compare.Taken},
		{107, "introduction", "", "Additional contract guidance will be available through Project Open Source", compare.Taken},
		{109, "oss", "", "Microsoft has released the .NET software framework", compare.Taken},
		{28, "introduction", "September 2014. Page 2", "September, 2014. Page 2", compare.InPart},
		{78, "appendixa", "Free Software Foundation ([https://www.gnu.org", "Initiative ([https://opensource.org/osd](https://opensource.org/osd)).", compare.InPart},
		{198, "oss", "", "third-party developers or vendors", compare.NotTaken},
		{169, "solutions-analysis", "", "licensed for unlimited use", compare.NotTaken},
	} {
		if !strings.Contains(page[c.page], c.has) || strings.Contains(page[c.page], c.lost) {
			t.Errorf("pull request %d: %s is not as it was read", c.number, c.page)
		}
		for _, e := range p.Edits {
			if v := compare.Judge(e.edits, p.Final, ""); e.Number == c.number && v.Fate != c.fate {
				t.Errorf("pull request %d is judged %s, want %s", e.Number, v.Fate, c.fate)
			}
		}
	}
}
