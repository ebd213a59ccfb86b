// Package faulttest breaks a register of four nodes in every way the design
// says it survives, and looks whether it does: processes killed and stopped,
// networks cut, disks that lose what was not synced, fill up or turn read-only,
// clocks that are wrong, bytes that flip, validators that lie.
//
// All of it is in tests. Each injector is one file and is tested alone, so that
// a fault that is not really injected is noticed: a power cut must lose what
// was not synced, a partition must let nothing through.
//
// The tests run the two programs as processes and speak to them as the public
// does, over HTTP. The package must not reach into a node: of the node's
// packages it knows the folder and its keys only.
//
// It needs root on Linux: TestMain runs the tests once more in mount and
// network namespaces of their own, so that nothing that is mounted, bridged or
// looped back outlives them, however they end. Without root they are skipped
// and say so.
//
// How often each fault is injected comes from the environment; the defaults are
// those of CI, scripts/soak has the long ones:
//
//	FAULTS_KILLS=50 FAULTS_KILL_ALL=10 FAULTS_STOPS=5 FAULTS_PARTITIONS=20
//	FAULTS_POWER_CUTS=5 FAULTS_FULL_DISKS=3 FAULTS_FLIPS=4 FAULTS_RESTORES=5
//	FAULTS_RECEIPTS=50
//	FAULTS_MINUTES=5  end each scenario's repetitions after five minutes
//	FAULTS_RACE=1     build the programs with the race detector
//	FAULTS_REPORT=f   append one line for each scenario, or why it was skipped,
//	                  to f
package faulttest
