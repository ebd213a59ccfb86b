package participationview

import (
	"context"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/docket/docketview"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// A ListQuery is how every list is asked for.
type ListQuery struct {
	Since int64 `query:"since" minimum:"0" doc:"log index to continue from: next of the page before"`
	Limit int   `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"how many items at most"`
}

// DocketPath names the docket a read is about.
type DocketPath struct {
	ID string `path:"id" doc:"docket id, 64 hexadecimal digits"`
}

// A page of a list. Next continues it; there is no ceiling.
type listOut[T any] struct {
	Items []T   `json:"items"`
	Next  int64 `json:"next" doc:"log index to continue from; -1: this is the end"`
	AsOf  int64 `json:"as_of" doc:"log size that this answer rests on"`
}

// mountReads registers the reads of dockets.
func (p *pages) mountReads(site *web.Site) {
	op := func(path, name, summary, doc string) web.Op {
		return web.Op{Path: path, Name: name, Summary: summary, Doc: doc, Tag: "Dockets"}
	}
	web.Read(site, op("/dockets", "list-dockets", "All dockets", "Each with its charter, its periods, its counts and where it stands."), p.readDockets)
	web.Read(site, op("/dockets/{id}", "get-docket", "One docket", ""), p.readDocket)
	web.Read(site, op("/dockets/{id}/charter", "get-charter", "The charter and every change of it", ""), p.readCharter)
	web.Read(site, op("/dockets/{id}/periods", "get-periods", "Periods, and every change of them", "Periods open and close by block time, as system records."), p.readPeriods)
	web.Read(site, op("/dockets/{id}/ideas", "list-ideas", "Ideas", ""), p.readIdeas)
	web.Read(site, op("/dockets/{id}/comments", "list-comments", "Comments", "In the order they came in, replies too. Every parameter narrows the list. A page that narrows by several may hold fewer than it could, or none: go on while next is not -1."), p.readComments)
	web.Read(site, op("/dockets/{id}/responses", "list-responses", "Responses", "What each answers is in targets and ranges."), p.readResponses)
	web.Read(site, op("/dockets/{id}/drafts", "list-drafts", "Versions of the text", ""), p.readDrafts)
	web.Read(site, op("/dockets/{id}/drafts/{version}", "get-draft", "One version, with its text and what changed in it", ""), p.readDraft)
	web.Read(site, op("/dockets/{id}/debt", "get-debt", "Answer debt", "How many contributions are owed a response, and which. The list is by position in the docket."), p.readDebt)
	web.Read(site, op("/dockets/{id}/ghosts", "list-ghosts", "What changed or vanished without a reason", ""), p.readGhosts)
	web.Read(site, op("/dockets/{id}/certificate", "get-certificate", "How it stands to the requirements of the Open Government Partnership", "Evaluated now, from the records of the docket alone; publica ogp comes to the same from its export."), p.readCertificate)
	web.Read(site, op("/dockets/{id}/groups", "list-groups", "Contributions that say the same thing", "Groups that stand, such as campaigns. Members are those comments whose group is the entry."), p.readGroups)
	web.Read(site, op("/dockets/{id}/moderation", "list-moderation", "The moderation log", "What was hidden, erased, appealed against, withdrawn or disavowed. Filters narrow it."), p.readModeration)
	web.Read(site, op("/dockets/{id}/refused", "list-refused", "Entries the rules refused", "They are on the log and have no effect."), p.readRefused)
	web.Read(site, op("/contributions/{id}", "get-contribution", "One idea or comment, and what became of it", ""), p.readContribution)
	web.Read(site, web.Op{Path: "/search", Name: "search", Summary: "Search the text of the register", Tag: "Search",
		Doc: "All words are required; \"quoted words\" stand together; word* finds words that begin so; -word leaves out. By relevance, or the newest first where there are too many to rank."}, p.readSearch)
}

func (p *pages) readDockets(ctx context.Context, in *ListQuery) (*listOut[DocketStanding], error) {
	out := &listOut[DocketStanding]{Next: -1}
	err := p.model.Read(ctx, func(s *readmodel.Snapshot) (err error) {
		out.AsOf = s.Next
		if out.Items, err = standings(s, in.Since, in.Limit+1); err == nil && len(out.Items) > in.Limit {
			out.Next, out.Items = out.Items[in.Limit].Index, out.Items[:in.Limit]
		}
		return err
	})
	return out, err
}

// docketOut is a docket with the log size the answer rests on.
type docketOut struct {
	DocketStanding
	Welcome bool   `json:"welcome" doc:"contributions are taken now"`
	Words   string `json:"welcome_words" doc:"the same in words"`
	AsOf    int64  `json:"as_of" doc:"log size that this answer rests on"`
}

// inDocket reads in a docket.
func (p *pages) inDocket(ctx context.Context, id string, f func(*readmodel.Snapshot, *DocketStanding) error) error {
	docket, err := web.ParseDocket("id", id)
	if err != nil {
		return err
	}
	return p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		d, err := standing(s, docket)
		if err != nil {
			return err
		}
		return f(s, d)
	})
}

