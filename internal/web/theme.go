package web

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"publica"
)

// A Theme is the ten colours by which a country makes a register its own,
// written #rrggbb; an empty one has its default. Every other colour of the
// pages, by day and by night, is mixed from them.
type Theme struct {
	Primary   string // buttons, the step one is at, bars of plots
	Accent    string // the ring around what has the focus, hints
	Link      string // links
	Ink       string // text
	Paper     string // what text stands on
	Header    string // behind the register's name and navigation, and the foot
	HeaderInk string // text there
	Success   string // edges of messages and marks: it went well
	Warning   string // mind this
	Error     string // it went wrong
}

// An rgb is a colour in sRGB.
type rgb [3]uint8

func (c rgb) String() string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// mix returns the colour that is percent of the way from c to another. It
// counts in whole numbers: the same everywhere.
func (c rgb) mix(to rgb, percent int) rgb {
	for i := range c {
		c[i] = uint8((int(c[i])*(100-percent) + int(to[i])*percent + 50) / 100)
	}
	return c
}

// luminance is WCAG's relative luminance, 0 (black) to 1 (white).
func (c rgb) luminance() float64 {
	l := 0.0
	for i, weight := range [3]float64{0.2126, 0.7152, 0.0722} {
		v := float64(c[i]) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		l += weight * v
	}
	return l
}

// contrast is WCAG's contrast ratio of two colours, 1 to 21.
func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Contrast that WCAG 2.2 AA wants (1.4.3 and 1.4.11).
const (
	textContrast = 4.5
	edgeContrast = 3.0 // what is no text: edges, rings, marks
)

var black, white = rgb{}, rgb{255, 255, 255}

// The colours of a theme, by their place.
const (
	cPrimary = iota
	cAccent
	cLink
	cInk
	cPaper
	cHeader
	cHeaderInk
	cSuccess
	cWarning
	cError
	colours
)

// themeColours are the settings' names and defaults, by place.
var themeColours = [colours]struct{ name, hex string }{
	{"primary", "#005ea2"}, {"accent", "#2491ff"}, {"link", "#005ea2"}, {"ink", "#1b1b1b"}, {"paper", "#ffffff"},
	{"header", "#162e51"}, {"header_ink", "#ffffff"}, {"success", "#008817"}, {"warning", "#b47b00"}, {"error", "#c5320d"},
}

// A palette is a theme's colours by place.
type palette [colours]rgb

// palette reads the theme; it says what is no colour.
func (t *Theme) palette() (p palette, wrong []*publica.Error) {
	for i, text := range [colours]string{t.Primary, t.Accent, t.Link, t.Ink, t.Paper, t.Header, t.HeaderInk, t.Success, t.Warning, t.Error} {
		hex, sharp := strings.CutPrefix(orElse(text, themeColours[i].hex), "#")
		n, err := strconv.ParseUint(hex, 16, 24)
		if err != nil || !sharp || len(hex) != 6 {
			wrong = append(wrong, publica.Problem(publica.Invalid, "theme."+themeColours[i].name, strconv.Quote(text)+" is not a colour").
				WithHint(`write it like "`+themeColours[i].hex+`"`))
		}
		p[i] = rgb{uint8(n >> 16), uint8(n >> 8), uint8(n)}
	}
	return p, wrong
}

// Check says what keeps the theme from being read by everyone: for each colour
// that is too close to what it stands on the worst pair, its contrast, the one
// needed (WCAG 2.2 AA), and the nearest colour that passes. Colours mixed from
// the ten need no check: they are mixed until they pass.
func (t *Theme) Check() []*publica.Error {
	p, wrong := t.palette()
	if wrong != nil {
		return wrong
	}
	for i := range p {
		worst, ok := p.worst(i)
		if ok {
			continue
		}
		e := publica.Problem(publica.Invalid, "theme."+themeColours[i].name, fmt.Sprintf("%v on %s (%v) has a contrast of %s:1, %s needs %g:1",
			p[i], worst.name, worst.on, ratioText(contrast(p[i], worst.on)), worst.what, worst.need))
		if near, ok := p.nearest(i); ok {
			e = e.WithHint("the nearest colour that passes is " + near.String())
		} else {
			e = e.WithHint("no mix of it with black or white passes: change what it stands on")
		}
		wrong = append(wrong, e)
	}
	return wrong
}

// ratioText rounds down: 4.499 is not 4.5.
func ratioText(r float64) string { return strconv.FormatFloat(math.Floor(r*100)/100, 'f', 2, 64) }

// A pair is what a colour stands on, and the contrast that takes.
type pair struct {
	name string
	on   rgb
	what string
	need float64
}

// pairs lists what the colour at a place stands on.
func (p *palette) pairs(place int) (all []pair) {
	switch place {
	case cInk, cLink:
		for _, s := range p.surfaces() {
			all = append(all, pair{s.name, s.on, "text", textContrast})
		}
	case cPrimary:
		all = append(all, pair{"theme.paper", p[cPaper], "the text of buttons", textContrast})
	case cHeaderInk:
		all = append(all, pair{"theme.header", p[cHeader], "text", textContrast})
	case cAccent:
		all = append(all, pair{"theme.paper", p[cPaper], "the ring of the focus", edgeContrast})
	case cSuccess, cWarning, cError:
		all = append(all, pair{"theme.paper", p[cPaper], "the edge of a message", edgeContrast})
	}
	return all
}

