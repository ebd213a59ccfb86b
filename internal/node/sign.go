package node

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"publica"
	"publica/internal/ledger"
	"publica/internal/machine"
)

// Identity is what a remote signer is known by. Its keys are made at the first
// call.
func Identity(dir string) (votingKey []byte, peer string, err error) {
	id, err := ledger.LoadIdentity(dir)
	return id.Validator, id.Peer, err
}

// Sign keeps the voting key in dir for a node elsewhere and signs what may be
// signed, until ctx ends. Node is where that node waits for its signer,
// ID@host:port; the genesis file says of which register.
func Sign(ctx context.Context, dir, genesis, node string, log *slog.Logger) error {
	raw, err := os.ReadFile(genesis)
	if err != nil {
		return fmt.Errorf("read genesis: %w", err)
	}
	g := new(machine.Genesis)
	if err := publica.DecodeStrict(raw, g, "genesis"); err != nil {
		return err
	}
	return ledger.ServeSigner(ctx, ledger.Config{Dir: dir, Register: g.Register, Genesis: raw, GenesisTime: g.Time, Signer: node, Log: log})
}