func (p *pages) readDocket(ctx context.Context, in *DocketPath) (*docketOut, error) {
	out := &docketOut{}
	err := p.inDocket(ctx, in.ID, func(s *readmodel.Snapshot, d *DocketStanding) error {
		c := cardOf(nil, d)
		*out = docketOut{*d, c.Open, c.When, s.Next}
		return nil
	})
	return out, err
}

type charterOut struct {
	Charter docket.Charter              `json:"charter" doc:"in force now"`
	Entry   publica.EntryID             `json:"entry" doc:"entry that set it"`
	History []docketview.CharterVersion `json:"history" doc:"every charter there was, the first one first"`
}

func (p *pages) readCharter(ctx context.Context, in *DocketPath) (*charterOut, error) {
	out := &charterOut{}
	err := p.inDocket(ctx, in.ID, func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
		out.Charter, out.Entry = d.Charter, d.CharterSet
		out.History, err = docketview.Charters(s, d.Index)
		return err
	})
	return out, err
}

type periodsOut struct {
	Periods   []docketview.Period       `json:"periods" doc:"as they stand"`
	History   []docketview.PeriodChange `json:"history" doc:"every record that set them"`
	Timelines []Timeline                `json:"timelines" doc:"every timeline published, the last one holds"`
}

func (p *pages) readPeriods(ctx context.Context, in *DocketPath) (*periodsOut, error) {
	out := &periodsOut{}
	err := p.inDocket(ctx, in.ID, func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
		out.Periods = d.Periods
		if out.History, err = docketview.PeriodChanges(s, d.Index); err != nil {
			return err
		}
		out.Timelines, err = timelines(s, d.Index)
		return err
	})
	return out, err
}

type ideasIn struct {
	DocketPath
	ListQuery
	State string `query:"state" enum:"owed,answered" doc:"only those owed a response, or answered"`
}

func (p *pages) readIdeas(ctx context.Context, in *ideasIn) (*listOut[Contribution], error) {
	return p.readContributions(ctx, in.ID, in.ListQuery, filter{kind: "idea", state: in.State})
}

type commentsIn struct {
	DocketPath
	ListQuery
	State   string `query:"state" enum:"owed,answered" doc:"only those owed a response, or answered"`
	Stance  string `query:"stance" enum:"support,oppose,neutral" doc:"only of this stance"`
	Section string `query:"section" maxLength:"64" doc:"only on this section of the draft"`
	Channel string `query:"channel" enum:"key,passkey,intake,imported" doc:"only through this channel"`
	Text    string `query:"q" maxLength:"500" doc:"only with these words"`
	Files   bool   `query:"attachments" doc:"only with attachments"`
}

func (p *pages) readComments(ctx context.Context, in *commentsIn) (*listOut[Contribution], error) {
	return p.readContributions(ctx, in.ID, in.ListQuery, filter{kind: "comment", text: in.Text, state: in.State, stance: in.Stance, section: in.Section, channel: in.Channel, files: in.Files})
}

