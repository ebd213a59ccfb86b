package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"publica"
	"publica/archive"
)

// A verdict is what verify says about one file: a line for people, the same
// as JSON.
type verdict struct {
	File     string            `json:"file"`
	OK       bool              `json:"ok"`
	Why      string            `json:"why,omitzero"` // why it is refused
	Code     publica.Code      `json:"code,omitzero"`
	Hint     string            `json:"hint,omitzero"`
	Register string            `json:"register,omitzero"`
	Stage    publica.Stage     `json:"stage,omitzero"`
	ID       *publica.EntryID  `json:"id,omitzero"`
	Kind     publica.Kind      `json:"kind,omitzero"`
	Author   *publica.KeyID    `json:"author,omitzero"`
	Docket   *publica.DocketID `json:"docket,omitzero"`
	Index    *int64            `json:"index,omitzero"`
	Size     int64             `json:"size,omitzero"` // of the log, or of the docket for an export
	Time     publica.Time      `json:"time,omitzero"` // block time
	By       publica.Time      `json:"by,omitzero"`   // promised for
	Present  []string          `json:"present,omitempty"`
	Missing  []string          `json:"missing,omitempty"`
	Cosigned []string          `json:"cosigned_by,omitempty"` // who beside the log signed the checkpoint
	Held     []string          `json:"held_by,omitempty"`     // nodes that hold all content up to the record
	Forked   []string          `json:"forked_by,omitempty"`   // who signed both histories of a fork
	Refused  *publica.Refusal  `json:"refused,omitzero"`      // what the rules said of it
	Complete bool              `json:"complete,omitzero"`
	summary  string
}

func (a *app) verifyCommand() *cobra.Command {
	var vkey, register string
	var complete bool
	cmd := &cobra.Command{
		Use:   "verify FILE...",
		Short: "check receipts and docket exports, offline",
		Long: `verify checks receipt files and docket exports from their bytes alone; it never
asks the register. Whom to believe says --policy FILE, or --vkey with the log's
verifier key. Neither is in the file: it must come from somewhere you trust. A
folder stands for all files in it.

A receipt proves that an entry is in the log (or was promised to be), who
signed it, and what it says; a line tells how far it has come under the policy:
promised, logged, cosigned, durable, by whom cosigned and held. An export is
proven to hold every entry of its docket as of its checkpoint; with --complete
only such exports pass. An archive (ZIP) is an export with files that follow from
it: these are derived again and compared. Evidence of a fork, as publica log writes it, is proven
too: it names who signed two histories. A receipt may also be the page that
verifies itself, or the text of the QR code on it.

The exit status is 1 if anything is refused; the reason names the field.`,
		Example: `  publica verify receipt.json --policy policy.txt
  publica verify receipts --vkey demo.publica.example+c6fdd2ba+AWA...
  publica verify docket.zip --policy policy.txt
  publica verify docket.jsonl --complete --policy policy.txt --json`,
		Args: wants(1, -1, "a receipt or an export"),
		RunE: func(cmd *cobra.Command, args []string) error {
			policy, err := a.offlinePolicy(cmd, vkey)
			if err != nil {
				return err
			}
			files, err := expand(args)
			if err != nil {
				return err
			}
			return a.verify(files, policy, register, complete)
		},
	}
	f := cmd.Flags()
	f.StringVar(&vkey, "vkey", "", "verifier key of the log, instead of --policy")
	f.StringVar(&register, "register", "", "refuse files of any register but this")
	f.BoolVar(&complete, "complete", false, "accept only exports that hold every entry of their docket")
	a.answersData(cmd)
	return cmd
}

// offlinePolicy reads whom to believe from the flags; nothing is fetched.
func (a *app) offlinePolicy(cmd *cobra.Command, vkey string) (*publica.Policy, error) {
	if vkey != "" {
		return publica.SingleLogPolicy(vkey)
	}
	if a.policy == "" {
		return nil, usagef(cmd, "whom should the file be checked against?").
			withHint("pass --policy FILE or --vkey VKEY; publica trust > policy.txt takes the register's key once")
	}
	return readPolicy(a.policy)
}

func readPolicy(file string) (*publica.Policy, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the policy: %w", err)
	}
	return publica.ParsePolicy(text)
}

// expand puts the files of a folder, by name, in the folder's place.
func expand(args []string) (files []string, err error) {
	for _, name := range args {
		if info, err := os.Stat(name); name == "-" || err != nil || !info.IsDir() {
			files = append(files, name) // one that cannot be read is refused by name
			continue
		}
		entries, err := os.ReadDir(name)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Type().IsRegular() {
				files = append(files, filepath.Join(name, e.Name()))
			}
		}
	}
	if len(files) == 0 {
		return nil, publica.Problem(publica.NotFound, "", "there is no file in "+strings.Join(args, ", "))
	}
	return files, nil
}

