package node

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"publica"
	"publica/internal/alerts"
	"publica/internal/domain"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// news is the register as alerts tell of it. It implements [alerts.Source].
type news struct {
	site     *web.Site
	model    *readmodel.Model
	calendar *domain.Calendar
}

// Next implements [alerts.Source].
func (n *news) Next() int64 { return n.model.Next() }

// chosen selects the indexes of a query's records, without what the rules
// refused: of each kind as many as are wanted, so that a kind is found by its
// index though a million comments lie between.
func chosen(s *readmodel.Snapshot, q *alerts.Query) (query string, args []any, err error) {
	where, order := "e.idx >= ?", " ORDER BY e.idx"
	common := []any{q.From}
	if q.Newest {
		order += " DESC"
	}
	if q.Before > 0 {
		where, common = where+" AND e.idx < ?", append(common, q.Before)
	}
	if !q.Docket.IsZero() {
		var docket int64
		found, err := s.One("SELECT docket FROM docket_size WHERE id = ?", readmodel.Args{q.Docket}, &docket)
		if err == nil && !found {
			docket = -1
		}
		if err != nil {
			return "", nil, err
		}
		where, common = where+" AND e.docket = ?", append(common, docket)
	}
	var parts []string
	part := func(kind string, of ...any) {
		parts = append(parts, "SELECT * FROM (SELECT e.idx FROM entry e WHERE "+where+kind+
			" AND NOT EXISTS (SELECT 1 FROM refused r WHERE r.idx = e.idx)"+order+" LIMIT "+strconv.Itoa(q.Limit)+")")
		args = append(append(args, common...), of...)
	}
	for _, k := range q.Kinds {
		if domain, ok := strings.CutSuffix(string(k), "/"); ok {
			part(" AND e.kind >= ? AND e.kind < ?", domain+"/", domain+"0") // "0" follows "/"
		} else {
			part(" AND e.kind = ?", string(k))
		}
	}
	if len(q.Kinds) == 0 {
		part("")
	}
	return " FROM entry e WHERE e.idx IN (" + strings.Join(parts, " UNION ALL ") + ")" + order + " LIMIT " + strconv.Itoa(q.Limit), args, nil
}

// Latest implements [alerts.Source].
func (n *news) Latest(ctx context.Context, q alerts.Query) (latest int64, err error) {
	q.Newest, q.Limit = true, 1
	err = n.model.Read(ctx, func(s *readmodel.Snapshot) error {
		from, args, err := chosen(s, &q)
		if err != nil {
			return err
		}
		found, err := s.One("SELECT e.idx"+from, args, &latest)
		if err == nil && !found {
			latest = -1
		}
		return err
	})
	return latest, err
}

