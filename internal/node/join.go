package node

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"publica"
	"publica/internal/ledger"
	"publica/internal/machine"
	"publica/internal/store"
	"publica/internal/tilelog"
)

// Join makes a node's folder, which has keys and a configuration and has never
// run, take part in a register from where it stands: it reads the log at any of
// the addresses from, believes of it what a checkpoint under the policy proves,
// executes it, compares every leaf and state hash, and sets the engine to the
// height it has reached. What comes later the engine gets from its peers, and so
// does the node the content.
//
// Cut off, it goes on where it was when called again. An error of code
// unverified or conflict says what in the log is not as it must be.
func Join(ctx context.Context, f *Folder, from []string, policy *publica.Policy, progress func(done, total int64)) error {
	if height, _, err := ledger.Reached(f.dir); err != nil || height > 0 {
		return cmp.Or(err, error(publica.Problem(publica.Conflict, "home", "holds a node that takes part already, at height "+strconv.FormatInt(height, 10)).
			WithHint("start it: it gets what it misses from its peers; if they no longer keep that: publicad join --anew; if it is damaged: publicad check --heal")))
	}
	return joinFrom(ctx, f, from, policy, progress, func() error { return nil })
}

// JoinAnew is Join for a stopped node that has run, and was away for longer than
// its peers keep blocks. Its log and state go on where they were, from the log
// of the others, which must continue its own; then the engine's blocks are
// dropped. Keys, configuration, content, what is promised and what the voting
// key has signed stay. An error of code conflict says that the others have
// another history; then nothing is changed.
func JoinAnew(ctx context.Context, f *Folder, from []string, policy *publica.Policy, progress func(done, total int64)) error {
	return joinFrom(ctx, f, from, policy, progress, func() error { return ledger.Forget(f.dir) })
}

// joinFrom executes what others have on their log, then has the engine
// prepared, and sets it to the height reached.
func joinFrom(ctx context.Context, f *Folder, from []string, policy *publica.Policy, progress func(done, total int64), prepare func() error) (err error) {
	all, err := askOthers(from, policy)
	if err != nil {
		return err
	}
	c, err := openAgain(f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	u := &catchUp{chain: c, progress: progress, begin: f.agreeOn}
	if err := u.run(ctx, all); err != nil {
		return err
	}
	if err := prepare(); err != nil {
		return err
	}
	return bootstrap(ctx, f, c.head.Load(), all)
}

// openAgain opens the chain of a folder to execute again what others have on
// their log.
func openAgain(f *Folder) (*chain, error) {
	key, err := f.logKey("log")
	if err != nil {
		return nil, err
	}
	law, err := lawAgain(f.Config.Register)
	if err != nil {
		return nil, err
	}
	return openChain(law, f, key)
}

// agreeOn compares what the log begins with to the folder's genesis, or keeps
// it there if there is none.
func (f *Folder) agreeOn(first *publica.Leaf) error {
	began, err := genesisOf(first)
	if err != nil {
		return err
	}
	theirs, err := EncodeGenesis(began)
	if err != nil {
		return err
	}
	own, err := f.Genesis()
	if publica.CodeOf(err) == publica.NotFound {
		return writeNew(f.path("genesis.json"), theirs, 0o644)
	}
	if err != nil {
		return err
	}
	ours, err := EncodeGenesis(own)
	if err == nil && !bytes.Equal(ours, theirs) {
		err = publica.Problem(publica.Conflict, f.path("genesis.json"), "is not what the log at these addresses begins with").
			WithHint("compare the file's SHA-256 with that of the other operators")
	}
	return err
}

// other is a server of the register's log.
type other struct {
	base   string
	client *publica.Client
}

// httpClient reads from other nodes. What takes longer is not worth the wait.
var httpClient = &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 16, Proxy: http.ProxyFromEnvironment}}

func askOthers(from []string, policy *publica.Policy) ([]*other, error) {
	if len(from) == 0 {
		return nil, publica.Problem(publica.Invalid, "--from", "is missing").WithHint("name a node of the register: --from https://node1.example.org")
	}
	var all []*other
	for _, base := range from {
		client, err := publica.NewClient(base, policy)
		if err != nil {
			return nil, err
		}
		client.HTTP = httpClient
		all = append(all, &other{strings.TrimSuffix(base, "/"), client})
	}
	return all, nil
}

// newest returns the largest checkpoint that verifies, and who serves it.
func newest(ctx context.Context, all []*other) (best *other, at *publica.Checkpoint, err error) {
	var errs []error
	for _, o := range all {
		c, err := o.client.Checkpoint(ctx)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", o.base, err))
		} else if at == nil || c.Tree.N > at.Tree.N {
			best, at = o, c
		}
	}
	if at == nil {
		return nil, nil, errors.Join(errs...)
	}
	return best, at, nil
}

// fetch gets a part from whoever has it.
func fetch(ctx context.Context, all []*other, c publica.Commitment) (part publica.Content, err error) {
	for _, o := range all {
		if part, err = o.client.Content(ctx, c); err == nil {
			return part, nil
		}
	}
	return part, err
}

// catchUp executes in a chain what others have on their log.
type catchUp struct {
	chain    *chain
	own      *tilelog.Log                  // leaves that need not be fetched; may be nil, and damaged
	begin    func(*publica.Leaf) error     // is asked about the first leaf; may be nil
	enough   func(seal *publica.Leaf) bool // no block from this one on; may be nil
	progress func(done, total int64)       // may be nil
}

