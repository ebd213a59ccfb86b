package domain_test

import (
	"slices"
	"testing"

	"publica/internal/domain"
	"publica/internal/machine"
	"publica/internal/registertest"
)

// TestAll holds the list to the one that rule tests use, which leaves the
// views out.
func TestAll(t *testing.T) {
	names := func(domains []machine.Domain) (names []string) {
		for _, d := range domains {
			names = append(names, d.Name)
		}
		return names
	}
	if got, want := names(domain.All()), names(registertest.Domains()); !slices.Equal(got, want) {
		t.Errorf("domains %q, tests know %q", got, want)
	}
	if _, err := machine.New(registertest.Register, domain.All()); err != nil {
		t.Error(err)
	}
}