// errRefused is returned when every reason has been printed already.
var errRefused = errors.New("not everything verifies")

func (a *app) verify(files []string, policy *publica.Policy, register string, complete bool) error {
	b := a.bar(int64(len(files)), "verifying")
	var verdicts []verdict
	refused := 0
	for _, name := range files {
		v := a.verifyFile(name, policy, register, complete)
		v.File = name
		if !v.OK {
			refused++
		}
		verdicts = append(verdicts, v)
		b.add(1)
	}
	b.done()
	if a.json {
		if err := a.printJSON(verdicts); err != nil {
			return err
		}
	} else if err := a.printVerdicts(verdicts); err != nil {
		return err
	}
	if refused > 0 {
		return fmt.Errorf("%d of %d files refused: %w", refused, len(files), errRefused)
	}
	return nil
}

func (a *app) printVerdicts(verdicts []verdict) error {
	for _, v := range verdicts {
		if v.OK {
			if _, err := fmt.Fprintf(a.out, "%s: %s\n", v.File, v.summary); err != nil {
				return err
			}
			continue
		}
		a.note("%s: refused: %s", v.File, v.Why)
		if v.Hint != "" {
			a.hint("%s", v.Hint)
		}
	}
	return nil
}

func (a *app) verifyFile(name string, policy *publica.Policy, register string, complete bool) verdict {
	f, err := a.open(name)
	if err != nil {
		return refusal(err)
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 64<<10)
	if start, _ := in.Peek(4); archive.IsArchive(start) {
		return a.verifyArchive(f, policy, register)
	}
	if isExport(in) {
		return a.verifyExport(in, policy, register)
	}
	if complete {
		return refusal(publica.Problem(publica.Unsupported, "", "is not a docket export: one receipt says nothing about completeness").
			WithHint("fetch the docket with: publica export docket ID -o docket.jsonl"))
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return refusal(err)
	}
	if bytes.Contains(text[:min(len(text), 256)], []byte(`"publica-fork/`)) {
		return verifyFork(text, policy)
	}
	return verifyReceipt(text, policy, register)
}

// parseReceipt parses a receipt in any of its forms: the file, the page that
// holds one, the text of a QR code.
func parseReceipt(text []byte) (*publica.Receipt, error) {
	if compact, ok := publica.FindCompact(string(text)); ok {
		return publica.ParseCompact(compact)
	}
	if _, page, ok := bytes.Cut(text, []byte(`<script type="application/json" id="receipt">`)); ok {
		text, _, _ = bytes.Cut(page, []byte("</script>"))
	}
	return publica.ParseReceipt(text)
}

func refusal(err error) verdict {
	v := verdict{Why: err.Error(), Code: publica.CodeOf(err)}
	if e, ok := errors.AsType[*publica.Error](err); ok {
		v.Hint = e.Hint
	}
	return v
}

// isExport looks at how the first line begins: what the file claims to be. What
// it is, the parser decides.
func isExport(in *bufio.Reader) bool {
	start, _ := in.Peek(256) // a shorter file is no export
	start, _, _ = bytes.Cut(start, []byte("\n"))
	return bytes.Contains(start, []byte(`"format":"publica-docket-export/`))
}

func verifyReceipt(text []byte, policy *publica.Policy, register string) verdict {
	r, err := parseReceipt(text)
	if err != nil {
		return refusal(err)
	}
	p, err := r.Verify(policy, register)
	if err != nil {
		v := refusal(err)
		if _, compact := publica.FindCompact(string(text)); compact && errors.As(err, new(*publica.Unsigned)) {
			v.Hint = "a QR code has no room for ML-DSA-44 signatures: if the policy demands them, verify the receipt's file"
		}
		return v
	}
	v := verdict{OK: true, Register: r.Register, Stage: p.Stage, ID: &p.ID, By: p.By, Present: p.Present, Missing: p.Missing, Cosigned: p.CosignedBy, Held: p.HeldBy}
	var s strings.Builder
	fmt.Fprintf(&s, "%s: ", p.Stage)
	switch {
	case p.Entry != nil:
		v.Kind, v.Author = p.Entry.Kind, &p.Entry.Author
		if !p.Entry.Docket.IsZero() {
			v.Docket = &p.Entry.Docket
		}
		fmt.Fprintf(&s, "%s %s by %s", p.Entry.Kind, p.ID, short(p.Entry.Author))
	case p.Leaf.System != nil:
		v.Kind = p.Leaf.System.Kind
		fmt.Fprintf(&s, "system record %s %s", v.Kind, p.ID)
	default:
		fmt.Fprintf(&s, "seal of block %d", p.Leaf.Height)
	}
	if p.Leaf != nil {
		v.Index, v.Size, v.Time, v.Refused = &p.Index, p.Checkpoint.Tree.N, p.Leaf.Time, p.Leaf.Refused
		fmt.Fprintf(&s, ", record %d of %d on %s, at %s", p.Index, v.Size, r.Register, v.Time)
		if v.Refused != nil {
			fmt.Fprintf(&s, "; refused by the rules: %s", refusedWords(v.Refused))
		}
	} else {
		fmt.Fprintf(&s, ", to be logged on %s by %s", r.Register, p.By)
	}
	if len(p.Present) > 0 {
		fmt.Fprintf(&s, "; content: %s", strings.Join(p.Present, ", "))
	}
	if len(p.Missing) > 0 {
		fmt.Fprintf(&s, "; content not in the file: %s", strings.Join(p.Missing, ", "))
	}
	if len(p.CosignedBy) > 0 {
		fmt.Fprintf(&s, "; cosigned by %s", strings.Join(p.CosignedBy, ", "))
	}
	if len(p.HeldBy) > 0 {
		fmt.Fprintf(&s, "; held by %s", strings.Join(p.HeldBy, ", "))
	}
	v.summary = s.String()
	return v
}

