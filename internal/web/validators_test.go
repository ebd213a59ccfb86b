package web_test

import (
	"strings"
	"testing"

	"publica/internal/web"
)

// fourValidators is a register run by four bodies, one of which is away, one
// of which broke its word and signed two histories.
func fourValidators(f *fakeRegister) []web.Validator {
	n := int64(len(f.leaves))
	val := func(name, owner string) web.Validator {
		return web.Validator{Name: name + "." + fakeName, Owner: owner, URL: "https://" + name + ".example.org", Key: strings.Repeat("0c", 32), Power: 1, Online: true,
			VKeys: []string{f.signer.VKey()}, Proposed: 310, Signed: 1240, Recent: strings.Repeat("1", 120), LastVote: f.time,
			Cosigned: n, CosignedAt: f.time, Holds: n, HoldsAt: f.time}
	}
	all := []web.Validator{val("node1", "City of Lipsum"), val("node2", "National Archive"), val("node3", "State University"), val("node4", "Open Records Society")}
	all[0].Self, all[0].Promised, all[0].Kept = true, 812, 812
	all[2].Online, all[2].Missed, all[2].Signed, all[2].Cosigned, all[2].Holds = false, 80, 1160, n-2, n-3
	all[2].Recent = strings.Repeat("1", 80) + strings.Repeat("0", 40)
	all[3].Broken, all[3].Conflicts = 2, 1
	return all
}

func TestValidatorsPageNamesWhoFails(t *testing.T) {
	f := newFake(t)
	s := f.fill(t)
	f.runBy = fourValidators(f)
	h := newSite(t, f, s, web.Config{}).Handler()
	page := get(t, h, "/validators").Body.String()
	for _, want := range []string{"Run by 4 bodies", "broke a promise", "signed contradicting histories", "not connected", "1,160 of 1,240 (93.5 %)", "pub-turns__no"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if body := get(t, h, "/api/v1/validators").Body.String(); !strings.Contains(body, `"independent":true`) {
		t.Errorf("the API says %s", body)
	}
}
