package viewtest

import (
	"context"
	"io"
	"net/http"
	"time"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
	"publica/internal/readmodel"
	"publica/internal/registertest"
	"publica/internal/web"
)

// Face is the register as the pages see it: a [web.Register].
type Face struct {
	*Register
	Model *readmodel.Model
}

// Face shows the register through a model.
func (r *Register) Face(m *readmodel.Model) Face { return Face{r, m} }

// Site serves the pages of a register that mount adds to a site.
func (r *Register) Site(mount func(*web.Site, *readmodel.Model) error) (http.Handler, *readmodel.Model) {
	r.TB.Helper()
	m := r.Model()
	s, err := web.New(web.Config{Register: r.Face(m), Title: "Open Rivers Register", Operator: "Office of Open Rivers", PostRate: -1, Gallery: true, Now: func() time.Time { return r.Now.Std() }})
	if err != nil {
		r.TB.Fatal(err)
	}
	if err := mount(s, m); err != nil {
		r.TB.Fatal(err)
	}
	return s.Handler(), m
}

// Submit runs the entry at once and shows it. Nobody promises anything: the receipt
// has no promise.
func (f Face) Submit(ctx context.Context, s *publica.Submission) (*publica.Receipt, error) {
	if err := f.Take(s); err != nil {
		return nil, err
	}
	if err := f.Model.Fill(ctx, f.Register, nil); err != nil {
		return nil, err
	}
	return &publica.Receipt{Format: publica.ReceiptFormat, Register: registertest.Register}, nil
}

func (f Face) Check(context.Context, *publica.Submission) error { return nil }

func (f Face) Receipt(context.Context, publica.EntryID) (*publica.Receipt, error) {
	return nil, publica.Problem(publica.NotFound, "", "has no receipts in a test")
}

func (f Face) record(i int64) web.Record {
	l := &f.Log[i]
	leaf, err := publica.ParseLeaf(l.Bytes)
	if err != nil {
		f.TB.Fatal(err)
	}
	return web.Record{ID: l.ID, Index: i, Docket: l.Docket, Seq: l.Seq, Raw: l.Bytes, Leaf: leaf}
}

func (f Face) Record(_ context.Context, id publica.EntryID) (*web.Record, error) {
	for i := range f.Log {
		if f.Log[i].ID == id {
			r := f.record(int64(i))
			return &r, nil
		}
	}
	return nil, publica.Problem(publica.NotFound, "id", "is not on the log")
}

func (f Face) Records(_ context.Context, from int64, limit int) ([]web.Record, error) {
	var all []web.Record
	for i := from; i < min(f.Size(), from+int64(limit)); i++ {
		all = append(all, f.record(i))
	}
	return all, nil
}

func (f Face) Checkpoint(context.Context) ([]byte, error) { return f.Law.Checkpoint() }

func (f Face) Tile(_ context.Context, path string) ([]byte, error) { return f.Law.Tile(path) }

func (f Face) Content(ctx context.Context, c publica.Commitment) (*publica.Content, error) {
	hidden := false
	f.Law.View(func(tx *machine.Tx) { _, hidden = docket.IsHidden(tx, c) })
	if hidden {
		return nil, publica.Problem(publica.NotFound, "commitment", "is hidden")
	}
	return f.Withheld(ctx, c)
}

func (f Face) Withheld(_ context.Context, c publica.Commitment) (*publica.Content, error) {
	erased := false
	f.Law.View(func(tx *machine.Tx) { _, erased = docket.IsErased(tx, c) })
	data, ok := f.content[c]
	if !ok || erased {
		return nil, publica.Problem(publica.NotFound, "commitment", "is not held")
	}
	return &publica.Content{Data: data}, nil
}

func (f Face) Export(context.Context, publica.DocketID, io.Writer) error {
	return publica.Problem(publica.NotFound, "", "no exports in a test")
}

func (f Face) Founding() *web.Founding {
	return &web.Founding{Name: "rivers.publica.example", Founded: publica.Time(1)}
}

func (f Face) Policy() string { return "" }

func (f Face) Validators() []web.Validator { return nil }

func (f Face) LightBlock(context.Context, int64) ([]byte, error) {
	return nil, publica.Problem(publica.NotFound, "height", "is not kept")
}

func (f Face) Status() *web.Status {
	return &web.Status{Size: f.Size(), Root: f.Root(), Height: f.Height, Time: f.Now, Held: f.Size(), Shown: f.Model.Next(), Ready: true}
}
