package personal

import "testing"

func TestFind(t *testing.T) {
	for text, want := range map[string][]Sort{
		"Write to ada.lovelace+plan@example.co.uk, please.":                   {Email},
		"Call (202) 555-0143 or 202-555-0143.":                                {Phone, Phone},
		"Tel. +33 1 23 45 67 89":                                              {Phone},
		"Mon numéro est le 01 23 45 67 89":                                    {Phone},
		"My SSN is 078-05-1120.":                                              {NationalID},
		"Mi DNI es 12345678Z y no 12345678A":                                  {NationalID},
		"I was born on March 3, 1961 in Ohio":                                 {Birth},
		"Née le 3 mars 1961":                                                  {Birth},
		"fecha de nacimiento: 03/03/1961":                                     {Birth},
		"I live at 1600 Pennsylvania Ave, Washington, DC 20500":               {Address, Address},
		"J'habite 12 bis, rue de la Paix":                                     {Address},
		"Vivo en la calle de Alcalá, 42":                                      {Address},
		"card 4111 1111 1111 1111, not 4111 1111 1111 1112":                   {Card},
		"DE89 3704 0044 0532 0130 00":                                         {Account},
		"Section 12 of the 2017 plan has 36 commitments and 70 milestones":    nil,
		"See FCC docket 17-108, 22,000,000 comments, and RFC 9457 of 2023-07": nil,
		"Version 1.2.3.4 at https://example.org/a@b":                          nil,
		"": nil,
	} {
		found := Find(text)
		if len(found) != len(want) {
			t.Errorf("%q: found %+v, want %v", text, found, want)
			continue
		}
		for i, f := range found {
			if f.Sort != want[i] || f.Text != text[f.From:f.To] {
				t.Errorf("%q: found %+v, want %s", text, f, want[i])
			}
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add("Call (202) 555-0143, 1600 Pennsylvania Ave")
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, x := range Find(text) {
			if x.From < end || x.To <= x.From || x.To > len(text) || text[x.From:x.To] != x.Text {
				t.Fatalf("%+v", x)
			}
			end = x.To
		}
	})
}
