package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"publica"
	"publica/internal/machine"
	"publica/internal/tilelog"
)

// vouching signs what this node has committed and says it to its peers, and
// makes of what they say the checkpoints that many have signed.
type vouching struct {
	register  string
	chain     *chain
	vouch     *tilelog.Vouch
	cosigners []*publica.Cosigner
	node      *publica.LogSigner
	witnesses []Witness
	self      string // this node's consensus key, hexadecimal
	holds     *holding
	say       func(statement []byte)
	now       func() time.Time
	log       *slog.Logger

	known     []machine.Validator // who counts; run's goroutine only, once it runs
	strange   atomic.Bool         // this node's keys are not those on record
	inbox     inbox
	witnessed chan struct{} // holds one: a witness has cosigned
	last      struct {      // what was said last; run's goroutine only
		size, holds int64
		at          publica.Time
	}
}

// noteKeys are the keys by which this node signs for the public.
type noteKeys struct {
	log, node *publica.LogSigner
	cosign    []*publica.Cosigner
}

func (f *Folder) noteKeys() (k *noteKeys, err error) {
	k = &noteKeys{}
	if k.log, err = f.logKey("log"); err != nil {
		return nil, err
	}
	if k.node, err = f.logKey("node"); err != nil {
		return nil, err
	}
	k.cosign, err = f.cosigners()
	return k, err
}

// newVouching takes up what was stored when the node ran last.
func newVouching(c *chain, f *Folder, keys *noteKeys, o Options) (*vouching, error) {
	v := &vouching{register: f.Config.Register, witnesses: f.Config.Witnesses, chain: c, cosigners: keys.cosign, node: keys.node, now: o.Now, log: o.Log, inbox: inbox{waits: map[string][][]byte{}, warned: map[string]time.Time{}, come: make(chan struct{}, 1)}, witnessed: make(chan struct{}, 1)}
	v.vouch = tilelog.NewVouch(f.Config.Register, c.log, func() publica.Time { return publica.TimeOf(o.Now()) }, func(fork *publica.Fork) { v.keepEvidence(f, fork) })
	v.meet(c.head.Load())
	c.vouches = v.vouch.Save
	stored, err := c.position.Get(vouchesKey)
	if err != nil || stored == nil {
		return v, err
	}
	if err := v.vouch.Restore(stored); err != nil {
		o.Log.Warn("what others had signed is forgotten; they will say it again", "err", err)
	}
	v.publish()
	return v, nil
}

// keepEvidence writes down two histories that one validator has signed. They
// prove it to anybody.
func (v *vouching) keepEvidence(f *Folder, fork *publica.Fork) {
	raw, err := fork.Bytes()
	if err == nil {
		err = os.MkdirAll(f.path("evidence"), 0o700)
	}
	if err == nil {
		name := "fork-" + publica.ID(raw).String()[:16] + ".json"
		err = os.WriteFile(f.path("evidence", name), raw, 0o600)
	}
	v.log.Error("two contradicting histories were signed; both are kept in evidence/", "err", err)
}

// sayAgain is how often a node repeats what it says when nothing changes, so
// that others see that it lives and what its clock shows.
const sayAgain = 10 * time.Second

// inbox holds what peers have said and nobody has looked at yet: the last few
// of each, so that none can crowd out the others.
type inbox struct {
	mu     sync.Mutex // guards waits, warned
	waits  map[string][][]byte
	warned map[string]time.Time // when a peer's false statement was last logged

	come chan struct{} // holds one: something waits
}

const (
	mostUnheard = 16          // statements of one peer
	warnEach    = time.Minute // about one peer
)

// hear takes a peer's statement. It is called by the ledger.
func (v *vouching) hear(peer string, statement []byte) {
	in := &v.inbox
	in.mu.Lock()
	waits := append(in.waits[peer], statement)
	in.waits[peer] = waits[max(0, len(waits)-mostUnheard):]
	in.mu.Unlock()
	poke(in.come)
}

// listen judges one statement of each peer.
func (v *vouching) listen() {
	in := &v.inbox
	in.mu.Lock()
	now := map[string][]byte{}
	for peer, waits := range in.waits {
		now[peer] = waits[0]
		if in.waits[peer] = waits[1:]; len(waits) == 1 {
			delete(in.waits, peer)
		}
	}
	if len(in.waits) > 0 {
		poke(in.come)
	}
	in.mu.Unlock()
	for peer, statement := range now {
		if _, err := v.vouch.Hear(statement); err != nil && in.mayWarn(peer, v.now()) {
			v.log.Warn("a peer's statement is not believed", "peer", peer, "err", err)
		}
	}
}

func (in *inbox) mayWarn(peer string, now time.Time) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if now.Sub(in.warned[peer]) < warnEach {
		return false
	}
	in.warned[peer] = now
	return true
}

// run speaks and listens until ctx ends.
func (v *vouching) run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		moved := v.chain.moved()
		if err := v.speak(); err != nil {
			return err
		}
		v.publish()
		select {
		case <-ctx.Done():
			return nil
		case <-moved:
		case <-v.holds.moved:
		case <-v.witnessed:
		case <-v.inbox.come:
			v.listen()
		case <-tick.C:
		}
	}
}