// Items implements [alerts.Source].
func (n *news) Items(ctx context.Context, q alerts.Query) (items []alerts.Item, err error) {
	err = n.model.Read(ctx, func(s *readmodel.Snapshot) error {
		from, args, err := chosen(s, &q)
		if err != nil {
			return err
		}
		items, err = readmodel.Collect(s, func(scan readmodel.Scan, it *alerts.Item) error {
			var kind string
			err := scan(&it.Index, &it.ID, &kind, &it.Time, &it.Docket)
			it.Kind = publica.Kind(kind)
			return err
		}, "SELECT e.idx, e.id, e.kind, e.time, (SELECT d.id FROM docket_size d WHERE d.docket = e.docket)"+from, args...)
		titles := map[publica.DocketID]string{{}: ""}
		for i := 0; err == nil && i < len(items); i++ {
			it := &items[i]
			if _, known := titles[it.Docket]; !known {
				var title string
				if title, _, err = domain.DocketName(s, it.Docket); publica.CodeOf(err) == publica.NotFound {
					title, err = "", nil // a docket of a kind that no view shows
				}
				titles[it.Docket] = web.OneLine(title)
			}
			it.In = titles[it.Docket]
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range items {
		d, err := n.site.Describe(ctx, items[i].ID)
		if err != nil {
			return nil, fmt.Errorf("describe record %d: %w", items[i].Index, err)
		}
		items[i].Title, items[i].Text, items[i].Sort = d.Title, d.Summary, d.Kind
	}
	return items, nil
}

// Docket implements [alerts.Source].
func (n *news) Docket(ctx context.Context, id publica.DocketID) (d *alerts.Docket, err error) {
	err = n.model.Read(ctx, func(s *readmodel.Snapshot) error {
		title, opened, err := domain.DocketName(s, id)
		d = &alerts.Docket{ID: id, Title: title, Opened: opened}
		return err
	})
	return d, err
}

// Events implements [alerts.Source].
func (n *news) Events(ctx context.Context, id publica.DocketID) (events []alerts.Event, err error) {
	err = n.model.Read(ctx, func(s *readmodel.Snapshot) error {
		dates, err := n.calendar.Dates(s, web.LocaleIn(ctx), id)
		for _, d := range dates {
			events = append(events, alerts.Event{UID: d.Name, Title: d.Title, Text: d.Text, Href: d.Href, Start: d.Start, End: d.End, Set: d.Set, Index: d.Index})
		}
		return err
	})
	return events, err
}

// alerting makes what tells people and programs what is new.
func alerting(f *Folder, site *web.Site, model *readmodel.Model, founding *web.Founding, vault web.Vault, o Options) (*alerts.Alerts, error) {
	mail, err := f.mail()
	if err != nil {
		return nil, err
	}
	hooks, err := f.webhooks()
	if err != nil {
		return nil, err
	}
	c := alerts.Config{Source: &news{site, model, domain.NewCalendar()}, Register: founding.Name, Founded: founding.Founded, Title: f.Config.Title,
		URL: strings.TrimSuffix(f.Config.URL, "/"), Vault: vault, Log: o.Log, Now: o.Now, Mail: mail, Hooks: hooks}
	if c.Title == "" {
		c.Title = founding.Name
	}
	for _, t := range domain.Topics() {
		c.Topics = append(c.Topics, alerts.Topic(t))
	}
	a, err := alerts.New(c)
	if err != nil {
		return nil, err
	}
	return a, a.Mount(site)
}

// mail returns how letters leave this node, nil if none do.
func (f *Folder) mail() (*alerts.Mail, error) {
	c := &f.Config.Mail
	if c.Server == "" {
		return nil, nil
	}
	m := &alerts.Mail{Server: c.Server, Port: int(c.Port), TLS: c.TLS, User: c.User, From: c.From, Hour: int(c.Hour), Keep: time.Duration(c.KeepDays) * 24 * time.Hour}
	if f.Config.URL == "" {
		return nil, publica.Problem(publica.Invalid, "public_url", "is missing").WithHint("letters lead their readers back to it")
	}
	if c.PasswordFile != "" {
		var err error
		if m.Password, err = f.secretFile("mail.password_file", c.PasswordFile); err != nil {
			return nil, err
		}
	}
	return m, m.Check()
}

// webhooks returns the addresses that records are sent to.
func (f *Folder) webhooks() (all []alerts.Hook, err error) {
	seen := map[string]bool{}
	for i, c := range f.Config.Webhooks {
		at := "webhooks." + strconv.Itoa(i) + "."
		h := alerts.Hook{Name: c.Name, URL: c.URL}
		if h.Secret, err = f.secretFile(at+"secret_file", c.SecretFile); err != nil {
			return nil, err
		}
		for _, text := range c.Dockets {
			id, err := web.ParseDocket(at+"dockets", text)
			if err != nil {
				return nil, publica.Problem(publica.Invalid, at+"dockets", text+" is not the id of a docket").WithHint("its page's address has it, 64 hexadecimal digits")
			}
			h.Dockets = append(h.Dockets, id)
		}
		for _, k := range c.Kinds {
			h.Kinds = append(h.Kinds, publica.Kind(k))
		}
		if err := h.Check(at); err != nil {
			return nil, err
		}
		if seen[h.Name] {
			return nil, publica.Problem(publica.Invalid, at+"name", "names a webhook twice").WithHint("its place in the log is kept under its name")
		}
		seen[h.Name] = true
		all = append(all, h)
	}
	return all, nil
}

// secretFile reads a file that nobody else may read; a path is below the node's
// folder, or absolute.
func (f *Folder) secretFile(field, path string) (string, error) {
	if path == "" {
		return "", publica.Problem(publica.Invalid, field, "is missing").WithHint("name a file of mode 0600")
	}
	path = f.below(path)
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", field, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", publica.Problem(publica.Invalid, field, "can be read by others").WithHint("chmod 600 " + path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", field, err)
	}
	return strings.TrimSpace(string(raw)), nil
}