// surfaces are what text stands on.
func (p *palette) surfaces() []pair {
	all := []pair{{name: "theme.paper", on: p[cPaper]}, {name: "panels", on: p[cPaper].mix(p[cInk], 5)}}
	for _, i := range []int{cPrimary, cAccent, cSuccess, cWarning, cError} {
		all = append(all, pair{name: "the tint of theme." + themeColours[i].name, on: p.tint(i)})
	}
	return all
}

func (p *palette) tint(place int) rgb { return p[cPaper].mix(p[place], 12) }

// worst returns the pair of a colour that is furthest below what it needs.
func (p *palette) worst(place int) (worst pair, ok bool) {
	least := 1.0
	for _, on := range p.pairs(place) {
		if r := contrast(p[place], on.on) / on.need; r < least {
			worst, least = on, r
		}
	}
	return worst, least >= 1
}

// nearest mixes a colour with black or white as little as makes it pass.
func (p *palette) nearest(place int) (rgb, bool) {
	for percent := 1; percent <= 100; percent++ {
		for _, pole := range []rgb{black, white} {
			q := *p
			q[place] = p[place].mix(pole, percent)
			if _, ok := q.worst(place); ok {
				return q[place], true
			}
		}
	}
	return rgb{}, false
}

// night returns the palette for readers whose system is dark: the same hues,
// lifted until they pass on a dark paper.
func (p *palette) night() palette {
	q := *p
	q[cPaper] = rgb{0x14, 0x18, 0x1d}.mix(p[cPrimary], 4)
	q[cInk] = white.mix(q[cPaper], 10)
	tinted := q[cPaper].mix(white, 16) // no tint is lighter
	for _, i := range []int{cPrimary, cAccent, cLink, cSuccess, cWarning, cError} {
		q[i] = readable(p[i], white, tinted)
	}
	if p[cHeader].luminance() > 0.2 { // it would dazzle
		q[cHeader], q[cHeaderInk] = readable(p[cHeader], black, white), white
	}
	return q
}

// readable mixes a colour with another until text in it can be read on all of
// these.
func readable(c, with rgb, on ...rgb) rgb {
	for percent := range 101 {
		m := c.mix(with, percent)
		if !slices.ContainsFunc(on, func(o rgb) bool { return contrast(m, o) < textContrast }) {
			return m
		}
	}
	return with
}

// A tone is a colour of the style sheets: var(--theme-NAME).
type tone struct {
	name  string
	value rgb
}

// tones mixes all colours of the style sheets. Lighter is nearer to the paper,
// darker nearer to the ink, whichever of the two is light.
func (p *palette) tones() []tone {
	ink, paper, header := p[cInk], p[cPaper], p[cHeader]
	var on []rgb
	for _, s := range p.surfaces() {
		on = append(on, s.on)
	}
	text := func(c rgb) rgb { return readable(c, ink, on...) }
	away := black // what the header's bars are mixed with: nothing there becomes harder to read
	if header.luminance() > p[cHeaderInk].luminance() {
		away = white
	}
	all := []tone{
		{"ink", ink}, {"paper", paper}, {"focus", p[cAccent]},
		{"base-lightest", paper.mix(ink, 5)}, {"base-lighter", paper.mix(ink, 15)}, {"base-light", paper.mix(ink, 38)},
		{"base", text(paper.mix(ink, 62))}, {"base-dark", text(paper.mix(ink, 72))}, {"base-darker", text(paper.mix(ink, 84))},
		{"disabled-light", paper.mix(ink, 25)}, {"disabled", text(paper.mix(ink, 62))}, {"disabled-dark", text(paper.mix(ink, 80))},
		{"link", p[cLink]}, {"link-dark", p[cLink].mix(ink, 40)}, {"link-darker", p[cLink].mix(ink, 65)}, {"visited", text(rgb{0x54, 0x27, 0x8f})},
		{"primary", p[cPrimary]}, {"primary-vivid", p[cPrimary].mix(ink, 15)}, {"primary-dark", p[cPrimary].mix(ink, 40)}, {"primary-darker", p[cPrimary].mix(ink, 65)},
		{"primary-light", paper.mix(p[cPrimary], 50)}, {"primary-lighter", p.tint(cPrimary)},
		{"header", header}, {"header-dark", header.mix(away, 22)}, {"header-ink", p[cHeaderInk]},
	}
	for _, place := range []int{cAccent, cSuccess, cWarning, cError} {
		name, c := themeColours[place].name, p[place]
		if place == cAccent {
			name = "info"
		}
		all = append(all, tone{name, c}, tone{name + "-lighter", p.tint(place)}, tone{name + "-light", paper.mix(c, 45)},
			tone{name + "-dark", text(c)}, tone{name + "-darker", text(c.mix(ink, 40))})
	}
	return all
}

// sheet is the theme as a style sheet. Paper is always light.
func (p *palette) sheet() string {
	var b strings.Builder
	write := func(q palette) {
		for _, t := range q.tones() {
			fmt.Fprintf(&b, "--theme-%s:%v;", t.name, t.value)
		}
	}
	b.WriteString(":root{color-scheme:light dark;")
	write(*p)
	b.WriteString("}\n@media screen and (prefers-color-scheme:dark){:root{")
	write(p.night())
	b.WriteString("}}\n")
	return b.String()
}
