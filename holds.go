package publica

import (
	"errors"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// holdsHeader is the first line of a holds note. It cannot be a register's
// name, so none can pass for a checkpoint.
const holdsHeader = "publica holds v1"

// A Holds is a node's word that it holds, durably, all content (but what was
// erased) to which the first Size leaves of the log commit, in the history that
// it follows. Which that is, the note does not say: it is worth something only
// beside a checkpoint that a quorum has cosigned, and of which the leaf is a
// part (see [Policy.Holders]). It is a C2SP signed note with one signature, by
// the node's key, over the text
//
//	publica holds v1
//	<register>
//	<size>
//	<at, a Time>
type Holds struct {
	Node string // name of the key that signed
	Size int64  // leaves
	At   Time   // when the node said so
}

// SignHolds returns the signed note.
func SignHolds(signer note.Signer, register string, size int64, at Time) (string, error) {
	signed, err := note.Sign(&note.Note{Text: holdsText(register, size, at)}, signer)
	if err != nil {
		return "", &Error{Code: Internal, Message: "sign what is held", Err: err}
	}
	return string(signed), nil
}

func holdsText(register string, size int64, at Time) string {
	return holdsHeader + "\n" + register + "\n" + strconv.FormatInt(size, 10) + "\n" + at.String() + "\n"
}

// VerifyHolds checks that a note is a holds note for this register, signed by a
// key among known, and returns what it says. Errors have code [Malformed],
// [BadSignature] or [Unverified].
func VerifyHolds(noteText string, known note.Verifiers, register string) (*Holds, error) {
	h, err := parseHolds(noteText, register)
	if err != nil {
		return nil, err
	}
	_, err = note.Open([]byte(noteText), known)
	if e, ok := errors.AsType[*note.InvalidSignatureError](err); ok {
		return nil, Problem(BadSignature, "holds", "has a signature of "+e.Name+" that does not verify")
	}
	if _, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		return nil, Problem(Unverified, "holds", "is not signed by a node the policy knows").
			WithHint(`add the node's key to the policy: "node VKEY"`)
	}
	if err != nil {
		return nil, &Error{Code: Malformed, Field: "holds", Message: "is not a signed note", Err: err}
	}
	return h, nil
}

// parseHolds checks all of a holds note but its signature.
func parseHolds(noteText, register string) (*Holds, error) {
	bad := Problem(Malformed, "holds", "is not a note of what a node holds")
	text, _, ok := strings.Cut(noteText, "\n\n")
	lines := strings.Split(text, "\n")
	if !ok || len(lines) != 4 || lines[0] != holdsHeader {
		return nil, bad
	}
	sigs, err := SignaturesOf([]byte(noteText))
	if err != nil || len(sigs) != 1 || strings.Count(noteText, "\n") != 6 {
		return nil, bad
	}
	h := &Holds{Node: sigs[0].Name}
	if h.Size, err = strconv.ParseInt(lines[2], 10, 64); err != nil || h.Size < 0 {
		return nil, bad
	}
	if err := h.At.UnmarshalText([]byte(lines[3])); err != nil {
		return nil, bad
	}
	if holdsText(lines[1], h.Size, h.At) != text+"\n" {
		return nil, bad
	}
	if lines[1] != register {
		return nil, Problem(Unverified, "holds", "is for the register "+strconv.Quote(lines[1])+", not for "+register)
	}
	return h, nil
}