func (p *pages) readContributions(ctx context.Context, id string, in ListQuery, f filter) (*listOut[Contribution], error) {
	out := &listOut[Contribution]{}
	err := p.inDocket(ctx, id, func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
		f.docket, f.in, f.since, f.limit = d.Index, d.ID, in.Since, in.Limit
		out.AsOf = s.Next
		out.Items, out.Next, err = contributions(s, f)
		return err
	})
	return out, err
}

type docketListIn struct {
	DocketPath
	ListQuery
}

func (p *pages) readResponses(ctx context.Context, in *docketListIn) (*listOut[Response], error) {
	out := &listOut[Response]{}
	err := p.inDocket(ctx, in.ID, func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
		out.AsOf = s.Next
		out.Items, out.Next, err = responses(s, d.Index, in.Since, in.Limit)
		return err
	})
	return out, err
}

type draftsIn struct {
	DocketPath
	From  int64 `query:"from" minimum:"0" doc:"version to continue from"`
	Limit int   `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"how many versions at most"`
}

type draftsOut struct {
	Items []DraftHead `json:"items"`
	Next  int64       `json:"next" doc:"version to continue from; -1: this is the end"`
}

func (p *pages) readDrafts(ctx context.Context, in *draftsIn) (*draftsOut, error) {
	out := &draftsOut{Next: -1}
	err := p.inDocket(ctx, in.ID, func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
		out.Items, err = drafts(s, d.Index, in.From, in.Limit+1)
		if err == nil && len(out.Items) > in.Limit {
			out.Next, out.Items = out.Items[in.Limit].Version, out.Items[:in.Limit]
		}
		return err
	})
	return out, err
}

type draftIn struct {
	DocketPath
	Version int64 `path:"version" minimum:"1" doc:"number of the version"`
}

func (p *pages) readDraft(ctx context.Context, in *draftIn) (*Draft, error) {
	var out *Draft
	err := p.inDocket(ctx, in.ID, func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
		out, err = draft(s, d.Index, in.Version)
		return err
	})
	return out, err
}

type debtIn struct {
	DocketPath
	From  int64 `query:"from" minimum:"0" doc:"position in the docket to continue from"`
	Limit int   `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"how many items at most"`
}

type debtOut struct {
	Contributions int64          `json:"contributions" doc:"ideas and comments"`
	Owed          int64          `json:"owed" doc:"contributions that were ever owed a response"`
	Answered      int64          `json:"answered" doc:"of these, answered"`
	Open          int64          `json:"open" doc:"of these, owed a response still"`
	Items         []Contribution `json:"items" doc:"what is owed, by position in the docket"`
	Next          int64          `json:"next" doc:"position to continue from; -1: this is the end"`
	AsOf          int64          `json:"as_of" doc:"log size that this answer rests on"`
}

func (p *pages) readDebt(ctx context.Context, in *debtIn) (*debtOut, error) {
	out := &debtOut{Next: -1}
	err := p.inDocket(ctx, in.ID, func(s *readmodel.Snapshot, d *DocketStanding) error {
		c := d.Counts
		list, _, err := contributions(s, filter{docket: d.Index, state: "owed", from: in.From, limit: in.Limit + 1})
		if err != nil {
			return err
		}
		if len(list) > in.Limit {
			out.Next, list = list[in.Limit].Position, list[:in.Limit]
		}
		out.Contributions, out.Owed, out.Answered, out.Open, out.Items, out.AsOf = c.Contributions(), c.Owed, c.Answered, c.Open, list, s.Next
		return nil
	})
	return out, err
}

type ghostsIn struct {
	DocketPath
	From  int64 `query:"from" minimum:"0" doc:"version to continue from"`
	Limit int   `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"how many items at most; a version is never split"`
}

type ghostsOut struct {
	Ghosts      int64   `json:"ghosts" doc:"changes that were published without a reason"`
	Unexplained int64   `json:"unexplained" doc:"of these, without one still"`
	Items       []Ghost `json:"items" doc:"by version"`
	Next        int64   `json:"next" doc:"version to continue from; -1: this is the end"`
}

func (p *pages) readGhosts(ctx context.Context, in *ghostsIn) (*ghostsOut, error) {
	out := &ghostsOut{}
	err := p.inDocket(ctx, in.ID, func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
		out.Ghosts, out.Unexplained = d.Counts.Ghosts, d.Counts.Haunting
		out.Items, out.Next, err = ghosts(s, d.Index, in.From, in.Limit)
		return err
	})
	return out, err
}

