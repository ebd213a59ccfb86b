package main

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"publica"
)

// A profile is a charter that is ready to be used, with the reason for each of its
// terms.
type profile struct {
	name, title string
	kind        string // type of the docket
	charter     string // canonical JSON
	reasons     []string
}

// profiles are charters for the usual sorts of dockets. Where a law or standard
// gives a number it is cited; where it does not, the reason says whose choice it is.
var profiles = []profile{
	{"ogp-action-plan", "Action plan of the Open Government Partnership", "action-plan",
		`{"contribute":"anyone","max_attachments":20,"max_bytes":20000,"min_days":30,"notice_days":14,"periods":["public-input","draft-comments"],"respond":true,"two_persons":true}`,
		[]string{
			"contribute anyone: co-creation is open to all (OGP Participation and Co-Creation Standards, 2021, standard 3)",
			"notice_days 14: the timeline is public two weeks before the process starts (minimum requirement 3.1)",
			"min_days 30: the Standards ask for an appropriate time (3.3) and give no number; thirty days are this profile's choice",
			"periods: ideas first, then the draft, as in the Standards' development phase",
			"respond: a reasoned response, with what was considered and why (minimum requirement 4.1)",
			"two_persons: this profile's choice",
		}},
	{"us-notice-and-comment", "U.S. rulemaking by notice and comment", "consultation",
		`{"contribute":"anyone","max_attachments":20,"max_bytes":20000,"min_days":60,"periods":["comment"],"respond":true,"two_persons":true}`,
		[]string{
			"contribute anyone: interested persons are given an opportunity to participate (5 U.S.C. 553(c))",
			"min_days 60: a comment period of generally at least 60 days (Executive Order 13563, section 2(b)); the statute itself names no number",
			"respond: an agency must consider and respond to significant comments (Perez v. Mortgage Bankers Association, 575 U.S. 92, 96 (2015)); here every one is owed a response",
			"max_attachments 20 and max_bytes 20000: as people know them from Regulations.gov, with room for other scripts",
			"two_persons: this profile's choice",
		}},
	{"simple-consultation", "A simple consultation", "consultation",
		`{"contribute":"anyone","max_attachments":5,"max_bytes":20000,"min_days":14,"periods":["consultation"],"respond":true}`,
		[]string{
			"min_days 14, one period, every contribution answered: this profile's choices",
		}},
	{"petition", "A petition", "petition",
		`{"contribute":"verified","max_bytes":20000,"min_days":30,"periods":["signatures"],"quota_entries":5,"quota_hours":24,"respond":true}`,
		[]string{
			"contribute verified: a signature is an endorsement, one for each person; some body of the register stands behind each key",
			"quota: nobody needs more than five in a day",
			"min_days 30, and a response to what is asked: this profile's choices",
		}},
}

func (a *app) profileCommand() *cobra.Command {
	var languages []string
	cmd := &cobra.Command{
		Use:   "profile [NAME]",
		Short: "print a ready charter for a docket, with its reasons",
		Long: `profile lists charters that are ready to be used, or prints one as the body of
docket/open. Change in it what you need: the rules hold you to what the charter says
then, and it is narrowed for nobody who takes part.`,
		Example: `  publica profile
  publica profile ogp-action-plan --language en --language es > open.json
  publica submit docket/open open.json --for BODY --part title=@"Our plan" --key office.key`,
		Args: wants(0, 1, "at most one name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				for _, p := range profiles {
					if _, err := fmt.Fprintf(a.out, "%-22s %s\n", p.name, p.title); err != nil {
						return err
					}
				}
				return nil
			}
			for _, p := range profiles {
				if p.name == args[0] {
					return a.printProfile(&p, languages)
				}
			}
			var names []string
			for _, p := range profiles {
				names = append(names, p.name)
			}
			return publica.Problem(publica.NotFound, "NAME", "is no profile").WithHint("one of " + strings.Join(names, ", "))
		},
	}
	cmd.Flags().StringArrayVar(&languages, "language", []string{"en"}, "language of the docket, the main one first; may be repeated")
	return cmd
}

func (a *app) printProfile(p *profile, languages []string) error {
	raw, err := json.Marshal(struct {
		Charter   jsontext.Value `json:"charter"`
		Languages []string       `json:"languages"`
		Type      string         `json:"type"`
	}{jsontext.Value(p.charter), languages, p.kind})
	if err != nil {
		return err
	}
	for _, r := range p.reasons {
		a.note("%s", r)
	}
	_, err = fmt.Fprintf(a.out, "%s\n", raw)
	return err
}
