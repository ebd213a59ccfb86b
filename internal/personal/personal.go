// Package personal finds personal data in what people write, to warn them
// before it is published for good, and to point a moderator to it. It finds
// shapes (an e-mail address, a telephone number), never meaning, and it only
// ever suggests: nothing is changed or held back for what it finds. It must not
// know records, pages or the register.
package personal

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// A Sort is what kind of personal data a finding looks like.
type Sort string

// The sorts that [Find] knows.
const (
	Email      Sort = "email"
	Phone      Sort = "phone"
	NationalID Sort = "national-id" // U.S. social security number, French NIR, Spanish DNI and NIE
	Card       Sort = "card"        // payment card, by its check digit
	Account    Sort = "account"     // IBAN, by its check digits
	Birth      Sort = "birth"       // a date beside a word for birth
	Address    Sort = "address"     // street and number, or state and ZIP code
)

// A Finding is a stretch of a text, in bytes from and up to.
type Finding struct {
	Sort     Sort
	From, To int
	Text     string
}

// Most is how many findings [Find] returns at most.
const Most = 50

var shapes = []struct {
	sort Sort
	re   *regexp.Regexp
	ok   func(string) bool // nil: the shape suffices
}{
	{Email, regexp.MustCompile(`(?i)[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*\.[a-z]{2,24}\b`), nil},
	{NationalID, regexp.MustCompile(`\b(?:00[1-9]|0[1-9]\d|[1-578]\d\d|6[0-57-9]\d|66[0-57-9])[- ](?:0[1-9]|[1-9]\d)[- ](?:000[1-9]|00[1-9]\d|0[1-9]\d\d|[1-9]\d{3})\b`), nil},
	{NationalID, regexp.MustCompile(`\b[12][ .]?\d\d[ .]?(?:0[1-9]|1[0-2])[ .]?(?:\d\d|2[AB])[ .]?\d{3}[ .]?\d{3}[ .]?\d\d\b`), nil},
	{NationalID, regexp.MustCompile(`(?i)\b[xyz]?-?\d{7,8}-?[a-z]\b`), spanishID},
	{Account, regexp.MustCompile(`\b[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b`), iban},
	{Card, regexp.MustCompile(`\b\d(?:[ -]?\d){12,18}\b`), luhn},
	{Phone, regexp.MustCompile(`\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){2,4}\b`), nil},
	{Phone, regexp.MustCompile(`(?:\(\d{3}\) ?|\b\d{3}[-. ])\d{3}[-. ]\d{4}\b`), nil},
	{Phone, regexp.MustCompile(`\b0\d(?:[ .-]\d\d){4}\b`), nil},
	{Birth, regexp.MustCompile(`(?i)\b(?:born(?: on)?|birth ?da(?:te|y)|date of birth|d\.?o\.?b\.?|née? le|date de naissance|nacid[oa] el|fecha de nacimiento)\W{1,4}(?:is |was |est |es )?(?:\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}|\d{1,2}(?:er)? (?:de )?\pL{3,10}\.?,? (?:de )?\d{4}|\pL{3,10}\.? \d{1,2},? \d{4})`), nil},
	{Address, regexp.MustCompile(`\b\d{1,6} (?:[NSEW]\.? )?(?:\p{Lu}[\pL'’.-]* ){1,4}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Way|Terrace|Circle|Highway|Hwy)\b\.?(?:,? (?:Apt|Apartment|Suite|Unit|#)\.? ?\w{1,6})?`), nil},
	{Address, regexp.MustCompile(`(?i)\b\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|place|chemin|impasse|allée) (?:de |du |des |d['’]|la |le |les |l['’])*\pL[\pL'’-]+`), nil},
	{Address, regexp.MustCompile(`(?i)\b(?:calle|avenida|avda\.?|paseo|plaza|camino) (?:de |del |la |las |los |el )*\pL[\pL'’ -]{1,40}?,? (?:n[.º°o]* ?)?\d{1,4}\b`), nil},
	{Address, regexp.MustCompile(`\b(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]) \d{5}(?:-\d{4})?\b`), nil},
}

// Find returns what in the text looks like personal data, in order, no two
// overlapping, at most [Most].
func Find(text string) []Finding {
	var all []Finding
	for _, s := range shapes {
		for _, at := range s.re.FindAllStringIndex(text, Most) {
			found := text[at[0]:at[1]]
			if s.ok == nil || s.ok(found) {
				all = append(all, Finding{s.sort, at[0], at[1], found})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(b.To, a.To)) })
	end := 0
	all = slices.DeleteFunc(all, func(f Finding) bool {
		if f.From < end {
			return true
		}
		end = f.To
		return false
	})
	return all[:min(len(all), Most)]
}

// luhn checks the last digit of a card number (ISO/IEC 7812-1).
func luhn(s string) bool {
	sum, double := 0, false
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		d := int(s[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum, double = sum+d, !double
	}
	return sum > 0 && sum%10 == 0
}

// iban checks the two check digits of an account number (ISO 13616).
func iban(s string) bool {
	s = strings.ReplaceAll(s, " ", "")
	if len(s) < 15 || len(s) > 34 {
		return false
	}
	rest := 0
	for _, c := range s[4:] + s[:4] {
		switch {
		case c >= '0' && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		default:
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	return rest == 1
}

// spanishID checks the letter of a DNI or NIE (Real Decreto 1553/2005).
func spanishID(s string) bool {
	s = strings.ToUpper(strings.ReplaceAll(s, "-", ""))
	if i := strings.IndexByte("XYZ", s[0]); i >= 0 {
		s = string(rune('0'+i)) + s[1:]
	}
	if len(s) != 9 {
		return false
	}
	n := 0
	for _, c := range s[:8] {
		if c < '0' || c > '9' {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return "TRWAGMYFPDXBNJZSQVHLCKE"[n%23] == s[8]
}
