package trustee_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"publica/internal/registertest"
	"publica/tender"
)

// A liar stands between a trustee and its node, and changes what it is told.
type liar struct {
	node http.Handler
	lie  func(path string, body []byte) []byte
	came int // entries
}

func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		l.came++
	}
	rec := httptest.NewRecorder()
	l.node.ServeHTTP(rec, r)
	body := rec.Body.Bytes()
	if l.lie != nil && r.Method == http.MethodGet {
		body = l.lie(r.URL.Path, body)
	}
	w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
	w.WriteHeader(rec.Code)
	w.Write(body)
}

// Whatever a node says of time and stage, nothing is opened before the log says so
// under the policy, nor when the log may have said otherwise since.
func TestLiesOpenNothing(t *testing.T) {
	inTime := regexp.MustCompile(`"time":"2026-0[12]`)
	export := func(path string) bool { return strings.HasSuffix(path, "/export") }
	cases := []struct {
		name string
		// begin sets the lie up while bids are taken; the tender is then closed if
		// it returns true, and stays open if not.
		begin func(s *scene, l *liar) (closed bool)
		end   func(s *scene, l *liar)
		want  string // what the trustee says of it
	}{
		{"block times are later", func(s *scene, l *liar) bool {
			l.lie = func(path string, body []byte) []byte {
				if !export(path) {
					return body
				}
				return inTime.ReplaceAll(body, []byte(`"time":"2027-01`))
			}
			s.bid("v2") // so that there is something to look at; many kinds do not make it look
			s.do("carol", s.buyer, "procurement/amend", map[string]any{"deadline": s.law.Now.Add(90 * 24 * time.Hour), "enquiries": s.law.Now.Add(30 * 24 * time.Hour)},
				registertest.Text{Name: "reason", Media: "text/plain", Data: "more time"})
			return false
		}, nil, "does not lead from the leaf to the root"},
		{"the deadline's record is another log's", func(s *scene, l *liar) bool {
			forger, err := registertest.NewServerBy(s.law, "somebody else")
			if err != nil {
				s.t.Fatal(err)
			}
			l.node = forger
			return true
		}, nil, "is not signed by those the policy demands"},
		{"a forged record stands for another", func(s *scene, l *liar) bool {
			l.lie = func(path string, body []byte) []byte {
				if !export(path) {
					return body
				}
				return bytes.Replace(body, []byte(`"kind":"procurement/published"`), []byte(`"kind":"procurement/closed"`), 1)
			}
			s.do("carol", s.buyer, "procurement/amend", map[string]any{"deadline": s.law.Now.Add(90 * 24 * time.Hour), "enquiries": s.law.Now.Add(30 * 24 * time.Hour)},
				registertest.Text{Name: "reason", Media: "text/plain", Data: "more time"})
			return false
		}, nil, "at least one was altered"},
		{"a cancellation is hidden", func(s *scene, l *liar) bool { return true }, func(s *scene, l *liar) {
			var kept = map[string][]byte{}
			freeze := func(path string, body []byte) []byte {
				if strings.HasPrefix(path, "/tile/") {
					return body
				}
				if kept[path] == nil {
					kept[path] = bytes.Clone(body)
				}
				return kept[path]
			}
			l.lie = freeze
			for _, path := range []string{"/checkpoint", "/api/v1/dockets/" + s.docket.String() + "/export"} {
				res, err := http.Get(s.url + path)
				if err != nil {
					s.t.Fatal(err)
				}
				body := new(bytes.Buffer)
				if _, err := body.ReadFrom(res.Body); err != nil {
					s.t.Fatal(err)
				}
				res.Body.Close()
				kept[path] = body.Bytes()
			}
			s.do("carol", s.buyer, "procurement/cancel", map[string]any{"code": "not-needed"}, registertest.Text{Name: "reason", Media: "text/plain", Data: "none"})
			s.later = 2 * time.Hour
		}, "nothing is opened by an old state"},
		{"none", func(s *scene, l *liar) bool { return true }, nil, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, nil)
			l := &liar{node: s.server}
			at := s.serve(l)
			for _, actor := range five[1:] {
				s.start(actor, s.url, nil)
			}
			service := s.start("t1", at, nil)
			s.settle()
			s.wants(tender.Bidding, "")
			s.bid("v1")
			if c.begin(s, l) {
				s.close()
			}
			if c.end != nil {
				c.end(s, l)
			}
			l.came = 0
			service.Round(t.Context())
			status := service.Status()
			if c.want == "" {
				if l.came != 1 || status.Failing() {
					t.Errorf("an honest node gets %d shares, and the status is %+v", l.came, status)
				}
				return
			}
			if l.came > 0 {
				t.Error("the liar got an entry")
			}
			if taken, refused := s.said("t1", "procurement/open-share"); taken+refused > 0 {
				t.Error("a share is on record")
			}
			if said := status.Error + status.Tenders[0].Error; !strings.Contains(said, c.want) {
				t.Errorf("the status says %q, want %q", said, c.want)
			}
		})
	}
}
