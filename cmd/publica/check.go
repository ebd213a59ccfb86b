package main

import (
	"bytes"
	"encoding/json/v2"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"publica"
)

func (a *app) checkCommand() *cobra.Command {
	var d draft
	cmd := &cobra.Command{
		Use:   "check KIND [FILE|-]",
		Short: "ask what would be refused, without sending anything for good",
		Long: `check makes the same entry as submit and asks the register whether it would take
it as things stand. Nothing is logged. With --offline, or if the register does not
answer such questions, only the form is checked, and check says so.

` + partHelp,
		Example: `  publica check participation/comment --docket ID --set stance=support --part text=@"Yes." --key me.key
  publica check participation/idea idea.json --part title=@"Open timetables" --offline --register demo.publica.example`,
		Args: wants(1, 2, "a kind, for example participation/comment"),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := a.checkKey(cmd, d.offline)
			if err != nil {
				return err
			}
			if d.register == "" {
				if d.offline {
					return usagef(cmd, "which register is the entry for?").withHint("pass --register NAME")
				}
				client, err := a.connect(cmd.Context())
				if err != nil {
					return err
				}
				d.register = client.Policy().Register()
			}
			s, err := a.sign(cmd, &d, args, key)
			if err != nil {
				return err
			}
			if _, err := s.Signed.Open(); err != nil {
				return err
			}
			if d.offline {
				return a.formOnly("the register was not asked")
			}
			return a.askCheck(cmd, s)
		},
	}
	d.flags(cmd)
	a.signs(cmd)
	cmd.Flags().StringVar(&d.register, "register", "", "name of the register, if it cannot be asked")
	cmd.Flags().BoolVar(&d.offline, "offline", false, "check the form only, ask nobody")
	return cmd
}

// checkKey returns the key to sign with. The form does not depend on who
// signs, so offline any key will do.
func (a *app) checkKey(cmd *cobra.Command, offline bool) (*publica.PrivateKey, error) {
	if a.key == "" && offline {
		return publica.GenerateKey(publica.Ed25519)
	}
	return a.readKey(cmd)
}

func (a *app) askCheck(cmd *cobra.Command, s *publica.Submission) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = a.ask(cmd.Context(), http.MethodPost, "/api/v1/check", bytes.NewReader(raw))
	if isCode(err, publica.NotFound) && !namesField(err) {
		return a.formOnly("this register does not answer such questions")
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.out, "ok: the register would take this entry as things stand")
	return err
}

// namesField tells a rule's answer, which names what is not found, from a
// server that does not know the path.
func namesField(err error) bool {
	e, ok := err.(*publica.Error)
	return ok && e.Field != ""
}

func (a *app) formOnly(why string) error {
	a.note("%s: kind, body and rights are not checked", why)
	_, err := fmt.Fprintln(a.out, "ok: the form is right")
	return err
}
