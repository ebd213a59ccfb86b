package tilelog

import (
	"fmt"

	"publica"
)

// forkOfOurs notes that a member has signed another history than ours, which
// has reached that size. What it signed of ours convicts it; until it does so,
// ours is what a quorum has signed, or this node.
func (v *Vouch) forkOfOurs(m *member, s signed) error {
	ours := v.own
	if m.last.tree.N >= s.tree.N {
		return v.fork(m, s, m.last)
	}
	if v.quorum.tree.N >= s.tree.N {
		ours = v.quorum
	}
	m.unproven = &s
	return v.fork(m, s, ours)
}

// fork holds another history against the member that signed it.
func (v *Vouch) fork(m *member, theirs, ours signed) error {
	if _, again := m.forked[theirs.tree]; !again {
		m.standing.Forks++
		if len(m.forked) < keptForks {
			m.forked[theirs.tree] = struct{}{}
			if err := v.report(theirs, ours); err != nil {
				return err
			}
		}
	}
	return publica.Problem(publica.Conflict, "statement/checkpoint", fmt.Sprintf("of %s has another root for the first %d leaves than this log", m.Name, theirs.tree.N)).
		WithHint("one of the two histories is a lie: both are kept; compare what other validators signed")
}

// report makes evidence of a checkpoint and one of at least its size that does
// not continue it.
func (v *Vouch) report(theirs, ours signed) (err error) {
	f := &publica.Fork{Older: theirs.note, Newer: ours.note}
	if ours.tree.N > theirs.tree.N {
		if f.Prefix, err = v.root(theirs.tree.N); err == nil {
			f.Path, err = v.log.ProveTree(ours.tree, theirs.tree.N)
		}
	}
	if err != nil {
		return fmt.Errorf("prove what this log begins with: %w", err)
	}
	v.forks = append(v.forks, f)
	return nil
}