// verifyFork says what evidence of two histories proves.
func verifyFork(text []byte, policy *publica.Policy) verdict {
	f, err := publica.ParseFork(text)
	if err != nil {
		return refusal(err)
	}
	signers, err := f.Verify(policy)
	if err != nil {
		return refusal(err)
	}
	v := verdict{OK: true, Register: policy.Register(), Forked: signers}
	v.summary = "proves a fork: " + f.Error() + "; signed both: " + strings.Join(signers, ", ")
	if len(signers) == 0 {
		v.summary = "proves a fork: " + f.Error() + "; no key signed both, so the policy believes two quorums that do not meet"
	}
	return v
}

// refusedWords renders a refusal as "late: body/period: is over".
func refusedWords(r *publica.Refusal) string {
	if r.Field == "" {
		return string(r.Code) + ": " + r.Message
	}
	return string(r.Code) + ": " + r.Field + " " + r.Message
}

// short returns the first eight digits of an id.
func short(id fmt.Stringer) string { return id.String()[:8] }

func (a *app) verifyExport(in io.Reader, policy *publica.Policy, register string) verdict {
	return a.verifyDocket(policy, register, func(progress func(done, total int64)) (*publica.ExportSummary, string, error) {
		s, err := publica.VerifyExport(in, policy, progress)
		return s, "", err
	})
}

// verifyArchive reads the ZIP file again from its start: its directory is at its end.
func (a *app) verifyArchive(f io.ReadCloser, policy *publica.Policy, register string) verdict {
	file, ok := f.(*os.File)
	if !ok {
		return refusal(publica.Problem(publica.Unsupported, "", "is an archive, which cannot be read from standard input").WithHint("give the name of its file"))
	}
	info, err := file.Stat()
	if err != nil {
		return refusal(err)
	}
	return a.verifyDocket(policy, register, func(progress func(done, total int64)) (*publica.ExportSummary, string, error) {
		s, err := archive.Verify(file, info.Size(), policy, progress)
		if err != nil {
			return nil, "", err
		}
		return s.ExportSummary, fmt.Sprintf("; the %d other files of the archive follow from it", s.Files), nil
	})
}

func (a *app) verifyDocket(policy *publica.Policy, register string, verify func(progress func(done, total int64)) (*publica.ExportSummary, string, error)) verdict {
	if register != "" && register != policy.Register() {
		return refusal(publica.Problem(publica.Unverified, "register", "is to be "+register+", but the policy is about "+policy.Register()))
	}
	var b bar
	checked := int64(0)
	progress := func(done, total int64) {
		if checked == 0 {
			b = a.bar(total, "verifying the docket")
		}
		b.add(int(done - checked))
		checked = done
	}
	s, more, err := verify(progress)
	b.done()
	if err != nil {
		return refusal(err)
	}
	v := verdict{
		OK: true, Complete: true, Register: policy.Register(), Stage: publica.Logged,
		Docket: &s.Docket, Size: s.Size, Time: s.Seal.Time,
	}
	v.summary = fmt.Sprintf("complete: all %d records of docket %s on %s as of %s: %d accepted, %d refused by the rules, %d of the register itself; %d content parts fit, %d are not in the file",
		s.Size, short(s.Docket), v.Register, v.Time, s.Accepted, s.Refused, s.System, s.ContentPresent, s.ContentMissing) + more
	return v
}
