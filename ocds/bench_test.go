package ocds

import (
	"fmt"
	"testing"
)

// history is a process of n releases, each with some of a hundred items.
func history(n int) (releases []*Node) {
	for i := range n {
		items := List()
		for j := range 10 {
			items.Items = append(items.Items, Object("id", fmt.Sprint((i+j)%100), "description", fmt.Sprint("item ", i), "quantity", i))
		}
		releases = append(releases, Object("ocid", "ocds-213czf-1", "id", fmt.Sprint(i), "date", fmt.Sprintf("2026-01-%02dT00:%02d:00Z", 1+i/60, i%60), "tag", []string{"tenderUpdate"},
			"initiationType", "tender", "tender", Object("id", "1", "title", fmt.Sprint("title ", i/10), "items", items)))
	}
	return releases
}

func BenchmarkCompiled(b *testing.B) {
	m, releases := Merge{Profile: core(b)}, history(1000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Compiled(releases); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(releases)), "ns/release")
}

func BenchmarkVersioned(b *testing.B) {
	m, releases := Merge{Profile: core(b)}, history(1000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Versioned(releases); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(releases)), "ns/release")
}

// market is n processes in which 200 tenderers bid.
func market(n int) (processes []*Node) {
	for i := range n {
		bids := List()
		for j := range 4 {
			status := "valid"
			if (i+j)%7 == 0 {
				status = "disqualified"
			}
			bids.Items = append(bids.Items, Object("id", fmt.Sprint(j), "status", status,
				"tenderers", List(Object("id", fmt.Sprint("T", (i*(j+1)+j)%200))), "value", Object("amount", 1000+i%97+13*j, "currency", "USD")))
		}
		processes = append(processes, Object("ocid", fmt.Sprint("ocds-213czf-", i), "buyer", Object("id", fmt.Sprint("B", i%20)), "bids", Object("details", bids),
			"awards", List(Object("id", "1", "status", "active", "suppliers", List(Object("id", fmt.Sprint("T", i%200))),
				"items", List(Object("id", "1", "classification", Object("id", fmt.Sprintf("%08d", 1000003*i%100000000))))))))
	}
	return processes
}

func BenchmarkFlags(b *testing.B) {
	processes := market(10000)
	b.ReportAllocs()
	for b.Loop() {
		Flags(processes, DefaultSettings())
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(processes)), "ns/process")
}

func BenchmarkRead(b *testing.B) {
	raw := samplePackage(b)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		Read(raw)
	}
}

func BenchmarkCheck(b *testing.B) {
	c, in := Checker{Schemas: builtinOf(b)}, Read(samplePackage(b))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Check(in); err != nil {
			b.Fatal(err)
		}
	}
}
