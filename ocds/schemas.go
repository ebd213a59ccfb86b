package ocds

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"publica"
)

// Schemas are the standard's schemas and codelists, and extensions of them:
// either our own description of version 1.1.5, or the standard's files from a
// folder. It is safe for concurrent use.
type Schemas struct {
	release, releases, records *Node // of a release, and of packages of each kind
	codes                      codeLists
	extensions                 []*Extension

	mu       sync.Mutex // guards profiles
	profiles map[string]*Profile
}

// Builtin returns our own description of OCDS 1.1.5, of the extensions that
// this program publishes with, and our own four.
var Builtin = sync.OnceValues(builtin)

func builtin() (*Schemas, error) {
	s := &Schemas{profiles: map[string]*Profile{}}
	_, codes, err := readShape("codelists", nil)
	if err != nil {
		return nil, err
	}
	s.codes = codes
	if s.release, _, err = readShape("release", codes); err != nil {
		return nil, err
	}
	if s.releases, _, err = readShape("package", codes); err != nil {
		return nil, err
	}
	s.records = s.releases.Clone()
	s.releases.At("properties").Set("releases", Object("type", "array", "minItems", 1, "uniqueItems", true))
	s.releases.Get("required").Items = append(s.releases.Get("required").Items, Value("releases"))
	record := Object("type", "object", "required", []string{"ocid", "releases"}, "properties", Object(
		"ocid", Object("type", "string"),
		"releases", Object("type", "array", "minItems", 1)))
	s.records.At("properties").Set("records", Object("type", "array", "minItems", 1, "uniqueItems", true, "items", record))
	s.records.At("properties").Set("packages", Object("type", "array", "minItems", 1, "uniqueItems", true,
		"items", Object("type", "string", "format", "uri")))
	s.records.Get("required").Items = append(s.records.Get("required").Items, Value("records"))
	if s.extensions, err = described(codes); err != nil {
		return nil, err
	}
	ours, err := readOwn()
	s.extensions = append(s.extensions, ours...)
	return s, err
}

// LoadSchemas reads the standard's own files from a folder: somewhere below it
// release-schema.json, release-package-schema.json, record-package-schema.json
// and codelists/, and folders of extensions with their extension.json. Our
// own extensions are added. It fails with a [publica.Error] if the folder has
// no such files.
func LoadSchemas(fsys fs.FS) (*Schemas, error) {
	s := &Schemas{profiles: map[string]*Profile{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch dir := path.Dir(name); d.Name() {
		case "release-package-schema.json":
			return s.loadCore(fsys, dir)
		case "extension.json":
			return s.loadExtension(fsys, dir)
		}
		return nil
	})
	if err != nil {
		return nil, publica.Problem(publica.Invalid, "schemas", err.Error()).WithHint("want the standard's folder schema, as its repository has it at the tag 1__1__5")
	}
	if s.release == nil {
		return nil, publica.Problem(publica.NotFound, "schemas", "the folder has no release-package-schema.json").WithHint("want the standard's folder schema, as its repository has it at the tag 1__1__5")
	}
	ours, err := readOwn()
	s.extensions = append(s.extensions, ours...)
	return s, err
}

func (s *Schemas) loadCore(fsys fs.FS, dir string) (err error) {
	if s.release != nil {
		return fmt.Errorf("%s is a second set of schemas", dir)
	}
	for name, to := range map[string]**Node{"release": &s.release, "release-package": &s.releases, "record-package": &s.records} {
		if *to, err = parseFile(fsys, path.Join(dir, name+"-schema.json")); err != nil {
			return err
		}
	}
	// What a package holds is checked one by one, so that each problem is said
	// of the release it is in and not of a choice of forms.
	loosen(s.releases.At("properties", "releases"))
	loosen(s.records.At("definitions", "record", "properties", "releases"))
	for _, name := range []string{"compiledRelease", "versionedRelease"} {
		s.records.At("definitions", "record", "properties").Delete(name)
	}
	s.codes, err = readCodelists(fsys, path.Join(dir, "codelists"))
	return err
}

func loosen(list *Node) {
	if list == nil {
		return
	}
	for _, m := range slices.Clone(list.Members) {
		if m.Name == "oneOf" || m.Name == "items" {
			list.Delete(m.Name)
		}
	}
	list.Set("type", Value("array"))
	list.Set("minItems", Value(1))
}

func (s *Schemas) loadExtension(fsys fs.FS, dir string) error {
	if _, err := fs.Stat(fsys, path.Join(dir, "release-schema.json")); err != nil {
		return nil // an extension of packages only, or a description alone
	}
	folder := path.Base(dir)
	name := strings.TrimSuffix(strings.TrimPrefix(folder, "ocds_"), "_extension")
	for _, r := range registered {
		if r.folder == folder {
			name = r.Name
		}
	}
	e, err := readExtension(fsys, dir, name, folder)
	if err == nil {
		s.extensions = append(s.extensions, e)
	}
	return err
}

// Extensions returns the names of the extensions that are known.
func (s *Schemas) Extensions() []string {
	names := make([]string, 0, len(s.extensions))
	for _, e := range s.extensions {
		names = append(names, e.Name)
	}
	return names
}

// Profile returns the standard with extensions, each given by its name or by
// the address that packages list. unknown are those that nobody here knows:
// their fields are kept and not checked.
func (s *Schemas) Profile(extensions ...string) (p *Profile, unknown []string, err error) {
	var chosen []*Extension
	for _, name := range extensions {
		e := s.extension(name)
		if e == nil {
			unknown = append(unknown, name)
			continue
		}
		chosen = s.choose(chosen, e)
	}
	slices.SortFunc(chosen, func(a, b *Extension) int { return strings.Compare(a.Name, b.Name) })
	var names []string
	for _, e := range chosen {
		names = append(names, e.Name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := strings.Join(names, " ")
	if s.profiles[key] == nil {
		if s.profiles[key], err = newProfile(s, chosen); err != nil {
			return nil, nil, err
		}
	}
	return s.profiles[key], unknown, nil
}

// choose adds an extension and, before it, what it needs.
func (s *Schemas) choose(chosen []*Extension, e *Extension) []*Extension {
	if slices.Contains(chosen, e) {
		return chosen
	}
	chosen = append(chosen, e)
	for _, name := range e.needs {
		if needed := s.extension(name); needed != nil {
			chosen = s.choose(chosen, needed)
		}
	}
	return chosen
}

func (s *Schemas) extension(nameOrURL string) *Extension {
	for _, e := range s.extensions {
		if e.Name == nameOrURL || e.folder == nameOrURL || e.at(nameOrURL) {
			return e
		}
	}
	return nil
}
