package compare

import "testing"

func TestRedline(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{"", "", ""},
		{"We publish all roads.", "We  publish\nall roads.", "We publish all roads."},
		{"We publish all roads.", "We may publish all roads.", "We {+may+} publish all roads."},
		{"We publish all roads in May.", "We publish roads.", "We publish [-all roads in May.-] {+roads.+}"},
		{"gone", "", "[-gone-]"},
		{"", "new words", "{+new words+}"},
	} {
		if got := Redline(c.before, c.after); got != c.want {
			t.Errorf("%q to %q: %q", c.before, c.after, got)
		}
	}
}

func TestLetters(t *testing.T) {
	const want = "thechiefsofficewithdatafirstpublishesat92example"
	for _, text := range []string{
		"The Chief's Office, with data first, publishes at https://92.example",
		"…the chief’s  of- fice with “data first” pub-\nlishes <br> at <b class=\"x\">HTTP://92.example</b>.",
	} {
		if got := Letters(text); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
	if Letters("2 < 3 and 4 > 1") != "23and41" {
		t.Error("what is no tag is text")
	}
}
