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
