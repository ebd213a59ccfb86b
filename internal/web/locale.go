package web

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	phrase "github.com/nicksnyder/go-i18n/v2/i18n/template"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"publica"
)

// languages holds the catalogs, LANGUAGE.AREA.toml. A message's id is its
// English text, so English needs none.
//
//go:embed languages/*.toml
var languages embed.FS

// A Locale speaks one language of the interface: its words, plurals, numbers and
// dates. What people wrote is never its business. A nil Locale speaks English.
// Safe for concurrent use.
type Locale struct {
	Tag  string // BCP 47: "en", "es", "fr", "ar"
	Name string // the language's name for itself
	Dir  string // "ltr" or "rtl"

	words   *i18n.Localizer
	numbers *message.Printer
}

// Locales returns the languages of the interface, English first.
func Locales() []*Locale { return loadLocales() }

var loadLocales = sync.OnceValue(func() []*Locale {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	files, err := languages.ReadDir("languages")
	if err != nil {
		panic(err) // embedded: a mistake in the program
	}
	for _, f := range files {
		raw, err := languages.ReadFile(path.Join("languages", f.Name()))
		if err != nil {
			panic(err)
		}
		tag, _, _ := strings.Cut(f.Name(), ".")
		if _, err := bundle.ParseMessageFileBytes(raw, "catalog."+tag+".toml"); err != nil {
			panic(fmt.Sprintf("web: catalog %s: %v", f.Name(), err))
		}
	}
	all := []*Locale{
		{Tag: "en", Name: "English", Dir: "ltr"},
		{Tag: "es", Name: "Español", Dir: "ltr"},
		{Tag: "fr", Name: "Français", Dir: "ltr"},
		{Tag: "ar", Name: "العربية", Dir: "rtl"},
	}
	for _, l := range all {
		l.words = i18n.NewLocalizer(bundle, l.Tag)
		// Latin digits everywhere: ids, hashes and plots have no others.
		l.numbers = message.NewPrinter(language.MustParse(l.Tag + "-u-nu-latn"))
	}
	return all
})

// localeNamed returns the locale of a tag, nil if there is none.
func localeNamed(tag string) *Locale {
	for _, l := range Locales() {
		if l.Tag == tag {
			return l
		}
	}
	return nil
}

type localeKey struct{}

// LocaleOf returns the language of a request's page; never nil.
func LocaleOf(r *http.Request) *Locale { return LocaleIn(r.Context()) }

// LocaleIn returns the same for those who have the request's context alone.
func LocaleIn(ctx context.Context) *Locale {
	if l, ok := ctx.Value(localeKey{}).(*Locale); ok {
		return l
	}
	return Locales()[0]
}

// languageCookie keeps the language a reader chose.
const languageCookie = "publica_lang"

// withLocale finds the language of a request: what the reader chose, what the
// browser asks for, what the register speaks.
func (s *Site) withLocale(next http.Handler) http.Handler {
	tags := []language.Tag{language.Make(s.data.Lang)}
	for _, l := range Locales() {
		tags = append(tags, language.Make(l.Tag))
	}
	matcher := language.NewMatcher(tags)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := r.Header.Get("Accept-Language")
		if c, err := r.Cookie(languageCookie); err == nil && localeNamed(c.Value) != nil {
			asked = c.Value
		}
		_, at := language.MatchStrings(matcher, asked)
		l := localeNamed(tags[at].String())
		if l == nil {
			l = Locales()[0]
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), localeKey{}, l)))
	})
}

// chooseLanguage keeps a reader's choice for a year and leads back.
func (s *Site) chooseLanguage(w http.ResponseWriter, r *http.Request) {
	to, back := r.URL.Query().Get("to"), r.URL.Query().Get("back")
	if localeNamed(to) == nil {
		s.fail(w, r, publica.Problem(publica.NotFound, "to", "is not a language of this site").WithHint("take one that the page header offers"))
		return
	}
	if !localPath(back) {
		back = "/"
	}
	http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: to, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// localPath reports whether a path stays on this site, whatever a browser makes
// of backslashes and control characters.
func localPath(p string) bool {
	return strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "//") && !strings.ContainsFunc(p, func(r rune) bool { return r == '\\' || r < ' ' })
}

// Msg marks an English text as a message that T is handed later, from a table.
func Msg(text string) string { return text }

// T says a message. In its text {name} stands for the value after that name in
// pairs; int and int64 values are grouped as the language does.
func (l *Locale) T(text string, pairs ...any) string {
	return l.fill(l.say(&i18n.LocalizeConfig{DefaultMessage: &i18n.Message{ID: text, Other: text}}, text), pairs)
}

// N says a message with a count, by the language's plural rules; {n} stands for
// the count.
func (l *Locale) N(count any, one, other string, pairs ...any) string {
	n := asCount(count)
	text := l.say(&i18n.LocalizeConfig{DefaultMessage: &i18n.Message{ID: other, One: one, Other: other}, PluralCount: n}, other)
	return l.fill(text, append([]any{"n", n}, pairs...))
}

func (l *Locale) say(c *i18n.LocalizeConfig, fallback string) string {
	if l == nil {
		l = Locales()[0]
	}
	c.TemplateParser = phrase.IdentityParser{}
	// Without a translation the localizer returns the English text and an error;
	// a test holds that there is none missing.
	if text, _ := l.words.Localize(c); text != "" {
		return text
	}
	return fallback
}

