package web

import (
	"net/http"
)

// Stream registers a download that is written as it is read. An error that h
// returns before it has written anything becomes the answer; after that the
// connection is cut, so that nobody takes half a file for a whole one.
func (s *Site) Stream(pattern string, h func(http.ResponseWriter, *http.Request) error) {
	s.handle(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := &sentWriter{ResponseWriter: w}
		if err := h(sent, r); err != nil {
			if sent.begun {
				panic(http.ErrAbortHandler)
			}
			s.fail(w, r, err)
		}
	}))
}

// sentWriter remembers whether an answer has begun.
type sentWriter struct {
	http.ResponseWriter
	begun bool
}

func (w *sentWriter) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets [http.ResponseController] reach the connection.
func (w *sentWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
