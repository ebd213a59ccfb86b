package faulttest

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

// twoFaced builds a publicad that votes twice: whenever it votes for a block,
// it tells its peers, signed, that it voted for none as well. Its key is in the
// file that PUBLICA_FAULT_KEY names, since its own guard against this would not
// sign.
func twoFaced(t testing.TB) string {
	t.Helper()
	const consensus = "github.com/cometbft/cometbft/consensus"
	return buildWith(t, "twofaced",
		edit{consensus, "reactor.go", `(func \(conR \*Reactor\) broadcastHasVoteMessage\(vote \*types\.Vote\) \{)`, "$1\n\tgo conR.equivocate(vote)"},
		edit{consensus, "reactor.go", `import \(`, "import (\n\t\"os\"\n\t\"github.com/cometbft/cometbft/privval\""},
		edit{consensus, "reactor.go", `\z`, `
func (conR *Reactor) equivocate(vote *types.Vote) {
	key := privval.LoadFilePVEmptyState(os.Getenv("PUBLICA_FAULT_KEY"), "").Key
	if vote.BlockID.IsZero() || vote.ValidatorAddress.String() != key.Address.String() {
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
	)
}

// TestTwoFaced runs a validator that votes twice. The others notice, say so,
// and go on.
func TestTwoFaced(t *testing.T) {
	build := twoFaced(t)
	r := Start(t, Options{Validators: 4})
	n := r.nodes[3]
	r.mayLie(n)
	n.Kill()
	n.build, n.env = build, []string{"PUBLICA_FAULT_KEY=" + n.engineFile("config", "priv_validator_key.json")}
	n.Start()
	n.awaitReady()
	r.await("somebody to notice that it votes twice", patience, func() string {
		for _, other := range r.nodes[:3] {
			s, err := other.standing()
			if err != nil {
				continue
			}
			for _, v := range s.Validators {
				if v.Name == r.liar && v.Conflicts > 0 {
					r.note("a validator that votes twice: %d times noticed by node %d", v.Conflicts, other.i+1)
					return ""
				}
			}
		}
		return "nobody has"
	})
	r.awaitGrowth()
	n.Kill()
	n.build = "plain"
	n.Start()
	n.awaitReady()
	r.Finish()
}

// mayLie lets a node vote twice: that is no fault of the register.
func (r *Register) mayLie(n *Node) {
	v := r.genesis.Validators[n.i]
	sum := sha256.Sum256(v.Consensus)
	r.liar, r.ballots.liar = v.Name, hex.EncodeToString(sum[:20])
}
