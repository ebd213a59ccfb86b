package publica

import (
	"errors"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// promiseHeader is the first line of a promise note. It cannot be a register's
// name, so no promise can pass for a checkpoint.
const promiseHeader = "publica promise v1"

// A Promise is a node's word that an entry is durable there and will be in the
// log by a time. One signature covers a batch of entries that reached the disk
// together: the note signs the RFC 6962 root over their ids, and each promise
// carries its entry's path. A promise not kept is proof against the node.
//
// The note is a C2SP signed note by the node's key over the text
//
//	publica promise v1
//	<register>
//	<number of ids>
//	<root, base64>
//	<by, a Time>
type Promise struct {
	Hashes []tlog.Hash `json:"hashes"` // path from the id to the root, base64
	Index  int64       `json:"index"`  // of the id in the batch
	Note   string      `json:"note"`   // signed note
}

// PromiseBatch signs once for all ids and returns one promise for each.
func PromiseBatch(signer note.Signer, register string, ids []EntryID, by Time) ([]Promise, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	leaves := make([]tlog.Hash, len(ids))
	for i := range ids {
		leaves[i] = tlog.RecordHash(ids[i][:])
	}
	paths, root := TreePaths(leaves)
	signed, err := note.Sign(&note.Note{Text: promiseText(register, int64(len(ids)), root, by)}, signer)
	if err != nil {
		return nil, &Error{Code: Internal, Message: "sign promise", Err: err}
	}
	text := string(signed)
	promises := make([]Promise, len(ids))
	for i := range promises {
		promises[i] = Promise{Note: text, Index: int64(i), Hashes: paths[i]}
	}
	return promises, nil
}

func promiseText(register string, n int64, root tlog.Hash, by Time) string {
	return promiseHeader + "\n" + register + "\n" + strconv.FormatInt(n, 10) + "\n" + root.String() + "\n" + by.String() + "\n"
}

// Verify checks that the promise is for this entry on this register and signed
// by a key among known, and returns the time it names. Errors have code
// [Malformed], [BadSignature] or [Unverified].
func (p *Promise) Verify(known note.Verifiers, register string, id EntryID) (by Time, err error) {
	tree, by, err := p.check(register, id)
	if err != nil {
		return 0, err
	}
	n, err := note.Open([]byte(p.Note), known)
	if e, ok := errors.AsType[*note.InvalidSignatureError](err); ok {
		return 0, Problem(BadSignature, "promise/note", "has a signature of "+e.Name+" that does not verify")
	}
	if _, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		return 0, Problem(Unverified, "promise/note", "is not signed by a node the policy knows").
			WithHint(`add the node's key to the policy: "node VKEY"`)
	}
	if err != nil {
		return 0, &Error{Code: Malformed, Field: "promise/note", Message: "is not a signed note", Err: err}
	}
	if n.Text != promiseText(register, tree.N, tree.Hash, by) {
		return 0, Problem(Malformed, "promise/note", "is not a promise")
	}
	return by, nil
}

// check parses the note's text and checks all but its signature.
func (p *Promise) check(register string, id EntryID) (tree tlog.Tree, by Time, err error) {
	bad := Problem(Malformed, "promise/note", "is not a promise")
	text, _, ok := strings.Cut(p.Note, "\n\n")
	lines := strings.Split(text, "\n")
	if !ok || len(lines) != 5 || lines[0] != promiseHeader {
		return tree, 0, bad
	}
	if err := strictSignatures([]byte(p.Note)); err != nil {
		return tree, 0, bad
	}
	if lines[1] != register {
		return tree, 0, Problem(Unverified, "promise/note", "is for the register "+strconv.Quote(lines[1])+", not for "+register)
	}
	tree.N, err = strconv.ParseInt(lines[2], 10, 64)
	if err != nil || tree.N < 1 {
		return tree, 0, bad
	}
	if tree.Hash, err = tlog.ParseHash(lines[3]); err != nil {
		return tree, 0, bad
	}
	if err := by.UnmarshalText([]byte(lines[4])); err != nil {
		return tree, 0, bad
	}
	if promiseText(lines[1], tree.N, tree.Hash, by) != text+"\n" {
		return tree, 0, bad
	}
	if err := CheckInclusion(p.Hashes, tree, p.Index, tlog.RecordHash(id[:])); err != nil {
		return tree, 0, Problem(Unverified, "promise", "is not for this entry: its path does not lead from the entry's id to the signed root")
	}
	return tree, by, nil
}

// PromisedBy returns the time a promise names and the name of its signer,
// believing neither.
func (p *Promise) PromisedBy() (by Time, signer string, err error) {
	lines := strings.Split(p.Note, "\n")
	if len(lines) < 7 || lines[0] != promiseHeader {
		return 0, "", Problem(Malformed, "promise/note", "is not a promise")
	}
	if err := by.UnmarshalText([]byte(lines[4])); err != nil {
		return 0, "", Problem(Malformed, "promise/note", "is not a promise")
	}
	signer, _, _ = strings.Cut(strings.TrimPrefix(lines[6], "— "), " ")
	return by, signer, nil
}
