package commitmentview

import (
	"context"
	"encoding/json/v2"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity/identityview"
	"publica/internal/domain/participation/participationview"
	"publica/internal/machine"
	"publica/internal/readmodel"
	"publica/internal/registertest"
	"publica/internal/web"
)

// face is the register as the pages see it.
type face struct {
	*register
	model *readmodel.Model
}

func (f face) Submit(context.Context, *publica.Submission) (*publica.Receipt, error) {
	return nil, publica.Problem(publica.Busy, "", "takes nothing in a test")
}

func (f face) Check(context.Context, *publica.Submission) error { return nil }

func (f face) Receipt(context.Context, publica.EntryID) (*publica.Receipt, error) {
	return nil, publica.Problem(publica.NotFound, "", "has no receipts in a test")
}

func (f face) record(i int64) web.Record {
	l := &f.Log[i]
	leaf, err := publica.ParseLeaf(l.Bytes)
	if err != nil {
		f.tb.Fatal(err)
	}
	return web.Record{ID: l.ID, Index: i, Docket: l.Docket, Seq: l.Seq, Raw: l.Bytes, Leaf: leaf}
}

func (f face) Record(_ context.Context, id publica.EntryID) (*web.Record, error) {
	for i := range f.Log {
		if f.Log[i].ID == id {
			r := f.record(int64(i))
			return &r, nil
		}
	}
	return nil, publica.Problem(publica.NotFound, "id", "is not on the log")
}

func (f face) Records(_ context.Context, from int64, limit int) ([]web.Record, error) {
	var all []web.Record
	for i := from; i < min(f.Size(), from+int64(limit)); i++ {
		all = append(all, f.record(i))
	}
	return all, nil
}

func (f face) Checkpoint(context.Context) ([]byte, error) { return f.Law.Checkpoint() }

func (f face) Tile(_ context.Context, path string) ([]byte, error) { return f.Law.Tile(path) }

func (f face) Content(ctx context.Context, c publica.Commitment) (*publica.Content, error) {
	hidden := false
	f.Law.View(func(tx *machine.Tx) { _, hidden = docket.IsHidden(tx, c) })
	if hidden {
		return nil, publica.Problem(publica.NotFound, "commitment", "is hidden")
	}
	return f.Withheld(ctx, c)
}

func (f face) Withheld(_ context.Context, c publica.Commitment) (*publica.Content, error) {
	erased := false
	f.Law.View(func(tx *machine.Tx) { _, erased = docket.IsErased(tx, c) })
	data, ok := f.content[c]
	if !ok || erased {
		return nil, publica.Problem(publica.NotFound, "commitment", "is not held")
	}
	return &publica.Content{Data: data}, nil
}

func (f face) Export(context.Context, publica.DocketID, io.Writer) error {
	return publica.Problem(publica.NotFound, "", "no exports in a test")
}

func (f face) Founding() *web.Founding {
	return &web.Founding{Name: "rivers.publica.example", Founded: publica.Time(1)}
}

func (f face) Policy() string { return "" }

func (f face) Validators() []web.Validator { return nil }

func (f face) LightBlock(context.Context, int64) ([]byte, error) {
	return nil, publica.Problem(publica.NotFound, "height", "is not kept")
}

func (f face) Status() *web.Status {
	return &web.Status{Size: f.Size(), Root: f.Root(), Height: f.Height, Time: f.Now, Shown: f.model.Next(), Ready: true}
}

// site serves the pages of a register.
func (r *register) site() (http.Handler, *readmodel.Model) {
	r.tb.Helper()
	m := r.model()
	s, err := web.New(web.Config{Register: face{r, m}, Title: "Open Rivers Register", Operator: "Office of Open Rivers", PostRate: -1, Gallery: true, Now: func() time.Time { return r.Now.Std() }})
	if err != nil {
		r.tb.Fatal(err)
	}
	if err := participationview.Mount(s, m, nil, nil, nil); err != nil {
		r.tb.Fatal(err)
	}
	if err := Mount(s, m, participationview.Menu, true); err != nil {
		r.tb.Fatal(err)
	}
	if err := identityview.Mount(s, m); err != nil {
		r.tb.Fatal(err)
	}
	return s.Handler(), m
}

func get(tb testing.TB, h http.Handler, path string) (int, string) {
	tb.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Code, w.Body.String()
}

// page fetches a page that must be there, and checks the HTML of it.
func page(tb testing.TB, h http.Handler, path string) string {
	tb.Helper()
	code, body := get(tb, h, path)
	if code != http.StatusOK {
		tb.Fatalf("GET %s: %d\n%.2000s", path, code, body)
	}
	if err := registertest.WellFormed(body); err != nil {
		tb.Errorf("GET %s: %v", path, err)
	}
	return body
}

// read fetches a read of the API into v.
func read(tb testing.TB, h http.Handler, path string, v any) {
	tb.Helper()
	code, body := get(tb, h, "/api/v1"+path)
	if code != http.StatusOK {
		tb.Fatalf("GET %s: %d %s", path, code, body)
	}
	if err := json.Unmarshal([]byte(body), v); err != nil {
		tb.Fatalf("GET %s: %v in %s", path, err, body)
	}
}
