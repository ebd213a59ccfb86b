package main

import (
	"os"
	"path/filepath"
	"testing"

	"publica"
	"publica/tender"
)

// Whichever of several commitments comes to stand, the scores of it are kept.
func TestScoresOfEveryCommitmentAreKept(t *testing.T) {
	var s evaluatorSecrets
	scores := func(points int64) []tender.Score {
		return []tender.Score{{Bid: publica.EntryID{1}, Points: []int64{points}}}
	}
	keep := func(reasons string, points int64) *keptScores {
		t.Helper()
		k, err := s.keepScores("north", 1, reasons, scores(points))
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	first := keep("Good.", 7)
	second := keep("Better.", 8)
	if again := keep("Good.", 7); again != first || len(s.Scores) != 2 {
		t.Errorf("the same scores are kept with another salt: %d are kept", len(s.Scores))
	}
	for _, k := range []*keptScores{first, second} {
		hash, err := tender.Commitment(s.Docket, 1, s.Evaluator, "north", k.revealed())
		if err != nil {
			t.Fatal(err)
		}
		if got, some := s.committed("north", 1, hash); got != k || !some {
			t.Errorf("to reveal %+v", got)
		}
		hash[0] ^= 1
		if got, some := s.committed("north", 1, hash); got != nil || !some {
			t.Errorf("to reveal what nobody committed to: %+v", got)
		}
	}
	if _, some := s.committed("north", 2, [32]byte{}); some {
		t.Error("scores of another round are taken for this one's")
	}
}

func TestScoresAreWantedInTheEvaluation(t *testing.T) {
	for stage, want := range map[tender.Stage]publica.Code{tender.Bidding: publica.Early, tender.Curing: publica.Early, tender.Evaluating: "", tender.Intended: publica.Late, tender.Cancelled: publica.Late} {
		if err := scoresWanted(stage); publica.CodeOf(err) != want {
			t.Errorf("in the stage %s: %v", stage, err)
		}
	}
}

// A letter goes into no folder that others can read, and its file is private whatever
// stood there.
func TestLettersAreWrittenInPrivate(t *testing.T) {
	l := &tender.Letter{Parts: []tender.LetterPart{{Name: "text", Data: []byte("why")}}}
	open := filepath.Join(t.TempDir(), "open")
	if err := os.Mkdir(open, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := writeLetter(open, l); publica.CodeOf(err) != publica.Forbidden {
		t.Errorf("into a folder that others can read: %v", err)
	}
	mine := filepath.Join(t.TempDir(), "mine")
	if err := writeLetter(mine, l); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(mine, "text")
	if err := os.Chmod(text, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := writeLetter(mine, l); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(text); err != nil || info.Mode() != 0o600 {
		t.Errorf("the letter has the mode %v, %v", info.Mode(), err)
	}
}
