package procurementview

import (
	"net/http"
	"os"
	"testing"
)

func TestServe(t *testing.T) {
	at := os.Getenv("SERVE")
	if at == "" {
		t.Skip()
	}
	s := newSample(t)
	s.bridge()
	s.boats()
	s.advice()
	s.salt()
	s.opened()
	s.judged()
	s.awarded()
	s.carriedOut()
	h, _ := s.site()
	t.Log(http.ListenAndServe(at, h))
}
