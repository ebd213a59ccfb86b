package node

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"publica"
)

// Each thing that can be wrong with a sign-in service is named with its setting.
func TestSignInServices(t *testing.T) {
	f := &Folder{dir: t.TempDir()}
	secret := filepath.Join(f.dir, "staff.secret")
	if err := os.WriteFile(secret, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := SignIn{Name: "Staff account", ID: "staff", Issuer: "https://login.example.org", Client: "publica", SecretFile: "staff.secret"}
	f.Config = Config{URL: "https://register.example.org/", SignIn: []SignIn{good}}
	all, err := f.signIn()
	if err != nil || len(all) != 1 || all[0].Secret != "hush" || all[0].Redirect != "https://register.example.org/desk/from/staff/back" {
		t.Fatalf("%+v, %v", all, err)
	}
	for field, spoil := range map[string]func(s *SignIn){
		"sign_in.1.name":      func(s *SignIn) { s.Name = "" },
		"sign_in.1.id":        func(s *SignIn) { s.ID = "Staff/2" },
		"sign_in.1.issuer":    func(s *SignIn) { s.Issuer = "http://login.example.org" },
		"sign_in.1.client_id": func(s *SignIn) { s.Client = "" },
	} {
		s := good
		s.ID = "other"
		spoil(&s)
		f.Config.SignIn = []SignIn{good, s}
		_, err := f.signIn()
		if e, ok := errors.AsType[*publica.Error](err); !ok || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	f.Config.SignIn = []SignIn{good, good}
	if _, err := f.signIn(); err == nil {
		t.Error("two services share an id")
	}
	f.Config.SignIn = []SignIn{good}
	if err := os.Chmod(secret, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := f.signIn(); err == nil {
		t.Error("others can read the secret")
	}
	f.Config.URL = ""
	if e, ok := errors.AsType[*publica.Error](func() error { _, err := f.signIn(); return err }()); !ok || e.Field != "public_url" {
		t.Errorf("without an address: %v", e)
	}
}