// speak cosigns the log as committed and says it, if there is anything new.
func (v *vouching) speak() error {
	h, held, now := v.chain.head.Load(), v.holds.held(), publica.TimeOf(v.now())
	if h.tree.N == 0 || (h.tree.N == v.last.size && held == v.last.holds && now-v.last.at < publica.Time(sayAgain.Milliseconds())) {
		return nil
	}
	v.meet(h)
	signed := h.checkpoint
	for _, c := range v.cosigners {
		var err error
		if signed, err = c.Cosign(signed); err != nil {
			return fmt.Errorf("cosign the log: %w", err)
		}
	}
	if err := v.vouch.Own(h.tree, signed); err != nil {
		return err
	}
	v.last.size, v.last.holds, v.last.at = h.tree.N, held, now
	if !v.isMember(h) {
		return nil // its word counts nowhere
	}
	attest, err := publica.SignHolds(v.node, v.register, held, now)
	if err != nil {
		return fmt.Errorf("attest content: %w", err)
	}
	s := &publica.Statement{Checkpoint: string(signed), Holds: attest}
	raw, err := s.Bytes()
	if err != nil {
		return err
	}
	if _, err := v.vouch.Hear(raw); err != nil {
		return fmt.Errorf("this node's own statement is not believed: %w", err)
	}
	v.say(raw)
	return nil
}

// isMember reports whether this node's word counts: it is a validator, and its
// keys are those on record. With other keys it goes on as a follower, so that
// the members can put the new ones on record.
func (v *vouching) isMember(h *head) bool {
	i := slices.IndexFunc(h.members, func(m tilelog.Member) bool { return m.ID == v.self })
	if i < 0 {
		return false
	}
	m := &h.members[i]
	same := func(key note.Verifier, own note.Signer) bool {
		return key.Name() == own.Name() && key.KeyHash() == own.KeyHash()
	}
	known := same(m.Log, v.chain.signer) && same(m.Node, v.node) && slices.EqualFunc(m.Cosign, v.cosigners,
		func(key note.Verifier, own *publica.Cosigner) bool { return same(key, own) })
	if v.strange.Swap(!known) == known {
		return known
	}
	if !known {
		v.log.Error("this validator's keys are not those on record: nothing it signs counts until governance/change-validator names them")
	}
	return known
}

// meet says who counts, when that has changed.
func (v *vouching) meet(h *head) {
	if !reflect.DeepEqual(v.known, h.validators) {
		v.known = h.validators
		v.vouch.SetMembers(h.members)
	}
}

// publish makes what others have signed the checkpoints that are served.
func (v *vouching) publish() {
	if signed, tree := v.vouch.Quorum(); tree.N > 0 {
		v.chain.adopt(&v.chain.vouched, tree, signed)
	}
	if signed, tree := v.vouch.Witnessed(); tree.N > 0 {
		v.chain.adopt(&v.chain.witnessed, tree, signed)
	}
}

// askWitnesses has outside witnesses cosign whatever a quorum has signed, until
// ctx ends.
func (v *vouching) askWitnesses(ctx context.Context) error {
	var all []tilelog.Witness
	for _, w := range v.witnesses {
		key, err := publica.ParseCosignVerifier(w.VKey)
		if err != nil {
			return fmt.Errorf("witness %s: %w", w.Name, err)
		}
		all = append(all, tilelog.Witness{Name: w.Name, URL: w.URL, Verifier: key})
	}
	v.vouch.AskWitnesses(ctx, &http.Client{Timeout: 10 * time.Second}, all, func(w *tilelog.Witness, err error) {
		if err != nil {
			v.log.Warn("a witness does not cosign", "witness", w.Name, "err", err)
			return
		}
		poke(v.witnessed)
	})
	return nil
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// membersOf turns validators into those whose signatures count.
func membersOf(all []machine.Validator) ([]tilelog.Member, error) {
	var members []tilelog.Member
	for i := range all {
		val := &all[i]
		m := tilelog.Member{ID: fmt.Sprintf("%x", val.Consensus), Name: val.Name, Power: val.Power}
		var err1, err2 error
		m.Log, err1 = publica.ParseVerifier(val.Log)
		m.Node, err2 = publica.ParseVerifier(val.Node)
		errs := []error{err1, err2}
		for _, k := range val.Cosign {
			c, err := publica.ParseCosignVerifier(k)
			errs = append(errs, err)
			m.Cosign = append(m.Cosign, c)
		}
		if err := errors.Join(errs...); err != nil {
			return nil, fmt.Errorf("keys of validator %s: %w", val.Name, err)
		}
		members = append(members, m)
	}
	return members, nil
}

// suggestedPolicy is the policy that believes a register as its validators run it:
// its log key if one node decides alone, else as many validators as
// [publica.PolicyNeed] says.
func suggestedPolicy(register, logKey, nodeKey string, all []machine.Validator, witnesses []Witness) string {
	if len(all) < 2 {
		return publica.SingleLogPolicyText(logKey, nodeKey)
	}
	var members, outside []publica.PolicyMember
	var powers []int64
	for i := range all {
		powers = append(powers, all[i].Power)
		members = append(members, publica.PolicyMember{Name: short(all[i].Name, register), Cosign: all[i].Cosign, Node: all[i].Node})
	}
	for _, w := range witnesses {
		outside = append(outside, publica.PolicyMember{Name: w.Name, Cosign: []string{w.VKey}})
	}
	return publica.QuorumPolicyText(register, members, publica.PolicyNeed(powers), outside, min(1, len(outside)))
}

// short is a node's name without the register's at its end.
func short(name, register string) string {
	if s, ok := strings.CutSuffix(name, "."+register); ok {
		return s
	}
	return name
}
