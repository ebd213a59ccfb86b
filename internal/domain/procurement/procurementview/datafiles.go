package procurementview

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"

	"publica/archive"
	"publica/internal/web"
	"publica/ocds"
	"publica/tender"
)

// mountDataFiles adds the tables of a tender. Columns have the names of the API's
// fields, in English: programs read them. Amounts are in minor units.
func (p *pages) mountDataFiles(site *web.Site) {
	for name, rows := range map[string]func(*dataTable) error{"bids": writeBids, "items": writeItems, "clocks": writeClocks, "payments": writePayments} {
		site.Stream("GET /docket/{id}/tender/data/"+name+".csv", p.dataFile(name, rows))
	}
	site.Stream("GET /flags.csv", p.flagsFile)
}

// A dataTable is a table that is being written.
type dataTable struct {
	*csv.Writer
	*tenderView
	open []*tender.OpenBid
}

func (p *pages) dataFile(name string, rows func(*dataTable) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := web.PathDocket(r, "id")
		if err != nil {
			return err
		}
		t := &dataTable{}
		if t.tenderView, err = p.view(r.Context(), id, ""); err != nil {
			return err
		}
		if t.open, err = t.bids(); err != nil {
			return err
		}
		t.Writer = startCSV(w, name)
		if err := rows(t); err != nil {
			return err
		}
		t.Flush()
		return t.Writer.Error()
	}
}

func startCSV(w http.ResponseWriter, name string) *csv.Writer {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	h.Set("Cache-Control", "no-store") // what is on the register grows
	h.Set("Access-Control-Allow-Origin", "*")
	return csv.NewWriter(w)
}

// opened returns a bid as far as it can be read, nil if it did not count.
func (t *dataTable) opened(b *tender.Bid) *tender.OpenBid {
	for _, x := range t.open {
		if x.ID == b.ID {
			return x
		}
	}
	return nil
}

func writeBids(t *dataTable) error {
	if err := t.Write([]string{"bid", "lot", "author", "name", "scheme", "identifier", "time", "status", "access", "price", "currency", "passes", "rejected", "wins", "documents"}); err != nil {
		return err
	}
	for _, b := range t.BidsTold() {
		if err := t.Write(t.bidRow(b)); err != nil {
			return err
		}
	}
	return nil
}

func (t *dataTable) bidRow(b *tender.Bid) []string {
	x := t.opened(b)
	name, scheme, identifier, access, price, currency := "", "", "", "", "", ""
	if x != nil {
		var all []string
		for _, e := range x.Opened {
			all = append(all, e.Name+":"+string(e.Access))
		}
		access = strings.Join(all, " ")
	}
	if x != nil && x.Offer != nil {
		if o := x.Offer.Bidder; o != nil {
			name, scheme, identifier = o.Name, o.Scheme, o.ID
		}
		if m := x.Offer.Price; m != nil {
			price, currency = strconv.FormatInt(m.Amount, 10), m.Currency
		}
	}
	passes, rejected := "", ""
	if b.Judged {
		passes = strconv.FormatBool(b.Passes())
	}
	if b.Rejected != nil {
		rejected = b.Rejected.Code
	}
	l := t.Lot(b.Lot)
	wins := strconv.FormatBool(l != nil && l.Award != nil && l.Award.Bid == b.ID)
	return []string{b.ID.String(), archive.Cell(b.Lot), b.Author.String(), archive.Cell(name), archive.Cell(scheme), archive.Cell(identifier), b.Time.String(), string(b.Status), access, price, currency, passes, rejected, wins, strconv.Itoa(len(b.Documents))}
}

func writeItems(t *dataTable) error {
	if err := t.Write([]string{"bid", "lot", "item", "description", "quantity", "unit", "unit_price", "currency"}); err != nil {
		return err
	}
	for _, b := range t.open {
		if b.Offer == nil || b.Offer.Price == nil {
			continue
		}
		for _, i := range b.Offer.Items {
			row := []string{b.ID.String(), archive.Cell(b.Lot), archive.Cell(i.ID), archive.Cell(i.Description), strconv.FormatInt(i.Quantity, 10), archive.Cell(i.Unit), strconv.FormatInt(i.Price, 10), b.Offer.Price.Currency}
			if err := t.Write(row); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeClocks(t *dataTable) error {
	if err := t.Write([]string{"clock", "record", "subject", "started", "set", "ends", "moved", "ran_out", "ran_record", "stopped", "stopped_record"}); err != nil {
		return err
	}
	for _, c := range t.Clocks {
		row := []string{c.Name, c.Record.String(), archive.IDCell(c.Subject), c.Started.String(), c.Set.String(), c.Ends.String(), strconv.Itoa(len(c.Moved)),
			archive.TimeCell(c.Ran.Time), archive.IDCell(c.Ran.ID), archive.TimeCell(c.Stopped.Time), archive.IDCell(c.Stopped.ID)}
		if err := t.Write(row); err != nil {
			return err
		}
	}
	return nil
}

func writePayments(t *dataTable) error {
	if err := t.Write([]string{"contract", "lot", "supplier", "milestone", "amount", "currency", "paid", "recorded", "record"}); err != nil {
		return err
	}
	for _, c := range t.Process.Contracts {
		for _, x := range c.Payments {
			row := []string{c.ID.String(), archive.Cell(c.Lot), c.Supplier.String(), archive.Cell(x.Milestone), strconv.FormatInt(x.Amount.Amount, 10), x.Amount.Currency, x.Paid.String(), x.Time.String(), x.ID.String()}
			if err := t.Write(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// flagsFile is the list of /flags as a table.
func (p *pages) flagsFile(w http.ResponseWriter, r *http.Request) error {
	report, err := p.flagReport(r.Context())
	if err != nil {
		return err
	}
	f, err := flagFilterOf(r)
	if err != nil {
		return err
	}
	t := startCSV(w, "flags")
	if err := t.Write([]string{"code", "title", "group", "id", "name", "value", "against", "ocid", "path"}); err != nil {
		return err
	}
	for _, x := range report.narrowed(f) {
		for _, in := range x.Inputs {
			if err := t.Write(flagRow(report, &x, in)); err != nil {
				return err
			}
		}
	}
	t.Flush()
	return t.Error()
}

func flagRow(report *registerFlags, x *ocds.Flag, in ocds.Input) []string {
	against := ""
	if x.Against != nil {
		against = x.Against.RatString()
	}
	return []string{x.Code, x.Title, string(x.Group), x.ID, archive.Cell(nameIn(report.release(in.OCID), x.ID)), x.Value.RatString(), against, in.OCID, string(in.Path)}
}