func (l *Locale) fill(text string, pairs []any) string {
	if len(pairs) == 0 {
		return text
	}
	list := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		value := ""
		switch v := pairs[i+1].(type) {
		case int:
			value = l.Number(int64(v))
		case int64:
			value = l.Number(v)
		default:
			value = fmt.Sprint(v)
		}
		list = append(list, fmt.Sprintf("{%v}", pairs[i]), value)
	}
	return strings.NewReplacer(list...).Replace(text)
}

func asCount(v any) int64 {
	switch n := reflect.ValueOf(v); {
	case n.CanInt():
		return n.Int()
	case n.CanUint():
		return int64(n.Uint())
	}
	return 0
}

// Number groups digits.
func (l *Locale) Number(n int64) string {
	if l == nil {
		l = Locales()[0]
	}
	return l.numbers.Sprint(n)
}

// Decimal says a number with one digit after the point.
func (l *Locale) Decimal(x float64) string {
	if l == nil {
		l = Locales()[0]
	}
	return l.numbers.Sprintf("%.1f", x)
}

// Fixed says a number that is kept as an integer: v divided by ten to the power
// of decimals.
func (l *Locale) Fixed(v, decimals int64) string {
	if l == nil {
		l = Locales()[0]
	}
	return l.numbers.Sprintf("%."+strconv.FormatInt(decimals, 10)+"f", float64(v)/math.Pow10(int(decimals)))
}

// Day says a date, in UTC.
func (l *Locale) Day(t publica.Time) string {
	s := t.Std().UTC()
	return l.T("{day} {month} {year}", "day", fmt.Sprint(s.Day()), "month", l.T(months[s.Month()-1]), "year", fmt.Sprint(s.Year()))
}

// Moment says a date and the time to the second, in UTC.
func (l *Locale) Moment(t publica.Time) string {
	return l.T("{date}, {time} UTC", "date", l.Day(t), "time", t.Std().UTC().Format("15:04:05"))
}

// Duration says a duration in its largest fitting unit.
func (l *Locale) Duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return l.T("less than a second")
	case d < 2*time.Minute:
		return l.N(int64(d/time.Second), "{n} second", "{n} seconds")
	case d < 2*time.Hour:
		return l.N(int64(d/time.Minute), "{n} minute", "{n} minutes")
	case d < 48*time.Hour:
		return l.N(int64(d/time.Hour), "{n} hour", "{n} hours")
	}
	return l.N(int64(d/(24*time.Hour)), "{n} day", "{n} days")
}

// Bytes says a size.
func (l *Locale) Bytes(n int64) string {
	switch {
	case n < 1000:
		return l.N(n, "{n} byte", "{n} bytes")
	case n < 1000_000:
		return l.T("{n} kB", "n", l.Decimal(float64(n)/1000))
	}
	return l.T("{n} MB", "n", l.Decimal(float64(n)/1000_000))
}

// Percent says a share of a hundred.
func (l *Locale) Percent(n int64) string { return l.T("{n} %", "n", n) }

// english speaks to programs: problems and the API have one language.
var english *Locale

// months are the messages that [Locale.Day] asks for by name.
var months = []string{Msg("January"), Msg("February"), Msg("March"), Msg("April"), Msg("May"), Msg("June"), Msg("July"),
	Msg("August"), Msg("September"), Msg("October"), Msg("November"), Msg("December")}

// Rich says a message that holds links and code: what stands in [brackets]
// becomes a link to the next of the hrefs, what stands in `backquotes` code.
// Values are given after the hrefs as pairs, as for T; they are escaped.
func (l *Locale) Rich(text string, values ...any) template.HTML {
	links := strings.Count(text, "[")
	hrefs := values[:min(links, len(values))]
	said := l.T(text)
	var pairs []any
	for i, v := range values[len(hrefs):] {
		if i%2 == 1 {
			if n := reflect.ValueOf(v); n.CanInt() {
				v = l.Number(n.Int())
			}
			v = template.HTMLEscapeString(fmt.Sprint(v))
		}
		pairs = append(pairs, v)
	}
	var b strings.Builder
	code := false
	for _, r := range template.HTMLEscapeString(said) {
		switch {
		case r == '[' && len(hrefs) > 0:
			b.WriteString(`<a href="` + template.HTMLEscapeString(safeHref(fmt.Sprint(hrefs[0]))) + `">`)
			hrefs = hrefs[1:]
		case r == ']' && links > 0:
			b.WriteString("</a>")
		case r == '`':
			b.WriteString(map[bool]string{false: "<code>", true: "</code>"}[code])
			code = !code
		default:
			b.WriteRune(r)
		}
	}
	return template.HTML(l.fill(b.String(), pairs))
}

// safeHref lets through what a page may link to, and nothing that runs.
func safeHref(href string) string {
	for _, ok := range []string{"/", "#", "?", "https://", "http://", "mailto:"} {
		if strings.HasPrefix(href, ok) {
			return href
		}
	}
	return "#"
}

// funcs are the functions of templates that speak.
func (l *Locale) funcs() template.FuncMap {
	return template.FuncMap{
		"t":      l.T,
		"n":      l.N,
		"tl":     l.Rich,
		"lang":   func() string { return l.Tag },
		"dir":    func() string { return l.Dir },
		"day":    l.Day,
		"moment": l.Moment,
		"since":  l.Duration,
		"bytes":  l.Bytes,
		"fixed":  l.Fixed,
		"number": func(v any) string { return l.Number(asCount(v)) },
		"percent": func(part, whole int64) string {
			return l.Percent(Progress{Done: part, Total: whole}.Percent())
		},
		"locales": func() []*Locale {
			return slices.Clone(Locales())
		},
	}
}
