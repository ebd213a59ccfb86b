package grouping

import (
	"crypto/sha256"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Normal returns the words of the text in lower case with one space between
// them. Two texts with the same normal form are exact duplicates: case,
// punctuation, white space and invisible characters do not tell texts apart. A
// text without a word (emoji, digits of no script) is its own, with white space
// made single, so that a thumb up is not a thumb down.
func Normal(text string) string {
	b, _ := normal(text)
	return string(b)
}

// normal also returns where each word begins.
//
// A word is a run of letters, marks and digits. Apostrophes and invisible
// characters (category Cf) within are dropped. In scripts that are written
// without spaces each letter is a word, with the marks after it.
func normal(text string) (b []byte, starts []int) {
	b = make([]byte, 0, len(text)+1)
	starts = make([]int, 0, len(text)/5+1)
	last := between
	for _, r := range text {
		kind := classify(r)
		switch {
		case kind == dropped, kind == mark && last == between:
			continue
		case kind == between:
			last = between
			continue
		case kind == alone, kind == letter && last != letter:
			if len(b) > 0 {
				b = append(b, ' ')
			}
			starts = append(starts, len(b))
		}
		b = utf8.AppendRune(b, unicode.ToLower(r))
		if kind != mark {
			last = kind
		}
	}
	if len(starts) == 0 {
		return []byte(strings.Join(strings.Fields(text), " ")), nil
	}
	return b, starts
}

const (
	between = iota // what is between words
	letter
	mark
	alone // a word by itself
	dropped
)

func classify(r rune) int {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return letter
	case r == '\'', r == '’':
		return dropped
	case r < utf8.RuneSelf, r == utf8.RuneError:
		return between
	case unicode.Is(unicode.Cf, r):
		return dropped
	case unicode.IsMark(r):
		return mark
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
		return alone
	case unicode.IsLetter(r), unicode.IsNumber(r):
		return letter
	}
	return between
}

// textHash names a normal form.
func textHash(normal []byte) [sha256.Size]byte {
	return sha256.Sum256(append([]byte("publica grouping v1 text\n"), normal...))
}

// Sentences cuts a text into its sentences. A sentence ends after a run of
// . ! ? … ؟ । (with closing quotes and brackets) before white space, after
// 。！？ anywhere, and at an empty line. A piece of fewer than three words
// ("Dear Mr.", "Thank you!") is put to the one after it, the last to the one
// before.
func Sentences(text string) []string {
	var out []string
	from := 0
	cut := func(to int) {
		piece := strings.TrimSpace(text[from:to])
		if _, words := normal(piece); len(words) >= 3 {
			out = append(out, piece)
			from = to
		}
	}
	ended := false // a mark that ends a sentence if white space follows
	newline := false
	for i, r := range text {
		switch {
		case strings.ContainsRune(".!?…؟।", r):
			ended = true
		case strings.ContainsRune("。！？", r):
			cut(i + utf8.RuneLen(r))
		case strings.ContainsRune(`"'”’»)]`, r):
		case unicode.IsSpace(r):
			if ended || (r == '\n' && newline) {
				cut(i)
			}
			ended = false
			newline = newline || r == '\n'
			continue
		default:
			ended = false
		}
		newline = false
	}
	cut(len(text))
	if rest := strings.TrimSpace(text[from:]); rest != "" {
		if len(out) == 0 {
			return []string{rest}
		}
		out[len(out)-1] += " " + rest
	}
	return out
}

// shingles calls yield with the hash of each run of w words: FNV-1a (64 bits)
// over the words with one space between them, mixed (the finalizer of
// MurmurHash3), its upper 32 bits.
func shingles(text []byte, starts []int, w int, yield func(uint32)) {
	for i := 0; i+w <= len(starts); i++ {
		to := len(text)
		if i+w < len(starts) {
			to = starts[i+w] - 1
		}
		h := uint64(0xcbf29ce484222325)
		for _, c := range text[starts[i]:to] {
			h = (h ^ uint64(c)) * 0x100000001b3
		}
		h = (h ^ h>>33) * 0xff51afd7ed558ccd
		h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
		yield(uint32((h ^ h>>33) >> 32))
	}
}
