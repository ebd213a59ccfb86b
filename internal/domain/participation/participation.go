package participation

import "publica/internal/machine"

// Domain lists the kinds of participation.
func Domain() machine.Domain {
	return machine.Domain{
		Name: "participation",
		Kinds: []machine.Kind{
			machine.Define("participation/timeline", "Publishes the dates of each stage. By the lead body.", checkTimeline, applyTimeline),
			machine.Define("participation/outreach", "Records how people were told that they can take part. By the lead body or its members.", checkOutreach, applyOutreach),
			machine.Define("participation/meeting", "Records a meeting with who was there and its minutes. By the lead body or its members.", checkMeeting, applyMeeting),
			machine.Define("participation/evidence", "Adds to the public evidence of the process. By the lead body or its members.", checkEvidence, applyEvidence),
			machine.Define("participation/idea", "Suggests something. By whom the charter admits.", checkIdea, applyIdea),
			machine.Define("participation/draft", "Publishes the next version of the text, with reasons for what changed. By the lead body.", checkDraft, applyDraft),
			machine.Define("participation/comment", "Says something about the docket, a section, an idea or a comment. By whom the charter admits.", checkComment, applyComment),
			machine.Define("participation/endorse", "Supports an idea or comment, once per person. By whom the charter admits.", checkEndorse, applyEndorse),
			machine.Define("participation/unendorse", "Withdraws one's endorsement. By who endorsed.", checkUnendorse, applyUnendorse),
			machine.Define("participation/group", "Names contributions that say the same thing, such as the letters of a campaign. By the lead body.", checkGroup, applyGroup),
			machine.Define("participation/withdraw", "Takes a contribution back. By who made it.", checkWithdraw, applyWithdraw),
			machine.Define("participation/disavow", "Says that a contribution was made in one's name by somebody else. By a verified person, or a moderator for them.", checkDisavow, applyDisavow),
			machine.Define("participation/reinstate", "Ends a disavowal that was wrong. By a reviewer or moderator.", checkReinstate, applyReinstate),
			machine.Define("participation/response", "Answers contributions, with an outcome and a reason. By the lead body.", checkResponse, applyResponse),
			machine.Define("participation/explain", "Gives the reason for ghosts of an earlier version. By the lead body.", checkExplain, applyExplain),
			machine.Define("participation/codify", "Declares a version final; refused while anything is owed. By the lead body.", checkCodify, applyCodify),
		},
		Systems: []machine.System{
			{Name: codified, Doc: "What a docket held when its outcome was declared final.", Apply: neverDue},
		},
	}
}

// neverDue is for records that follow an entry at once and are not scheduled.
func neverDue(*machine.Tx, *machine.Due) bool { return false }
