package participationview

import (
	"context"
	"encoding/json/v2"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/participation"
	"publica/internal/readmodel"
	"publica/internal/registertest"
)

// manySource is a register followed by very many comments on its docket, whose
// entries nobody signed: the model does not check signatures.
type manySource struct {
	*register
	leaves [][]byte
	texts  [][]byte
}

func (m *manySource) Size() int64 { return m.register.Size() + int64(len(m.leaves)) }

func (m *manySource) Rows(ctx context.Context, from int64, limit int) ([]readmodel.Row, error) {
	base := m.register.Size()
	if from < base {
		return m.register.Rows(ctx, from, limit)
	}
	var rows []readmodel.Row
	for i := from; i < min(m.Size(), from+int64(limit)); i++ {
		text := m.texts[i-base]
		row, err := readmodel.NewRow(i, m.leaves[i-base], func(publica.Commitment) ([]byte, bool) { return text, true })
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// BenchmarkProjectComments measures comment rows a second, everything
// projected: threads, counts, debt, activity, full-text index, from the bytes
// of the leaves. Comments have 40 words of the unevenness of real text.
func BenchmarkProjectComments(b *testing.B) {
	r := newRegister(b)
	r.open(docket.Charter{Contribute: docket.Anyone, Respond: true}, "Benchmark", "")
	m := &manySource{register: r}
	rng := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rng, 1.1, 3, 20000)
	body, err := json.Marshal(participation.Comment{Stance: participation.Support})
	if err != nil {
		b.Fatal(err)
	}
	for i := range 20000 {
		var text strings.Builder
		for range 40 {
			fmt.Fprintf(&text, "w%x ", zipf.Uint64()*2654435761%1000003)
		}
		e := publica.Entry{Author: publica.KeyID{1, byte(i), byte(i >> 8)}, Body: body, Docket: r.docket, Kind: "participation/comment", Made: r.Now,
			Nonce: publica.NewNonce(nil), Register: registertest.Register,
			Content: []publica.Part{{Commitment: publica.Commitment{1}, Media: "text/markdown", Name: "text", Size: int64(text.Len())}}}
		raw, err := e.Canonical()
		if err != nil {
			b.Fatal(err)
		}
		leaf := publica.Leaf{Entry: raw, Signature: &publica.Signature{Algorithm: publica.Ed25519}, Height: 1000, Time: r.Now}
		bytes, err := leaf.Bytes()
		if err != nil {
			b.Fatal(err)
		}
		m.leaves, m.texts = append(m.leaves, bytes), append(m.texts, []byte(text.String()))
	}
	for b.Loop() {
		model, err := readmodel.Open(filepath.Join(b.TempDir(), "model.db"), views)
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		if err := model.Fill(b.Context(), m, nil); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(m.Size())/time.Since(start).Seconds(), "rows/s")
		if err := model.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
