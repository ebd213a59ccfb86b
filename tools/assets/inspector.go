package main

import (
	"os"
	"path/filepath"
)

// inspector copies what the tests of the pages judge accessibility with to the
// folder out. No program and no page has it.
func inspector(modules, out string) error {
	axe, err := os.ReadFile(filepath.Join(modules, "axe-core", "axe.min.js"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "axe.min.js"), axe, 0o644)
}
