package procurement_test

import (
	"testing"

	"publica/compliance"
	"publica/internal/domain/procurement"
	"publica/internal/registertest"
)

func TestScenarios(t *testing.T) {
	registertest.RunScenarios(t, "testdata/*.txtar", registertest.Domains())
}

// TestBuiltInRules holds the hash that tenders may pin alone to the set that all can run.
func TestBuiltInRules(t *testing.T) {
	if got := compliance.FASTLane().Hash(); got != procurement.BuiltInRules {
		t.Errorf("the built-in rules have the hash %s, tenders may pin %s alone", got, procurement.BuiltInRules)
	}
}
