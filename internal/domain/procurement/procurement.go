package procurement

import "publica/internal/machine"

// Domain lists the kinds of procurement and the system records of its clocks.
func Domain() machine.Domain {
	return machine.Domain{
		Name: "procurement",
		Kinds: []machine.Kind{
			machine.Define("procurement/plan", "Says what is to be bought, before the tender. By the buyer.", checkPlan, applyPlan),
			machine.Define("procurement/publish", "Publishes a tender with all that its evaluation will rest on; takes effect when its keys stand. By the buyer.", checkPublish, applyPublish),
			machine.Define("procurement/amend", "Changes a tender before its deadline, with a reason; bids to the old text are superseded. By the buyer.", checkAmend, applyAmend),
			machine.Define("procurement/cancel", "Cancels a tender before its contracts, with a reason; bids that are sealed stay sealed. By the buyer.", checkCancel, applyCancel),
			machine.Define("procurement/ask", "Asks about a tender. By whom its charter admits.", checkAsk, applyAsk),
			machine.Define("procurement/answer", "Answers questions, for all to see. By the buyer.", checkAnswer, applyAnswer),

			machine.Define("procurement/trustee-announce", "Announces the keys that shares of a tender's key will be encrypted to. By a trustee, or in confidential mode by an evaluator.", checkAnnounce, applyAnnounce),
			machine.Define("procurement/trustee-commit", "Commits to a deal of the tender's key. By a trustee.", checkCommit, applyCommit),
			machine.Define("procurement/trustee-deal", "Reveals the deal that was committed to. By a trustee.", checkDeal, applyDeal),
			machine.Define("procurement/trustee-complain", "Says which dealt shares are wrong, with the evidence, or that none is. By a trustee.", checkComplain, applyComplain),
			machine.Define("procurement/trustee-destroy", "Declares that the author keeps nothing of a tender's keys any more, once the tender is over. By a trustee.", checkDestroy, applyDestroy),

			machine.Define("procurement/bid", "Bids, sealed. By a key of the bidder's, used for this tender alone.", checkBid, applyBid),
			machine.Define("procurement/withdraw-bid", "Takes a bid back before the deadline. By its bidder.", checkWithdraw, applyWithdraw),
			machine.Define("procurement/storage-receipt", "Says that a bid is held, buckets and documents. By a body that runs a validator, or a node's intake.", checkReceipt, applyReceipt),
			machine.Define("procurement/open-share", "Opens an envelope of all bids, together with the other trustees. By a trustee after the deadline; before it, a breach.", checkShare, applyShare),
			machine.Define("procurement/partial-complain", "Proves that what a trustee sent to the board does not open a bid. By an evaluator, in confidential mode.", checkPartialComplain, applyPartialComplain),
			machine.Define("procurement/reveal", "Opens one's own envelope when the trustees are silent. By its bidder.", checkReveal, applyReveal),

			machine.Define("procurement/compliance-result", "Says how a bid stands to the pinned rules; anyone computes the same. By the buyer.", checkResult, applyResult),
			machine.Define("procurement/cure-request", "Lets a bidder cure what its bid lacks. By the buyer.", checkCureRequest, applyCureRequest),
			machine.Define("procurement/cure", "Cures a bid. By its bidder.", checkCure, applyCure),
			machine.Define("procurement/score-commit", "Commits to the scores of a lot's bids before prices open. By an evaluator.", checkScoreCommit, applyScoreCommit),
			machine.Define("procurement/score-reveal", "Reveals the scores that were committed to. By the evaluator.", checkScoreReveal, applyScoreReveal),
			machine.Define("procurement/memo", "Ranks the bids of a lot, with the reasons. By the buyer.", checkMemo, applyMemo),
			machine.Define("procurement/reject", "Rejects a bid, with a signed reason that cites records. By the buyer.", checkReject, applyReject),
			machine.Define("procurement/intent", "Says to whom the buyer intends to award; the standstill begins. By the buyer.", checkIntent, applyIntent),
			machine.Define("procurement/protest", "Protests; no award passes while it is open. By a bidder, or whoever the charter admits.", checkProtest, applyProtest),
			machine.Define("procurement/protest-step", "Answers, supports or withdraws a protest. By the protester, the buyer, or who reviews.", checkProtestStep, applyProtestStep),
			machine.Define("procurement/decide", "Decides a protest. By a reviewer of the charter.", checkDecide, applyDecide),
			machine.Define("procurement/award", "Awards a lot, with a signed reason that cites records. By the buyer.", checkAward, applyAward),
			machine.Define("procurement/debrief", "Tells a bidder why it did not win. By the buyer.", checkDebrief, applyDebrief),

			machine.Define("procurement/contract", "Records the contract of an award, with its milestones. By the buyer.", checkContract, applyContract),
			machine.Define("procurement/milestone", "Says that a milestone is reached. By the supplier or the buyer.", checkMilestone, applyMilestone),
			machine.Define("procurement/accept", "Accepts or refuses a milestone. By the buyer.", checkAccept, applyAccept),
			machine.Define("procurement/payment", "Records a payment for a milestone. By the buyer.", checkPayment, applyPayment),
			machine.Define("procurement/modify", "Modifies a contract, with a reason. By the buyer.", checkModify, applyModify),
			machine.Define("procurement/terminate", "Ends a contract before its time, with a reason. By the buyer.", checkTerminate, applyTerminate),
		},
		Systems: []machine.System{
			{Name: clockEndedKind, Doc: "A clock of a tender ran out.", Apply: clockEnded},
			{Name: clockMovedKind, Doc: "Blocks had stopped: a clock of a tender was moved by rule.", Apply: neverDue},
			{Name: ceremonyKind, Doc: "The trustees' ceremony went on to its next step.", Apply: neverDue},
			{Name: ceremonyFailedKind, Doc: "The trustees made no key: nothing is published.", Apply: neverDue},
			{Name: publishedKind, Doc: "The keys of a tender stand: bids are taken.", Apply: neverDue},
			{Name: unstoredKind, Doc: "The deadline passed: bids that no quorum holds, which do not count.", Apply: neverDue},
			{Name: closedKind, Doc: "The deadline passed: which bids count.", Apply: neverDue},
			{Name: openedKind, Doc: "An envelope of all bids of a lot is open.", Apply: neverDue},
			{Name: missedKind, Doc: "Evaluators missed the time to commit to scores, or to reveal them: the tender goes on without them.", Apply: neverDue},
			{Name: reclosedKind, Doc: "A complaint was justified: too few trustees are left who opened.", Apply: neverDue},
			{Name: breachKind, Doc: "A share was published before its time, or after the end of the tender.", Apply: neverDue},
			{Name: sharesDestroyedKind, Doc: "So many trustees declare that they destroyed their shares that the others can open nothing.", Apply: neverDue},
			{Name: endedKind, Doc: "A tender ended: cancelled, unsuccessful, or carried out.", Apply: neverDue},
		},
	}
}

// neverDue is for records that follow another at once and are not scheduled.
func neverDue(*machine.Tx, *machine.Due) bool { return false }
