package node

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"publica"
	"publica/internal/private"
	"publica/internal/web"
)

// sweep deletes what has expired of a node's private values, until ctx ends.
func sweep(vault *private.Store) func(context.Context) error {
	return func(ctx context.Context) error {
		tick := time.NewTicker(time.Hour)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
			if err := vault.Sweep(); err != nil {
				return err
			}
		}
	}
}

var signInID = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// signIn returns the services that members of staff may come from, with their
// secrets.
func (f *Folder) signIn() (all []web.SignInService, err error) {
	for i, s := range f.Config.SignIn {
		at := "sign_in." + strconv.Itoa(i) + "."
		out := web.SignInService{Name: s.Name, ID: s.ID, Issuer: s.Issuer, Client: s.Client, Redirect: strings.TrimSuffix(f.Config.URL, "/") + "/desk/from/" + s.ID + "/back"}
		switch {
		case s.Name == "":
			return nil, publica.Problem(publica.Invalid, at+"name", "is missing").WithHint("say what the button calls the service")
		case !signInID.MatchString(s.ID):
			return nil, publica.Problem(publica.Invalid, at+"id", "is not one word of lower-case letters, digits and hyphens")
		case slices.ContainsFunc(all, func(o web.SignInService) bool { return o.ID == s.ID }):
			return nil, publica.Problem(publica.Invalid, at+"id", "stands twice").WithHint("give each service an id of its own")
		case !strings.HasPrefix(s.Issuer, "https://") && !strings.HasPrefix(s.Issuer, "http://127.0.0.1:") && !strings.HasPrefix(s.Issuer, "http://localhost:"):
			return nil, publica.Problem(publica.Invalid, at+"issuer", "is not an https URL").WithHint("http is for this machine alone")
		case s.Client == "":
			return nil, publica.Problem(publica.Invalid, at+"client_id", "is missing")
		case f.Config.URL == "":
			return nil, publica.Problem(publica.Invalid, "public_url", "is missing").WithHint("sign-in services send people back to it")
		}
		if s.SecretFile != "" {
			if out.Secret, err = f.secretFile(at+"client_secret_file", s.SecretFile); err != nil {
				return nil, err
			}
		}
		all = append(all, out)
	}
	return all, nil
}