func (p *pages) readRefused(ctx context.Context, in *docketListIn) (*listOut[RefusedEntry], error) {
	out := &listOut[RefusedEntry]{}
	err := p.inDocket(ctx, in.ID, func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
		out.AsOf = s.Next
		out.Items, out.Next, err = refused(s, d.Index, in.Since, in.Limit)
		return err
	})
	return out, err
}

type contributionIn struct {
	ID string `path:"id" doc:"entry id, 64 hexadecimal digits"`
}

type contributionOut struct {
	Contribution
	Responses []Response `json:"responses" doc:"answers to it"`
	Causes    []Cause    `json:"moved" doc:"changes of the draft that name it as a cause"`
	Carried   []Carriage `json:"carried,omitempty" doc:"sections that carry the idea"`
	Dropped   []Step     `json:"dropped,omitempty" doc:"versions that dropped the idea"`
}

func (p *pages) readContribution(ctx context.Context, in *contributionIn) (*contributionOut, error) {
	id, err := web.ParseEntry("id", in.ID)
	if err != nil {
		return nil, err
	}
	page := &contributionPage{}
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) (err error) {
		if page.Contribution, err = contribution(s, id); err != nil {
			return err
		}
		d, err := docketview.Get(s, page.Contribution.Docket)
		if err != nil {
			return err
		}
		return page.becameOf(s, d.Index)
	})
	if err != nil {
		return nil, err
	}
	return &contributionOut{*page.Contribution, page.Responses, page.Causes, page.Carried, page.Dropped}, nil
}

type searchIn struct {
	Q      string `query:"q" maxLength:"500" doc:"what to look for"`
	Docket string `query:"docket" doc:"only in this docket"`
	Kind   string `query:"kind" maxLength:"64" doc:"only records of this kind, for example participation/comment"`
	Since  int64  `query:"since" minimum:"0" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"how many results at most"`
}

type searchHit struct {
	Entry   publica.EntryID  `json:"entry"`
	Index   int64            `json:"index"`
	Kind    publica.Kind     `json:"kind"`
	Docket  publica.DocketID `json:"docket,omitzero"`
	Time    publica.Time     `json:"time" doc:"block time"`
	Title   []span           `json:"title,omitempty"`
	Snippet []span           `json:"snippet,omitempty"`
}

type span struct {
	Text  string `json:"text"`
	Match bool   `json:"match,omitzero" doc:"this is what was looked for"`
}

type searchOut struct {
	Items  []searchHit `json:"items"`
	Next   int64       `json:"next" doc:"continue with since=; -1: this is the end"`
	Total  int64       `json:"total" doc:"how many records were found, or the bound of counting"`
	More   bool        `json:"more" doc:"there are more than total"`
	Ranked bool        `json:"ranked" doc:"by relevance; otherwise the newest first"`
}

func (p *pages) readSearch(ctx context.Context, in *searchIn) (*searchOut, error) {
	var docket publica.DocketID
	if in.Docket != "" {
		var err error
		if docket, err = web.ParseDocket("docket", in.Docket); err != nil {
			return nil, err
		}
	}
	out := &searchOut{Items: []searchHit{}}
	err := p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		found, err := s.Search(readmodel.Search{Text: in.Q, Docket: docket, Kind: publica.Kind(in.Kind), Cursor: in.Since, Limit: in.Limit})
		if err != nil {
			return err
		}
		for _, h := range found.Hits {
			out.Items = append(out.Items, searchHit{h.ID, h.Index, h.Kind, h.Docket, h.Time, spansOf(h.Title), spansOf(h.Snippet)})
		}
		out.Next, out.Total, out.More, out.Ranked = orEnd(found.Next), found.Total, found.More, found.Ranked
		return nil
	})
	return out, err
}

func spansOf(all []readmodel.Span) []span {
	out := make([]span, len(all))
	for i, s := range all {
		out[i] = span{s.Text, s.Match}
	}
	return out
}
