package ledger

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"publica"
)

// recover reads the segments that the last process has left.
func (q *Intake[P]) recover(decided func(publica.EntryID) bool, recovered func(*publica.Signed, []publica.Content), kept func([]publica.Content) error) ([]Damage, error) {
	paths, err := filepath.Glob(filepath.Join(q.dir, "*.seg"))
	if err != nil {
		return nil, err
	}
	sort.Strings(paths)
	var all []Damage
	for _, path := range paths {
		n := int64(0)
		if _, err := fmt.Sscanf(filepath.Base(path), segmentFileForm, &n); err != nil {
			continue
		}
		q.next = max(q.next, n+1)
		damage, err := q.recoverSegment(path, decided, recovered, kept)
		if err != nil {
			return all, fmt.Errorf("read intake: %w", err)
		}
		all = append(all, damage...)
	}
	return all, nil
}

func (q *Intake[P]) recoverSegment(path string, decided func(publica.EntryID) bool, recovered func(*publica.Signed, []publica.Content), kept func([]publica.Content) error) ([]Damage, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	seg := &segment{path: path}
	var onLog []publica.Content
	damage, end := readSegment(data, func(s *submission) {
		id := s.signed.ID()
		if q.where[id] != nil {
			return
		}
		if decided(id) {
			onLog = append(onLog, s.content...)
			return
		}
		q.where[id] = seg
		seg.undecided++
		recovered(s.signed, s.content)
	})
	for i := range damage {
		damage[i].File = path
	}
	seg.damaged = len(damage) > 0
	if err := kept(onLog); err != nil {
		return damage, fmt.Errorf("keep content of entries on the log: %w", err)
	}
	switch {
	case seg.undecided == 0:
		err = seg.discard()
	case end < int64(len(data)):
		err = os.Truncate(path, end)
	}
	return damage, err
}
