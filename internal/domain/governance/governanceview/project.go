// Package governanceview shows how a register is governed: its members, what
// they propose and decide, who decided blocks when, and proven claims.
//
// It must not know dockets. How a validator does is shown by package web.
package governanceview

import (
	"context"
	_ "embed"
	"encoding/json/v2"
	"fmt"

	"publica"
	"publica/internal/domain/governance"
	"publica/internal/domain/identity/identityview"
	"publica/internal/machine"
	"publica/internal/readmodel"
)

//go:embed tables.sql
var schema string

// View returns the tables of governance. They are filled after those of
// identity, to which decisions add bodies and governors.
func View() readmodel.View {
	return readmodel.View{Name: "governance", Schema: schema, Project: project}
}

func project(_ context.Context, tx *readmodel.Tx, r *readmodel.Row) error {
	switch r.Kind() {
	case "register/genesis":
		return projectGenesis(tx, r)
	case "governance/propose":
		return projectProposal(tx, r)
	case "governance/approve":
		var b governance.Approve
		if err := r.Body(&b); err != nil {
			return err
		}
		return voice(tx, r, b.Proposal, true)
	case "governance/reject":
		var b governance.Reject
		if err := r.Body(&b); err != nil {
			return err
		}
		return voice(tx, r, b.Proposal, false)
	case "governance/decided":
		return projectDecision(tx, r)
	case "governance/expired":
		var x governance.Expiry
		if err := r.Body(&x); err != nil {
			return err
		}
		return tx.Exec("UPDATE proposal SET status = 'expired', closed = ? WHERE id = ?", r.Index, x.Proposal)
	case "governance/claim":
		return projectClaim(tx, r)
	}
	return nil
}

func projectGenesis(tx *readmodel.Tx, r *readmodel.Row) error {
	var g machine.Genesis
	if err := r.Body(&g); err != nil {
		return err
	}
	for i := range g.Validators {
		if err := begin(tx, r.Index, &g.Validators[i]); err != nil {
			return err
		}
	}
	p := g.Parameters()
	return setParameters(tx, r.Index, &p)
}

func projectProposal(tx *readmodel.Tx, r *readmodel.Row) error {
	var b governance.Propose
	if err := r.Body(&b); err != nil {
		return err
	}
	if b.Expires == 0 {
		b.Expires = r.Time.Add(governance.UsualTime)
	}
	detail, err := marshal(b.Action)
	if err != nil {
		return err
	}
	title, text := r.Text("title"), r.Text("text")
	if err := tx.Document(r, title, text); err != nil {
		return err
	}
	if err := tx.Exec("INSERT INTO proposal (idx, id, body, action, detail, title, text, expires, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open')",
		r.Index, r.ID, r.Entry.For, b.Action.Name(), detail, title, text, b.Expires); err != nil {
		return err
	}
	return voice(tx, r, r.ID, true)
}

func voice(tx *readmodel.Tx, r *readmodel.Row, proposal publica.EntryID, approves bool) error {
	on, err := tx.Index(proposal)
	if err != nil {
		return err
	}
	return tx.Exec("INSERT INTO voice (idx, proposal, body, approves, reason) VALUES (?, ?, ?, ?, ?)", r.Index, on, r.Entry.For, approves, r.Text("reason"))
}

func projectDecision(tx *readmodel.Tx, r *readmodel.Row) error {
	var d governance.Decision
	if err := r.Body(&d); err != nil {
		return err
	}
	status, failed := governance.Decided, ""
	if d.Failed != nil {
		status, failed = governance.Failed, d.Failed.Message
	}
	if err := tx.Exec("UPDATE proposal SET status = ?, closed = ?, members = ?, approve = ?, failed = ? WHERE id = ?", string(status), r.Index, d.Members, len(d.Approvals), failed, d.Proposal); err != nil {
		return err
	}
	var detail string
	if found, err := tx.One("SELECT detail FROM proposal WHERE id = ?", readmodel.Args{d.Proposal}, &detail); err != nil || !found || d.Failed != nil {
		return err
	}
	var a governance.Action
	if err := json.Unmarshal([]byte(detail), &a); err != nil {
		return fmt.Errorf("read action of %s: %w", d.Proposal, err)
	}
	return take(tx, r.Index, d.Proposal, &a)
}

// take does to the tables what the rules did to the state.
func take(tx *readmodel.Tx, index int64, of publica.EntryID, a *governance.Action) error {
	switch {
	case a.AdmitBody != nil:
		return admitBody(tx, index, of, a.AdmitBody)
	case a.RemoveBody != nil:
		if err := identityview.Leave(tx, a.RemoveBody.Body); err != nil {
			return err
		}
		if err := tx.Exec("UPDATE voice SET void = 1 WHERE body = ? AND proposal IN (SELECT idx FROM proposal WHERE status = 'open')", a.RemoveBody.Body); err != nil {
			return err
		}
		return tx.Exec("UPDATE validator_term SET until = ? WHERE body = ? AND until IS NULL", index, a.RemoveBody.Body)
	case a.AdmitValidator != nil:
		return begin(tx, index, a.AdmitValidator)
	case a.ChangeValidator != nil:
		if err := end(tx, index, a.ChangeValidator.Consensus); err != nil {
			return err
		}
		return begin(tx, index, &a.ChangeValidator.Validator)
	case a.RemoveValidator != nil:
		return end(tx, index, a.RemoveValidator.Consensus)
	case a.SetParameters != nil:
		return setParameters(tx, index, a.SetParameters)
	}
	return nil
}

func admitBody(tx *readmodel.Tx, index int64, of publica.EntryID, b *governance.AdmitBody) error {
	id := b.Body
	if id == (publica.BodyID{}) {
		id = publica.BodyID(of)
		if err := identityview.AddBody(tx, index, id, b.Name, b.Type); err != nil {
			return err
		}
	}
	if err := identityview.Appoint(tx, index, id, b.Governors); err != nil || !b.Member {
		return err
	}
	return identityview.Join(tx, index, id)
}

func begin(tx *readmodel.Tx, index int64, v *machine.Validator) error {
	detail, err := marshal(v)
	if err != nil {
		return err
	}
	return tx.Exec("INSERT INTO validator_term (consensus, name, body, power, detail, since) VALUES (?, ?, ?, ?, ?, ?)", v.Consensus, v.Name, v.Body, v.Power, detail, index)
}

func end(tx *readmodel.Tx, index int64, consensus []byte) error {
	return tx.Exec("UPDATE validator_term SET until = ? WHERE consensus = ? AND until IS NULL", index, consensus)
}

func setParameters(tx *readmodel.Tx, index int64, p *machine.Parameters) error {
	detail, err := marshal(p)
	if err != nil {
		return err
	}
	return tx.Exec("INSERT INTO parameters (idx, detail) VALUES (?, ?)", index, detail)
}

func projectClaim(tx *readmodel.Tx, r *readmodel.Row) error {
	var b governance.Claim
	if err := r.Body(&b); err != nil {
		return err
	}
	by, node, err := b.Promise.PromisedBy()
	if err != nil {
		return fmt.Errorf("read promise of claim at %d: %w", r.Index, err)
	}
	return tx.Exec("INSERT INTO broken_promise (idx, node, entry, promised) VALUES (?, ?, ?, ?)", r.Index, node, b.Entry, by)
}

func marshal(v any) (string, error) {
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("encode for the read model: %w", err)
	}
	return string(raw), nil
}
