package moderation_test

import (
	"encoding/json/v2"
	"fmt"
	"strings"
	"testing"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/domain/moderation"
	"publica/internal/domain/participation"
	"publica/internal/registertest"
)

func TestScenarios(t *testing.T) {
	registertest.RunScenarios(t, "testdata/*.txtar", registertest.Domains())
}

// The largest comment that anybody can send, with as many attachments as a charter may
// allow and the longest names of their types, can be moderated: every act that carries
// it whole fits an entry itself.
func TestTheLargestContributionCanBeModerated(t *testing.T) {
	l := registertest.NewLaw(t, registertest.Domains())
	entry := func(kind publica.Kind, body any) publica.Entry {
		raw, err := json.Marshal(body, json.Deterministic(true))
		if err != nil {
			t.Fatal(err)
		}
		return publica.Entry{Kind: kind, Body: raw}
	}
	agency := publica.BodyID(l.Do("founder", entry("identity/body", identity.Body{Name: "Agency", Type: identity.Agency})))
	for who, role := range map[string]identity.Role{"carol": identity.Coordinator, "mona": identity.Moderator, "rita": identity.Moderator} {
		e := entry("identity/grant", identity.Grant{Key: registertest.Key(who).ID(), Role: role})
		e.For = agency
		l.Do("founder", e)
	}
	e := entry("docket/open", docket.Open{Charter: docket.Charter{Contribute: docket.Anyone, MaxAttachments: docket.MaxAttachments}, Languages: []string{"en"}, Type: docket.Consultation})
	e.For = agency
	in := publica.DocketID(l.Do("carol", e, registertest.Text{Name: "title", Media: "text/plain", Data: "Open"}))

	texts := []registertest.Text{{Name: "text", Media: "text/markdown; charset=utf-8", Data: "what must go"}, {Name: "author", Media: "text/plain; charset=utf-8", Data: "Alice"}}
	for i := range docket.MaxAttachments {
		texts = append(texts, registertest.Text{Name: fmt.Sprint("attachment-", i+1), Media: strings.Repeat("a", 61) + "/" + strings.Repeat("x", 81) + "; charset=utf-8", Data: "x"})
	}
	say := func(kind publica.Kind, body any) publica.Entry {
		e := entry(kind, body)
		e.Docket = in
		return e
	}
	first := l.Do("alice", say("participation/comment", participation.Comment{Stance: participation.Neutral}), registertest.Text{Name: "text", Media: "text/plain", Data: "x"})
	signed := l.Sign("alice", say("participation/comment", participation.Comment{Stance: participation.Neutral, Target: first}), texts...)
	if n := len(signed.Raw); n < 14_500 {
		t.Fatalf("the largest comment has %d bytes: this test shows nothing", n)
	}
	large, err := l.Check(signed)
	if err != nil {
		t.Fatal(err)
	}
	l.Block(large)
	reason := registertest.Text{Name: "reason", Media: "text/markdown; charset=utf-8", Data: "It must go."}
	act := func(who string, kind publica.Kind, body any) publica.EntryID {
		e := say(kind, body)
		e.For = agency
		return l.Do(who, e, reason)
	}
	hide := act("mona", "moderation/hide", moderation.Hide{Code: moderation.Impersonation, Entry: signed.Raw, Parts: []string{"text", "author", "attachment-50"}})
	appeal := l.Do("alice", say("moderation/appeal", moderation.Appeal{Act: hide}), registertest.Text{Name: "text", Media: "text/plain", Data: "No."})
	act("rita", "moderation/decide", moderation.Decide{Appeal: appeal, Entry: signed.Raw, Outcome: moderation.Overturned})
	act("mona", "moderation/redact", moderation.Redact{Asked: moderation.ByModerator, Basis: moderation.Impersonation, Entry: signed.Raw})
}
