package web

import (
	"encoding/json/v2"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"publica"
)

// An Act is an entry that a member of staff is about to sign in the browser:
// template "act" shows what it says and a button; act.js makes the entry, signs
// it with the key of the session, and goes on.
type Act struct {
	Kind   publica.Kind
	For    publica.BodyID // acted for; may be zero
	Docket publica.DocketID
	Body   any
	Parts  []ActPart
	Says   Facts  // the body in words
	Next   string // where to go once it is promised; {id} becomes the entry's id
	// Split names the list in the body that may be spread over several entries,
	// so many to each; "" and 0 if it is one entry.
	Split   string
	PerPart int
	// Files says how many files may go with it as attachments, 0: none.
	Files int

	Key    publica.KeyID // of the session
	JSON   string        // of the body
	Action string        // where the form came from
	Fields []Field       // what it held, to go back to
}

// An ActPart is a text that goes with the entry.
type ActPart struct {
	Name, Media, Text string
	Label             string // what it is, in words
}

// MostFiles is how many files the pages let go with one act.
const MostFiles = 20

// FirstFile is the number of the first attachment that a person chooses: after those
// that are parts already.
func (a *Act) FirstFile() int {
	n := 1
	for _, p := range a.Parts {
		if strings.HasPrefix(p.Name, "attachment-") {
			n++
		}
	}
	return n
}

// A Field is a form's name and value.
type Field struct{ Name, Value string }

// Prepare completes an act for its page from the request whose form it answers.
// Pages that show acts name act.js among their scripts.
func (a *Act) Prepare(r *http.Request) error {
	raw, err := json.Marshal(a.Body, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("encode %s: %w", a.Kind, err)
	}
	a.JSON, a.Action = string(raw), r.URL.Path
	if s := SessionOf(r); s != nil {
		a.Key = s.Key
	}
	for name, values := range r.PostForm {
		if name == "act" {
			continue
		}
		for _, v := range values {
			a.Fields = append(a.Fields, Field{name, v})
		}
	}
	slices.SortStableFunc(a.Fields, func(x, y Field) int {
		switch {
		case x.Name < y.Name:
			return -1
		case x.Name > y.Name:
			return 1
		}
		return 0
	})
	return nil
}
