package participationview

import (
	"net/http"
	"os"
	"testing"
)

func TestShow(t *testing.T) {
	if os.Getenv("SHOW") == "" {
		t.Skip()
	}
	if os.Getenv("SHOW") == "real" {
		r := newRealPlan(t)
		h, _ := r.site()
		println(r.docket.String())
		http.ListenAndServe("127.0.0.1:8098", h)
		return
	}
	s := newSample(t)
	h, _ := s.site()
	println(s.docket.String(), s.ideas[0].String(), s.comments[1].String(), s.ideas[1].String())
	http.ListenAndServe("127.0.0.1:8099", h)
}
