package demo

// The public bodies of the sample, each with the roles its office needs.
var publicBodies = []struct {
	key, name, kind string
	roles           []string
}{
	{"ministry", "Ministry of Public Service of Maravel", "agency", []string{"admin", "coordinator", "importer", "member"}},
	{"audit", "Audit Court of Maravel", "oversight", []string{"admin", "moderator", "reviewer"}},
	{"university", "University of Port Linden", "university", []string{"reviewer", "member"}},
	{"coalition", "Maravel Coalition for Open Government", "civil-society", []string{"member"}},
	{"city", "City of Port Linden", "agency", []string{"admin", "coordinator", "importer"}},
}

// Some people say who they are; the others speak under the fingerprint of
// their key.
var accountNames = []string{
	"Ilse Marant", "Tomas Okello", "Vera Lindqvist-Amadi", "R. Castellan", "Noor Haddad",
	"Jonah Whitlock", "Mira Oyelaran", "Parents of Harbour School", "Anselm Brue",
}
