package governanceview

import (
	"encoding/json/v2"
	"fmt"
	"slices"

	"publica"
	"publica/internal/domain/governance"
	"publica/internal/machine"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// Member is a body that governs the register.
type Member struct {
	ID   publica.BodyID `json:"body" doc:"body id"`
	Name string         `json:"name"`
}

// Proposal is a proposal as it stands.
type Proposal struct {
	ID       publica.EntryID   `json:"entry" doc:"the entry that proposed it"`
	Index    int64             `json:"index" doc:"log index of that entry"`
	Time     publica.Time      `json:"time" doc:"block time"`
	By       Member            `json:"by" doc:"body that proposed it"`
	Action   governance.Action `json:"action"`
	Words    string            `json:"words" doc:"the action in words"`
	Title    string            `json:"title"`
	Text     string            `json:"text" doc:"the reason, Markdown"`
	Expires  publica.Time      `json:"expires"`
	Status   governance.Status `json:"status" doc:"open; decided: it took effect; failed: it no longer could; expired"`
	Closed   publica.EntryID   `json:"closed,omitzero" doc:"system record of its end"`
	ClosedAt publica.Time      `json:"closed_at,omitzero" doc:"block time of its end"`
	Failed   string            `json:"failed,omitzero" doc:"why it could no longer take effect"`
	Voices   []Voice           `json:"voices" doc:"what bodies said; the last of each counts, unless the body left since"`
	Members  int64             `json:"members" doc:"bodies that governed when it was decided; if it was not, that govern now"`
	Approve  int64             `json:"approve" doc:"how many of them approve"`
	Silent   []Member          `json:"silent" doc:"members that have said nothing; only while it is open"`

	subject string // name of the body or node that the action is about
}

// Lacks is how many more members must approve.
func (p *Proposal) Lacks() int64 { return max(0, 2*p.Members/3+1-p.Approve) }

// Voice is what a body said of a proposal.
type Voice struct {
	Body     Member          `json:"body"`
	Approves bool            `json:"approves"`
	Counts   bool            `json:"counts" doc:"it is the body's last word, and the body has not left since"`
	Entry    publica.EntryID `json:"entry"`
	Time     publica.Time    `json:"time" doc:"block time"`
	Reason   string          `json:"reason,omitzero"`
}

const columns = `SELECT p.id, p.idx, e.time, p.body, coalesce(b.name, ''), p.detail, p.title, p.text, p.expires, p.status, coalesce(p.members, 0), coalesce(p.approve, 0), p.failed, c.id, c.time
	FROM proposal p JOIN entry e ON e.idx = p.idx LEFT JOIN body b ON b.id = p.body LEFT JOIN entry c ON c.idx = p.closed `

func proposals(s *readmodel.Snapshot, where string, args ...any) ([]Proposal, error) {
	list, err := readmodel.Collect(s, func(scan readmodel.Scan, p *Proposal) error {
		var detail, status string
		if err := scan(&p.ID, &p.Index, &p.Time, &p.By.ID, &p.By.Name, &detail, &p.Title, &p.Text, &p.Expires, &status, &p.Members, &p.Approve, &p.Failed, &p.Closed, &p.ClosedAt); err != nil {
			return err
		}
		p.Status = governance.Status(status)
		return json.Unmarshal([]byte(detail), &p.Action)
	}, columns+where, args...)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if err := list[i].fill(s); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// fill adds what bodies said, and names.
func (p *Proposal) fill(s *readmodel.Snapshot) (err error) {
	if p.subject, err = subjectOf(s, &p.Action); err != nil {
		return err
	}
	p.Words = p.words(nil)
	p.Voices, err = readmodel.Collect(s, func(scan readmodel.Scan, v *Voice) error {
		return scan(&v.Body.ID, &v.Body.Name, &v.Approves, &v.Counts, &v.Entry, &v.Time, &v.Reason)
	}, `SELECT v.body, coalesce(b.name, ''), v.approves, v.void = 0 AND v.idx = (SELECT max(idx) FROM voice l WHERE l.proposal = v.proposal AND l.body = v.body), e.id, e.time, v.reason
		FROM voice v JOIN entry e ON e.idx = v.idx LEFT JOIN body b ON b.id = v.body WHERE v.proposal = ? ORDER BY v.idx`, p.Index)
	if err != nil {
		return err
	}
	p.Silent = []Member{}
	if p.Status == governance.Decided || p.Status == governance.Failed {
		return nil
	}
	all, err := Members(s)
	if err != nil {
		return err
	}
	p.Members = int64(len(all))
	for _, m := range all {
		i := slices.IndexFunc(p.Voices, func(v Voice) bool { return v.Counts && v.Body.ID == m.ID })
		switch {
		case i < 0 && p.Status == governance.Open:
			p.Silent = append(p.Silent, m)
		case i >= 0 && p.Voices[i].Approves:
			p.Approve++
		}
	}
	return nil
}

// Members lists the bodies that govern the register, by name.
func Members(s *readmodel.Snapshot) ([]Member, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, m *Member) error { return scan(&m.ID, &m.Name) },
		"SELECT id, name FROM body WHERE member = 1 ORDER BY name, n")
}

