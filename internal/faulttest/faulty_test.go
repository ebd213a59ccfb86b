package faulttest

import "testing"

// faulty builds a publicad that does wrong what the environment names, and is
// like any other in all else:
//
//	PUBLICA_FAULT_SKEW=-5m       its clock is wrong: the engine's, which makes
//	                             votes, and the node's, which makes promises and
//	                             statements. Timers and deadlines of connections
//	                             go right, as on a machine with a wrong clock, and
//	                             so do the seconds in cosignatures, which a
//	                             library reads.
//	PUBLICA_FAULT_TWOFACED=file  whenever it votes for a block, it tells its peers,
//	                             signed with the key in the file, that it voted
//	                             for none as well.
//	PUBLICA_FAULT_JUNK=1         it proposes blocks of junk.
//	PUBLICA_FAULT_DROP=1         it promises every fifth entry for five seconds
//	                             from now, and forgets it.
//	PUBLICA_FAULT_WITHHOLD=1     it promises alone, and gives no content to anyone.
func faulty(t testing.TB) string {
	t.Helper()
	const (
		ledger    = "publica/internal/ledger"
		consensus = engineModule + "/consensus"
		now       = `func() time.Time {
		d, _ := time.ParseDuration(os.Getenv("PUBLICA_FAULT_SKEW"))
		return time.Now().Add(d)
	}`
	)
	return buildWith(t, "faulty",
		edit{engineModule + "/types/time", "time.go", `time\.Now\(\)`, now + "()"},
		edit{engineModule + "/types/time", "time.go", `import \(`, "import (\n\t\"os\""},
		edit{"publica/internal/node", "node.go", `= time\.Now\n`, "= " + now + "\n"},

		edit{consensus, "reactor.go", `(func \(conR \*Reactor\) broadcastHasVoteMessage\(vote \*types\.Vote\) \{)`, "$1\n\tgo conR.equivocate(vote)"},
		edit{consensus, "reactor.go", `import \(`, "import (\n\t\"os\"\n\t\"github.com/cometbft/cometbft/privval\""},
		edit{consensus, "reactor.go", `\z`, `
func (conR *Reactor) equivocate(vote *types.Vote) {
	file := os.Getenv("PUBLICA_FAULT_TWOFACED")
	if file == "" || vote.BlockID.IsZero() {
		return
	}
	key := privval.LoadFilePVEmptyState(file, "").Key
	if vote.ValidatorAddress.String() != key.Address.String() {
		return
	}
	other := vote.ToProto()
	other.BlockID = cmtproto.BlockID{}
	sig, err := key.PrivKey.Sign(types.VoteSignBytes(conR.conS.GetState().ChainID, other))
	if err != nil {
		panic(err)
	}
	other.Signature = sig
	conR.Switch.TryBroadcast(p2p.Envelope{ChannelID: VoteChannel, Message: &cmtcons.Vote{Vote: other}})
}
`},

		edit{ledger, "bridge.go", `import \(`, "import (\n\t\"os\"\n\t\"crypto/rand\""},
		edit{ledger, "bridge.go", `(\) PrepareProposal\(.*\{\n)`, `$1
	if os.Getenv("PUBLICA_FAULT_JUNK") != "" {
		junk := make([]byte, 1000)
		rand.Read(junk)
		return &abci.ResponsePrepareProposal{Txs: [][]byte{junk}}, nil
	}
`},

		edit{ledger, "ledger.go", `import \(`, "import (\n\t\"os\""},
		edit{ledger, "ledger.go", `(\) Submit\(.*\{\n)`, `$1
	if os.Getenv("PUBLICA_FAULT_DROP") != "" && e.ID[0] < 51 {
		made, err := l.promise([]publica.EntryID{e.ID})
		return made[0], err
	}
`},
		edit{"publica/internal/node", "node.go", `Add\(PromiseWithin\)`, `Add(func() time.Duration {
		if os.Getenv("PUBLICA_FAULT_DROP") != "" {
			return 5 * time.Second
		}
		return PromiseWithin
	}())`},

		edit{ledger, "ledger.go", `(\) lone\(\) bool \{ return )`, `${1}os.Getenv("PUBLICA_FAULT_WITHHOLD") != "" || `},
		edit{ledger, "message.go", `import \(`, "import (\n\t\"os\""},
		edit{ledger, "message.go", `(\.Data\) <= inlinePart)`, `$1 && os.Getenv("PUBLICA_FAULT_WITHHOLD") == ""`},
		edit{ledger, "pieces.go", `import \(`, "import (\n\t\"os\""},
		edit{ledger, "pieces.go", `(if held\.Salt != nil)`, `$1 && os.Getenv("PUBLICA_FAULT_WITHHOLD") == ""`},
	)
}
