package tender

import (
	"testing"

	"publica/internal/domain/procurement"
)

// Words of others stay words, on one line, and turn nothing around.
func TestEscaped(t *testing.T) {
	for in, want := range map[string]string{
		"One | <b>":                          `One \| \<b\>`,
		"two\nlines\r\n\u2028of\u0085a name": "two lines of a name",
		"a\u202egnp.exe\u2066b\u2069\u200f":  "agnp.exeb",
		"\x1b[31mred\u009b":                  `\[31mred`,
		"نمی\u200cدانم":                      "نمی\u200cدانم",
	} {
		if got := escaped(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// A memo has words for every reason for which the law rejects a bid.
func TestRejectionWords(t *testing.T) {
	if len(rejectionWords) != len(procurement.RejectCodes) {
		t.Errorf("there are words for %d codes, the law knows %d", len(rejectionWords), len(procurement.RejectCodes))
	}
	for _, code := range procurement.RejectCodes {
		if rejectionWords[string(code)] == "" {
			t.Errorf("a memo has no words for the code %s", code)
		}
	}
}
