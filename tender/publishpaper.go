package tender

import (
	"slices"
	"strings"

	"publica"
	"publica/ocds"
)

// What the texts and attachments of a record are in the standard's list of document
// types, and where in a release they stand.
type papers struct {
	text, attachment string                               // types; "" leaves the documents of the kind out
	title            string                               // of the text
	at               func(x *publisher, r *Record) string // where they belong
	bids             bool                                 // they are about bids: in confidential mode none of them is named
}

// Places of documents in a release. Those of an award, a contract, a bid, a
// complaint or an evaluation are called by what it is and its id.
const (
	inPlanning = "planning"
	inTender   = "tender"
)

var papersOf = map[publica.Kind]papers{
	"procurement/plan":         {text: "procurementPlan", attachment: "procurementPlan", title: "What is to be bought", at: to(inPlanning)},
	"procurement/publish":      {text: "tenderNotice", attachment: "biddingDocuments", title: "Invitation to tender", at: to(inTender)},
	"procurement/amend":        {text: "tenderNotice", attachment: "biddingDocuments", title: "Amendment", at: to(inTender)},
	"procurement/ask":          {text: "clarifications", attachment: "clarifications", title: "Question", at: to(inTender)},
	"procurement/answer":       {text: "clarifications", attachment: "clarifications", title: "Answer", at: to(inTender)},
	"procurement/cancel":       {text: "cancellationDetails", attachment: "cancellationDetails", title: "Cancellation", at: to(inTender)},
	"procurement/memo":         {text: "evaluationReports", attachment: "evaluationReports", title: "Evaluation memo", at: to(inTender), bids: true},
	"procurement/score-reveal": {text: "evaluationReports", attachment: "evaluationReports", title: "Reasons of an evaluator", at: toScoring, bids: true},

	"procurement/compliance-result": {text: "evaluationReports", attachment: "evaluationReports", title: "Compliance", at: toBid, bids: true},
	"procurement/cure-request":      {text: "evaluationReports", attachment: "evaluationReports", title: "Request to cure the bid", at: toBid, bids: true},
	"procurement/cure":              {text: "submissionDocuments", attachment: "submissionDocuments", title: "Cure of the bid", at: toBid, bids: true},
	"procurement/reject":            {text: "evaluationReports", attachment: "evaluationReports", title: "Rejection of the bid", at: toBid, bids: true},
	"procurement/debrief":           {text: "evaluationReports", attachment: "evaluationReports", title: "Debriefing", at: toBid, bids: true},

	"procurement/intent":       {text: "awardNotice", attachment: "awardNotice", title: "Intent to award", at: toIntent},
	"procurement/award":        {text: "awardNotice", attachment: "awardNotice", title: "Award", at: toAward},
	"procurement/protest":      {text: "complaints", attachment: "complaints", title: "Protest", at: toProtest},
	"procurement/protest-step": {text: "complaints", attachment: "complaints", title: "Reply in a protest", at: toProtest},
	"procurement/decide":       {text: "complaints", attachment: "complaints", title: "Decision of a protest", at: toProtest},

	"procurement/contract":  {text: "contractNotice", attachment: "contractSigned", title: "Contract", at: toContract("contract")},
	"procurement/modify":    {text: "contractNotice", attachment: "contractAnnexe", title: "Modification of the contract", at: toContract("contract")},
	"procurement/terminate": {text: "contractNotice", attachment: "contractAnnexe", title: "Termination of the contract", at: toContract("contract")},
	"procurement/milestone": {text: "physicalProgressReport", attachment: "physicalProgressReport", title: "Milestone reached", at: toContract("implementation")},
	"procurement/accept":    {text: "completionCertificate", attachment: "completionCertificate", title: "Acceptance of a milestone", at: toContract("implementation")},
	"procurement/payment":   {text: "financialProgressReport", attachment: "financialProgressReport", title: "Payment", at: toContract("implementation")},
}

func to(place string) func(*publisher, *Record) string {
	return func(*publisher, *Record) string { return place }
}

// subject reads the record that a record is about.
func (r *Record) subject() (b struct {
	Bid      publica.EntryID `json:"bid"`
	Contract publica.EntryID `json:"contract"`
	Protest  publica.EntryID `json:"protest"`
	Commit   publica.EntryID `json:"commit"`
	Lot      string          `json:"lot"`
}) {
	_ = r.decode(&b) // the process has taken the record: what it lacks is zero
	return b
}

func toBid(_ *publisher, r *Record) string { return "bid/" + r.subject().Bid.String() }

func toScoring(_ *publisher, r *Record) string { return "scoring/" + r.subject().Commit.String() }

func toProtest(_ *publisher, r *Record) string {
	if r.Kind == "procurement/protest" {
		return "complaint/" + r.ID.String()
	}
	return "complaint/" + r.subject().Protest.String()
}

func toContract(what string) func(*publisher, *Record) string {
	return func(_ *publisher, r *Record) string {
		if r.Kind == "procurement/contract" {
			return what + "/" + r.ID.String()
		}
		return what + "/" + r.subject().Contract.String()
	}
}

// toIntent is the place of what is said with an intent: all awards that follow it.
func toIntent(_ *publisher, r *Record) string { return "intent/" + r.ID.String() }

// toAward is the place of what is said with an award of a lot.
func toAward(x *publisher, r *Record) string {
	lot := r.subject().Lot
	for _, in := range slices.Backward(x.process.Intents) {
		if slices.ContainsFunc(in.Awards, func(a IntendedAward) bool { return a.Lot == lot }) {
			return "award/" + awardID(in.ID, lot)
		}
	}
	return "award/" + r.ID.String()
}

// file takes the texts and attachments of a record that are at hand. Buckets,
// ciphertexts and what is sealed are no documents.
func (x *publisher) file(r *Record) {
	k, ok := papersOf[r.Kind]
	if !ok || x.Base == "" || k.bids && x.process.Terms().Mode == Confidential {
		return
	}
	for i := range r.Parts {
		n := x.paper(r, &r.Parts[i], &k)
		if n == nil {
			continue
		}
		place := k.at(x, r)
		x.papers[place] = append(x.papers[place], n)
	}
}

func (x *publisher) paper(r *Record, p *publica.Part, k *papers) *ocds.Node {
	kind, title := k.text, k.title
	number, attached := strings.CutPrefix(p.Name, "attachment-")
	switch {
	case attached:
		kind, title = k.attachment, k.title+", attachment "+number
	case p.Name == "rules":
		kind, title = "eligibilityCriteria", "Compliance rules"
	case r.Kind == "procurement/amend" && p.Name == "reason":
		title = "Reason of the amendment"
	case p.Name != "text" && p.Name != "reason" && p.Name != "reasons":
		return nil
	}
	if _, ok := x.content(r.ID, p.Name); !ok {
		return nil
	}
	n := ocds.Object("id", r.ID.String()+"/"+p.Name, "documentType", kind, "title", title,
		"url", x.entry(r.ID)+"/part/"+p.Name, "datePublished", r.Time.String())
	format, _, _ := strings.Cut(p.Media, ";")
	setText(n, "format", strings.TrimSpace(format))
	return n
}

// documents gives a part of a release the documents of places.
func (w *writer) documents(n *ocds.Node, places ...string) {
	var all []*ocds.Node
	for _, place := range places {
		all = append(all, w.papers[place]...)
	}
	setList(n, "documents", all)
}
