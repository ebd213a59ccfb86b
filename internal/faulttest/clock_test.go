package faulttest

import "testing"

// wrongClock builds publicad so that its clock is PUBLICA_FAULT_SKEW off, a
// duration such as "-5m": the engine's clock, which makes votes, and the
// node's, which makes promises and statements. Timers and deadlines of
// connections go right, as they do when the clock of a machine is wrong; the
// seconds in cosignatures go right too, since a library reads the clock there.
func wrongClock(t testing.TB) string {
	t.Helper()
	const now = `func() time.Time {
		d, err := time.ParseDuration(os.Getenv("PUBLICA_FAULT_SKEW"))
		if err != nil {
			panic(err)
		}
		return time.Now().Add(d)
	}`
	const engine = "github.com/cometbft/cometbft/types/time"
	return buildWith(t, "clock",
		edit{engine, "time.go", `time\.Now\(\)`, now + "()"},
		edit{engine, "time.go", `import \(`, "import (\n\t\"os\""},
		edit{"publica/internal/node", "node.go", `= time\.Now\n`, "= " + now + "\n"},
	)
}
