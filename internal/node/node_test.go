package node

import (
	"bytes"
	"context"
	"net/http"
	"testing"
	"time"

	"publica"
	"publica/internal/web"
)

// start founds a register in dir (if it has none) and runs it until stop.
func start(t *testing.T, dir string) (base string, stop func()) {
	t.Helper()
	f, err := OpenFolder(dir)
	if publica.CodeOf(err) == publica.NotFound {
		f, err = Found(dir, Config{Register: "test.example", Listen: "127.0.0.1:0"}, time.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
	f.Config.Listen = "127.0.0.1:0"
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- Run(ctx, f, Options{Ready: func(b string, _ web.Register) { ready <- b }}) }()
	select {
	case base = <-ready:
	case err := <-ended:
		t.Fatalf("the node ended at once: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("the node did not start")
	}
	return base, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the node ended with %v", err)
		}
	}
}

func TestFoundsServesStopsAndGoesOn(t *testing.T) {
	dir := t.TempDir()
	base, stop := start(t, dir)
	for _, path := range []string{"/checkpoint", "/api/v1/register", "/healthz"} {
		res, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("GET %s: %s", path, res.Status)
		}
	}
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	founder, err := f.Key("founder")
	if err != nil {
		t.Fatal(err)
	}
	s, err := publica.NewSubmission(founder, publica.Entry{Register: "test.example", Kind: "identity/body", Made: publica.TimeOf(time.Now()),
		Nonce: publica.NewNonce(nil), Body: []byte(`{"name":"Ministry of Tests","type":"agency"}`)})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := s.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Post(base+"/api/v1/entries", "application/json", bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	t.Log(res.Status)
	began := time.Now()
	for {
		res, err := http.Get(base + "/api/v1/entries/" + s.Signed.ID().String())
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode == 200 {
			break
		}
		if time.Since(began) > time.Minute {
			t.Fatal("the entry did not reach the log")
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Log("logged after", time.Since(began))
	stop()
	_, stop = start(t, dir)
	stop()
	r, err := Check(context.Background(), f, nil)
	if err != nil || len(r.Wrong) > 0 {
		t.Fatalf("check: %+v, %v", r, err)
	}
}
