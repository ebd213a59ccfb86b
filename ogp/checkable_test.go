package ogp

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// checkable is a promise that anybody can check.
func checkable() Terms {
	return Terms{
		Agency: true, Contact: true, Problem: true, Action: true, Indicator: true, Unit: true,
		Baseline: &Point{At: 1, Value: 12}, Target: &Point{At: 2, Value: 95},
		Milestones: []Deliverable{{ID: "portal", Due: 2, Deliverable: true}}, Values: 1,
	}
}

func TestLacks(t *testing.T) {
	complete := checkable()
	if lacks := complete.Lacks(); len(lacks) != 0 {
		t.Fatalf("a checkable promise lacks %v", lacks)
	}
	for field, without := range map[string]func(*Terms){
		"body/agency":            func(p *Terms) { p.Agency = false },
		"content/contact":        func(p *Terms) { p.Contact = false },
		"content/problem":        func(p *Terms) { p.Problem = false },
		"content/action":         func(p *Terms) { p.Action = false },
		"content/indicator":      func(p *Terms) { p.Indicator = false },
		"body/indicator":         func(p *Terms) { p.Unit = false },
		"body/baseline":          func(p *Terms) { p.Baseline.At = 0 },
		"body/target":            func(p *Terms) { p.Target = nil },
		"body/target ":           func(p *Terms) { p.Target.Value = 12 },
		"body/target  ":          func(p *Terms) { p.Target.At = 1 },
		"body/milestones":        func(p *Terms) { p.Milestones = nil },
		"body/milestones/0/due":  func(p *Terms) { p.Milestones[0].Due = 0 },
		"body/milestones/0/part": func(p *Terms) { p.Milestones[0].Deliverable = false },
		"body/values":            func(p *Terms) { p.Values = 0 },
	} {
		p := checkable()
		without(&p)
		lacks := p.Lacks()
		if len(lacks) != 1 || lacks[0].Field != strings.TrimSpace(field) || lacks[0].Says == "" || lacks[0].Example == "" {
			t.Errorf("without %s: %+v", field, lacks)
		}
	}
}

// TestLacksNothing: what says nothing lacks everything at once, each field once.
func TestLacksNothing(t *testing.T) {
	var nothing Terms
	var fields []string
	for _, l := range nothing.Lacks() {
		fields = append(fields, l.Field)
	}
	if len(fields) != reflect.TypeFor[Terms]().NumField() || len(slices.Compact(slices.Sorted(slices.Values(fields)))) != len(fields) {
		t.Errorf("an empty promise lacks %v", fields)
	}
}

func TestReached(t *testing.T) {
	for _, c := range []struct {
		baseline *Point
		target   *Point
		value    int64
		want     bool
	}{
		{&Point{Value: 12}, &Point{Value: 95}, 94, false},
		{&Point{Value: 12}, &Point{Value: 95}, 95, true},
		{&Point{Value: 12}, &Point{Value: 95}, 96, true},
		{&Point{Value: 40}, &Point{Value: 5}, 6, false},
		{&Point{Value: 40}, &Point{Value: 5}, 5, true},
		{&Point{Value: 40}, &Point{Value: 5}, -1, true},
		{nil, &Point{Value: 5}, 4, false},
		{nil, &Point{Value: 5}, 5, true},
		{&Point{Value: 40}, nil, 5, false},
	} {
		if got := Reached(c.baseline, c.target, c.value); got != c.want {
			t.Errorf("%d on the way from %v to %v: %t", c.value, c.baseline, c.target, got)
		}
	}
}