// Get returns a proposal, or NotFound.
func Get(s *readmodel.Snapshot, id publica.EntryID) (*Proposal, error) {
	list, err := proposals(s, "WHERE p.id = ?", id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, publica.Problem(publica.NotFound, "id", "is not a proposal of this register").
			WithHint("GET /api/v1/proposals lists them; one that was just made appears with the next block")
	}
	return &list[0], nil
}

// Open lists the proposals that wait for approval, the newest first.
func Open(s *readmodel.Snapshot) ([]Proposal, error) {
	return proposals(s, "WHERE p.status = 'open' ORDER BY p.idx DESC LIMIT 1000")
}

// Closed lists what became of the others: those before a log index, the newest
// first, and where to continue; -1 at the end. Before is 0 for the newest.
func Closed(s *readmodel.Snapshot, before int64, limit int) (list []Proposal, next int64, err error) {
	list, err = proposals(s, "WHERE p.status <> 'open' AND (? = 0 OR p.idx < ?) ORDER BY p.idx DESC LIMIT ?", before, before, limit+1)
	if err != nil || len(list) <= limit {
		return list, -1, err
	}
	return list[:limit], list[limit-1].Index, nil
}

// Term is the time of a validator with some keys.
type Term struct {
	Validator machine.Validator `json:"validator"`
	Body      Member            `json:"body" doc:"that ran it"`
	Since     publica.Time      `json:"since" doc:"block time"`
	By        publica.EntryID   `json:"by" doc:"record that began it"`
	Until     publica.Time      `json:"until,omitzero" doc:"block time of the end"`
	Ended     publica.EntryID   `json:"ended,omitzero" doc:"record that ended it"`
}

// Terms lists every validator there was and is, the newest first.
func Terms(s *readmodel.Snapshot) ([]Term, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, t *Term) error {
		var detail string
		if err := scan(&detail, &t.Body.ID, &t.Body.Name, &t.Since, &t.By, &t.Until, &t.Ended); err != nil {
			return err
		}
		return json.Unmarshal([]byte(detail), &t.Validator)
	}, `SELECT v.detail, v.body, coalesce(b.name, ''), f.time, f.id, u.time, u.id FROM validator_term v JOIN entry f ON f.idx = v.since
		LEFT JOIN entry u ON u.idx = v.until LEFT JOIN body b ON b.id = v.body ORDER BY v.n DESC LIMIT 1000`)
}

// Setting is a set of parameters and when it began to hold.
type Setting struct {
	machine.Parameters
	Since publica.Time    `json:"since" doc:"block time"`
	By    publica.EntryID `json:"by" doc:"record that set them"`
}

// Settings lists the parameters there were and are, the newest first.
func Settings(s *readmodel.Snapshot) ([]Setting, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, p *Setting) error {
		var detail string
		if err := scan(&detail, &p.Since, &p.By); err != nil {
			return err
		}
		return json.Unmarshal([]byte(detail), &p.Parameters)
	}, "SELECT p.detail, e.time, e.id FROM parameters p JOIN entry e ON e.idx = p.idx ORDER BY p.n DESC LIMIT 1000")
}

// Upgrades lists the upgrades that were decided, the newest first.
func Upgrades(s *readmodel.Snapshot) ([]Proposal, error) {
	return proposals(s, "WHERE p.action = 'upgrade' AND p.status = 'decided' ORDER BY p.closed DESC LIMIT 100")
}

