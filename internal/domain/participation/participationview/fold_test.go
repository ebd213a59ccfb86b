package participationview

import (
	"regexp"
	"strings"
	"testing"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/domain/moderation"
	"publica/internal/domain/participation"
	"publica/internal/readmodel"
	"publica/internal/registertest"
)

// TestCampaignStandsOnce follows a campaign through the list of comments: its letter
// stands for all who sent it, every one can be shown, totals are the same either way,
// and what happens to members later is counted.
func TestCampaignStandsOnce(t *testing.T) {
	s := newSample(t)
	const letter = "Keep the ferry at the old mill through the winter."
	var ids []publica.EntryID
	for i, text := range []string{letter, letter + " My boys walk an hour.", letter, letter} {
		ids = append(ids, s.Do("rider-"+string(rune('a'+i)), "participation/comment", participation.Comment{Stance: participation.Support}, part("text", text)))
	}
	method := &participation.Method{Algorithm: "by-hand", Version: 1}
	group := s.Do("coordinator", "participation/group", participation.Group{Letter: ids[1], Members: ids[:3], Method: method}, forBody)
	h, m := s.site()
	base := "/docket/" + s.Docket.String()
	shown := func(path string) (which string) {
		t.Helper()
		p := page(t, h, base+"/comments"+path)
		for i, id := range ids {
			if strings.Contains(p, `id="r-`+id.String()+`"`) {
				which += string(rune('a' + i))
			}
		}
		return which
	}
	follow := func() *CampaignGroup {
		t.Helper()
		if err := m.Fill(t.Context(), s.register, nil); err != nil {
			t.Fatal(err)
		}
		var g *CampaignGroup
		if err := m.Read(t.Context(), func(v *readmodel.Snapshot) error {
			d, err := standing(v, s.Docket)
			if err == nil {
				g, err = campaignGroup(v, d.Index, group)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return g
	}
	if got := shown("?limit=100"); got != "bd" {
		t.Errorf("of a campaign whose letter is b, the list shows %q", got)
	}
	p := page(t, h, base+"/comments?limit=100")
	says(t, p, "3 contributions say this", "Show every letter of a campaign singly")
	if !strings.Contains(p, `href="`+base+"/groups/"+group.String()+`"`) {
		t.Error("no link leads to the campaign")
	}
	if got := shown("?limit=100&campaigns=singly"); got != "abcd" {
		t.Errorf("shown singly: %q", got)
	}
	if got := shown("?limit=100&stance=support"); got != "abcd" {
		t.Errorf("what fits a choice is folded: %q", got)
	}
	total := func(path string) string {
		return regexp.MustCompile(`2 comments shown of \d+`).FindString(text(page(t, h, base+"/comments"+path)))
	}
	if once, singly := total("?limit=2"), total("?limit=2&campaigns=singly"); once != singly || once == "" {
		t.Errorf("%s comments, shown singly %s", once, singly)
	}
	if g := follow(); g.Texts != 2 || g.Members != 3 || g.Open != 3 {
		t.Errorf("%d texts of %d members, %d open", g.Texts, g.Members, g.Open)
	}

	s.Do("coordinator", "participation/group", participation.Group{Extends: group, Members: ids[3:]}, forBody)
	s.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key("moderator").ID(), Role: identity.Moderator}, forBody)
	s.Do("moderator", "participation/disavow", participation.Disavow{Entry: s.Raw[ids[2]]}, forBody, part("reason", "They did not write it."))
	if g := follow(); g.Texts != 2 || g.Members != 4 || g.Disowned != 1 || g.Open != 3 {
		t.Errorf("%d texts of %d members, %d disavowed, %d open", g.Texts, g.Members, g.Disowned, g.Open)
	}
	if got := shown("?limit=100"); got != "b" {
		t.Errorf("after it has grown, the list shows %q", got)
	}
	says(t, page(t, h, base+"/comments?limit=100"), "4 contributions say this", "1 disavowed")

	hide := s.Do("moderator", "moderation/hide", moderation.Hide{Code: moderation.Spam, Entry: s.Raw[ids[1]]}, forBody, part("reason", "Spam."))
	if g := follow(); g.Texts != 1 || g.Text != "" {
		t.Errorf("of two texts one was hidden: %d, %q", g.Texts, g.Text)
	}
	s.Do("moderator", "moderation/restore", moderation.Restore{Act: hide, Entry: s.Raw[ids[1]]}, forBody, part("reason", "It is none."))
	if g := follow(); g.Texts != 2 {
		t.Errorf("of two texts, shown again: %d", g.Texts)
	}
	if got := shown("?limit=100"); got != "b" {
		t.Errorf("after its letter was hidden and shown again, the list shows %q", got)
	}

	s.Do("coordinator", "participation/group", participation.Group{Replaces: group}, forBody, part("reason", "They ask for different things."))
	if g := follow(); g.Ended.IsZero() {
		t.Error("the group stands")
	}
	if got := shown("?limit=100"); got != "abcd" {
		t.Errorf("after the group has ended: %q", got)
	}
	asTheLaw(t, s.register, m)
}
