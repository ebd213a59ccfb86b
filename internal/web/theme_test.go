package web

import (
	"slices"
	"strings"
	"testing"

	"publica"

	"pgregory.net/rapid"
)

func TestThemesThatPass(t *testing.T) {
	for name, theme := range map[string]Theme{
		"default": {},
		"green":   {Primary: "#00693c", Link: "#00693c", Header: "#004d2c", Accent: "#b8860b"},
		"yellow":  {Primary: "#7a5c00", Link: "#6b5000", Header: "#ffd54f", HeaderInk: "#1b1b1b"},
		"dark":    {Primary: "#7db8f0", Accent: "#ffbe2e", Link: "#8ec5ff", Ink: "#f0f0f0", Paper: "#16181c", Success: "#5fd38d", Warning: "#e0a92a", Error: "#ff8a70"},
	} {
		for _, wrong := range theme.Check() {
			t.Errorf("%s: %v", name, wrong)
		}
	}
}

func TestThemesThatFail(t *testing.T) {
	for _, c := range []struct {
		theme       Theme
		field, said string
	}{
		{Theme{Link: "#7fb3e0"}, "theme.link", "text needs 4.5:1"},
		{Theme{Ink: "#8a8a8a"}, "theme.ink", "text needs 4.5:1"},
		{Theme{Header: "#ffd54f"}, "theme.header_ink", "#ffffff on theme.header (#ffd54f) has a contrast of 1.41:1, text needs 4.5:1"},
		{Theme{Primary: "#ffcc00"}, "theme.primary", "on theme.paper (#ffffff)"},
		{Theme{Accent: "#ffe08a"}, "theme.accent", "the ring of the focus needs 3:1"},
		{Theme{Warning: "#ffbe2e"}, "theme.warning", "needs 3:1"},
		{Theme{Error: "red"}, "theme.error", "is not a colour"},
		{Theme{Error: "#12345g"}, "theme.error", "is not a colour"},
	} {
		wrong := c.theme.Check()
		if len(wrong) != 1 || wrong[0].Field != c.field || !strings.Contains(wrong[0].Message, c.said) || wrong[0].Hint == "" {
			t.Errorf("%+v: %v", c.theme, wrong)
		}
	}
	grey := Theme{Paper: "#777777"} // neither black nor white can be read on all that is made of it
	if wrong := grey.Check(); !slices.ContainsFunc(wrong, func(e *publica.Error) bool {
		return e.Field == "theme.ink" && strings.Contains(e.Hint, "change what it stands on")
	}) {
		t.Errorf("ink on grey: %v", wrong)
	}
}

// The nearest colour is one that passes, and less of a change is not enough.
func TestNearestColourPasses(t *testing.T) {
	bad := Theme{Link: "#7fb3e0"}
	near := strings.TrimPrefix(bad.Check()[0].Hint, "the nearest colour that passes is ")
	good := Theme{Link: near}
	if wrong := good.Check(); wrong != nil {
		t.Errorf("%s is offered, but %v", near, wrong)
	}
}

// Whatever passes by day passes by night, and all that is mixed from it is read.
func TestMixedColoursPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var day palette
		for i := range day {
			day[i] = rgb(rapid.SliceOfN(rapid.Uint8(), 3, 3).Draw(t, themeColours[i].name))
		}
		day[cPaper] = day[cPaper].mix(white, 85)
		for i := range day {
			if near, ok := day.nearest(i); ok {
				if _, fine := day.worst(i); !fine {
					day[i] = near
				}
			}
		}
		night := day.night()
		for when, p := range map[string]*palette{"day": &day, "night": &night} {
			for i := range p {
				if worst, ok := p.worst(i); !ok {
					t.Fatalf("%s: %s %v on %s %v", when, themeColours[i].name, p[i], worst.name, worst.on)
				}
			}
			tones := map[string]rgb{}
			for _, tone := range p.tones() {
				tones[tone.name] = tone.value
			}
			for _, text := range []string{"base", "disabled", "base-dark", "base-darker", "visited", "info-dark", "success-darker", "warning-darker", "error-dark", "link"} {
				for _, on := range p.surfaces() {
					if r := contrast(tones[text], on.on); r < textContrast {
						t.Fatalf("%s: %s %v on %s %v: %.2f", when, text, tones[text], on.name, on.on, r)
					}
				}
			}
			if r := contrast(tones["header-ink"], tones["header-dark"]); r < textContrast {
				t.Fatalf("%s: navigation %.2f", when, r)
			}
		}
	})
}