// Claim is a broken promise, proven.
type Claim struct {
	Claim    publica.EntryID `json:"claim" doc:"entry that proves it"`
	Index    int64           `json:"index" doc:"log index of the claim"`
	Time     publica.Time    `json:"time" doc:"block time of the claim"`
	Node     string          `json:"node" doc:"name of the node that promised"`
	Entry    publica.EntryID `json:"entry" doc:"that it promised"`
	Promised publica.Time    `json:"promised" doc:"by when it was to be on the log"`
}

// Claims lists proven claims before a log index, as [Closed] lists proposals.
func Claims(s *readmodel.Snapshot, before int64, limit int) (list []Claim, next int64, err error) {
	list, err = readmodel.Collect(s, func(scan readmodel.Scan, c *Claim) error {
		return scan(&c.Claim, &c.Index, &c.Time, &c.Node, &c.Entry, &c.Promised)
	}, "SELECT e.id, c.idx, e.time, c.node, c.entry, c.promised FROM broken_promise c JOIN entry e ON e.idx = c.idx WHERE ? = 0 OR c.idx < ? ORDER BY c.idx DESC LIMIT ?", before, before, limit+1)
	if err != nil || len(list) <= limit {
		return list, -1, err
	}
	return list[:limit], list[limit-1].Index, nil
}

// subjectOf names the body or node that an action is about.
func subjectOf(s *readmodel.Snapshot, a *governance.Action) (string, error) {
	switch {
	case a.AdmitBody != nil && a.AdmitBody.Body == (publica.BodyID{}):
		return a.AdmitBody.Name, nil
	case a.AdmitBody != nil:
		return bodyName(s, a.AdmitBody.Body)
	case a.RemoveBody != nil:
		return bodyName(s, a.RemoveBody.Body)
	case a.AdmitValidator != nil:
		return bodyName(s, a.AdmitValidator.Body)
	case a.RemoveValidator != nil:
		name := fmt.Sprintf("%x", a.RemoveValidator.Consensus)
		_, err := s.One("SELECT name FROM validator_term WHERE consensus = ? ORDER BY n DESC LIMIT 1", readmodel.Args{a.RemoveValidator.Consensus}, &name)
		return name, err
	}
	return "", nil
}

// words says the proposed action as people would.
func (p *Proposal) words(l *web.Locale) string {
	switch a := &p.Action; {
	case a.AdmitBody != nil && a.AdmitBody.Member:
		return l.T("Admit “{name}” as a member that governs the register", "name", p.subject)
	case a.AdmitBody != nil:
		return l.T("Register “{name}”, without a voice in governance", "name", p.subject)
	case a.RemoveBody != nil:
		return l.T("End the membership of “{name}”, and of the nodes it runs", "name", p.subject)
	case a.AdmitValidator != nil:
		return l.T("Have the node {node} of “{name}” decide blocks", "node", a.AdmitValidator.Name, "name", p.subject)
	case a.ChangeValidator != nil:
		return l.T("Change keys, address or power of the node {node}", "node", a.ChangeValidator.Validator.Name)
	case a.RemoveValidator != nil:
		return l.T("Have the node {node} no longer decide blocks", "node", p.subject)
	case a.SetParameters != nil:
		return parameterWords(l, a.SetParameters)
	case a.Upgrade != nil:
		return l.T("Run version {version} from block {height} on", "version", a.Upgrade.Version, "height", fmt.Sprint(a.Upgrade.Height))
	}
	return ""
}

func parameterWords(l *web.Locale, p *machine.Parameters) string {
	quota := l.T("no quota for one person")
	if p.QuotaEntries > 0 {
		quota = l.N(p.QuotaEntries, "at most {n} entry of one person in {hours} hours", "at most {n} entries of one person in {hours} hours", "hours", p.QuotaHours)
	}
	passkeys := l.T("no passkeys")
	if p.Passkeys != "" {
		passkeys = l.T("passkeys of {domain}", "domain", p.Passkeys)
	}
	seal := l.N(p.Silence/1000, "Seal at least every second", "Seal at least every {n} seconds")
	return l.T("{seal}; {quota}; {passkeys}", "seal", seal, "quota", quota, "passkeys", passkeys)
}

func bodyName(s *readmodel.Snapshot, id publica.BodyID) (string, error) {
	name := id.String()
	_, err := s.One("SELECT name FROM body WHERE id = ?", readmodel.Args{id}, &name)
	return name, err
}