// run goes on until there is nothing more, or it is enough. Who serves what does
// not verify is not asked again.
func (u *catchUp) run(ctx context.Context, all []*other) error {
	all = slices.Clone(all)
	var errs []error
	for len(all) > 0 {
		o, at, err := newest(ctx, all)
		if err != nil {
			errs = append(errs, err)
			break
		}
		if at.Tree == u.chain.log.Tree() {
			return nil
		}
		err = u.pass(ctx, o, at.Tree)
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", o.base, err))
			all = slices.DeleteFunc(all, func(x *other) bool { return x == o })
		}
	}
	return errors.Join(errs...)
}

// pass reads what one of the others serves up to a verified tree.
func (u *catchUp) pass(ctx context.Context, o *other, tree tlog.Tree) error {
	c := u.chain
	have := c.log.Tree()
	if have.N > tree.N {
		return publica.Problem(publica.Conflict, "", fmt.Sprintf("its log has %d leaves, this node %d already", tree.N, have.N)).WithHint("ask another node, or later")
	}
	mirror, err := tilelog.NewMirror(o.base, httpClient, u.own)
	if err != nil {
		return err
	}
	if have.N > 0 {
		if root, err := mirror.Root(ctx, tree, have.N); err != nil || root != have.Hash {
			return cmp.Or(err, error(publica.Problem(publica.Conflict, "", fmt.Sprintf("the first %d leaves of its log are not those of this node", have.N)).
				WithHint("one of the two histories is a lie: keep both, and ask the other operators")))
		}
	}
	source := func(ctx context.Context, yield func(int64, []byte) bool) error {
		return mirror.Leaves(ctx, tree, have.N, yield)
	}
	err = replay(ctx, c.machine, source, func(block []logged) error { return u.block(block, tree.N) })
	if c.log.Size() > have.N {
		h := c.head.Load()
		err = errors.Join(err, c.settle(h.position, h.turnout))
	}
	return err
}

// block executes the next block of the log. It is made durable with what comes
// after it.
func (u *catchUp) block(block []logged, total int64) error {
	c, seal := u.chain, block[len(block)-1].leaf
	if u.enough != nil && u.enough(seal) {
		return errEnough
	}
	if block[0].index == 0 && u.begin != nil {
		if err := u.begin(block[0].leaf); err != nil {
			return err
		}
	}
	for i := range block {
		if l := &block[i]; l.entry != nil && !l.valid {
			return publica.Problem(publica.Unverified, "leaf "+strconv.FormatInt(l.index, 10), "has a signature that does not verify")
		}
	}
	res, err := execute(c.machine, c.state, block)
	if err != nil {
		return err
	}
	staged, before := c.log.Stage(res.Leaves), c.head.Load()
	p := &pending{result: res, staged: staged, turnout: before.turnout, position: position{
		Height: seal.Height, Root: publica.Hash(staged.Root()), Time: seal.Time, Sealed: seal.Time, Seals: before.Seals + 1}}
	if err := c.write(p, (*store.Batch).CommitLater); err != nil {
		return err
	}
	c.head.Store(&head{position: p.position, turnout: p.turnout}) // whole again when settled
	if u.progress != nil {
		u.progress(c.log.Size(), total)
	}
	return nil
}

// settle makes what was executed durable and visible.
func (c *chain) settle(p position, t *turnout) error {
	b := c.db.Batch()
	if err := c.writePlace(b, &pending{position: p, turnout: t}); err != nil {
		return err
	}
	if err := b.Commit(); err != nil {
		return err
	}
	return c.publish(p, t)
}

// bootstrap sets the engine to where the log stands.
func bootstrap(ctx context.Context, f *Folder, h *head, all []*other) error {
	g, raw, err := f.genesis()
	if err != nil {
		return err
	}
	anchor := ledger.Anchor{Height: h.Height, Root: h.Root[:]}
	for i := range h.validators {
		anchor.Validators = append(anchor.Validators, ledger.Power{Key: h.validators[i].Consensus, Power: h.validators[i].Power})
	}
	cfg := ledger.Config{Dir: f.dir, Register: f.Config.Register, Genesis: raw, GenesisTime: g.Time, Validators: founding(g)}
	return ledger.Bootstrap(ctx, cfg, anchor, func(ctx context.Context, height int64) ([]byte, error) {
		var errs []error
		for _, o := range all {
			raw, err := o.lightBlock(ctx, height)
			if err == nil {
				return raw, nil
			}
			errs = append(errs, err)
		}
		return nil, errors.Join(errs...)
	})
}

// lightBlock fetches what the engine needs to know of a block. [ledger.Bootstrap]
// verifies it.
func (o *other) lightBlock(ctx context.Context, height int64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.base+"/api/v1/consensus/"+strconv.FormatInt(height, 10), nil)
	if err != nil {
		return nil, err
	}
	res, err := httpClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("get block %d: %w", height, err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get block %d from %s: %w", height, o.base, publica.ReadProblem(res))
	}
	defer res.Body.Close()
	return io.ReadAll(io.LimitReader(res.Body, 2<<20))
}

// GenesisPolicy believes the validators that a genesis names: enough of them
// that two such groups always have one in common.
func GenesisPolicy(g *machine.Genesis) (*publica.Policy, error) {
	switch len(g.Validators) {
	case 0:
		return nil, publica.Problem(publica.Invalid, "--policy", "is missing: the genesis names no validators to believe")
	case 1:
		return publica.SingleLogPolicy(g.Validators[0].Log, g.Validators[0].Node)
	}
	return publica.ParsePolicy([]byte(suggestedPolicy(g.Register, "", "", g.Validators, nil)))
}
