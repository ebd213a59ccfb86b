package grouping

import (
	"runtime"
	"testing"
	"time"
)

func BenchmarkSketch(b *testing.B) {
	g, err := New(Default())
	if err != nil {
		b.Fatal(err)
	}
	var texts []sample
	for s := range samples(b, 1000) {
		texts = append(texts, s)
		b.SetBytes(int64(len(s.text)))
	}
	for n := 0; b.Loop(); n++ {
		g.Sketch(texts[n%len(texts)].text)
	}
}

func BenchmarkGroup20000(b *testing.B)   { benchmarkGroup(b, 20_000) }
func BenchmarkGroup1000000(b *testing.B) { benchmarkGroup(b, 1_000_000) }

// benchmarkGroup makes, sketches and groups n texts. It tells the seconds of
// either half, the memory that the program took, with the truth beside it, and
// the quality.
func benchmarkGroup(b *testing.B, n int) {
	for b.Loop() {
		start := time.Now()
		g, truth := group(b, Default(), samples(b, n))
		b.ReportMetric(time.Since(start).Seconds(), "s-sketch")
		start = time.Now()
		groups := g.Groups()
		b.ReportMetric(time.Since(start).Seconds(), "s-group")
		var mem runtime.MemStats
		runtime.ReadMemStats(&mem)
		b.ReportMetric(float64(mem.Sys>>20), "MB")
		q := truth.judge(groups)
		b.ReportMetric(float64(q.recall()), "‰recall")
		b.ReportMetric(float64(q.precision()), "‰precision")
		b.Logf("%+v groups %d", q, len(groups))
	}
}
