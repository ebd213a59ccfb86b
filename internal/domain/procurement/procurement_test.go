package procurement_test

import (
	"testing"

	"publica/internal/registertest"
)

func TestScenarios(t *testing.T) {
	registertest.RunScenarios(t, "testdata/*.txtar", registertest.Domains())
}
