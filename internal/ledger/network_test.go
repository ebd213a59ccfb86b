package ledger

import (
	"bytes"
	"fmt"
	"net"
	"testing"

	"publica"
)

// Four validators on loopback, each with entries of its own, come to the same
// register.
func TestFourValidators(t *testing.T) {
	const n, each = 4, 50
	var (
		configs    [n]Config
		validators []Validator
		addresses  [n]string
		genesis    = testConfig(t, "").GenesisTime
	)
	for i := range n {
		dir := t.TempDir()
		id, err := LoadIdentity(dir)
		if err != nil {
			t.Fatal(err)
		}
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		configs[i] = testConfig(t, dir)
		configs[i].GenesisTime = genesis
		configs[i].Listen = free.Addr().String()
		configs[i].Log = nil // peers that are not up yet are no news
		addresses[i] = id.Peer + "@" + free.Addr().String()
		free.Close()
		validators = append(validators, Validator{Name: fmt.Sprint(i), Key: id.Validator, Power: 1})
	}
	var (
		apps    [n]*fakeApp
		ledgers [n]*Ledger[testPromise]
	)
	for i := range n {
		configs[i].Validators = validators
		for j := range n {
			if j != i {
				configs[i].Peers = append(configs[i].Peers, addresses[j])
			}
		}
		apps[i] = newFakeApp(t, "")
		ledgers[i] = startLedger(t, configs[i], apps[i])
	}
	all := func(want int) func() bool {
		return func() bool {
			for i := range n {
				if apps[i].count() != want {
					return false
				}
			}
			return true
		}
	}
	for i := range n {
		submitAll(t, ledgers[i], i*1000, each)
	}
	eventually(t, "all entries on all nodes", all(n*each))
	var ids []publica.EntryID
	for i := range n {
		ids = append(ids, submitAll(t, ledgers[i], 10_000+i*1000, 1)...)
		eventually(t, "a lone entry on all nodes", all(n*each+len(ids)))
	}
	eventually(t, "equal roots", func() bool {
		_, first, _ := apps[0].Position()
		for i := range n {
			if _, root, _ := apps[i].Position(); !bytes.Equal(root, first) {
				return false
			}
		}
		return true
	})
	for i := range n {
		if w := ledgers[i].Status().Waiting; w != 0 {
			t.Errorf("node %d: %d decided entries wait still", i, w)
		}
	}
	t.Logf("%d entries in %d blocks", n*each+len(ids), ledgers[0].Status().Height)
}
