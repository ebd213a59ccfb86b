package main

import (
	"context"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"slices"
	"text/tabwriter"
	"time"

	"publica"
	"publica/internal/node"
	"publica/internal/web"
)

// pages measures how long pages take with few and with many comments in one
// docket.
func pages(ctx context.Context, few, many int) error {
	dir, err := os.MkdirTemp("", "bench-pages-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	f, err := node.Found(dir, node.Config{Register: name, Listen: "127.0.0.1:0"}, time.Now())
	if err != nil {
		return err
	}
	founder, err := f.Key("founder")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type running struct {
		base string
		reg  web.Register
	}
	ready, ended := make(chan running, 1), make(chan error, 1)
	go func() {
		ended <- node.Run(ctx, f, node.Options{Ready: func(base string, r web.Register) { ready <- running{base, r} }})
	}()
	var on running
	select {
	case on = <-ready:
	case err := <-ended:
		return err
	}
	err = pagesOf(ctx, on.base, on.reg, founder, few, many)
	cancel()
	return errors.Join(err, <-ended)
}

func pagesOf(ctx context.Context, base string, reg web.Register, founder *publica.PrivateKey, few, many int) error {
	docket, err := openDocket(ctx, reg, founder)
	if err != nil {
		return err
	}
	staff, err := signIn(base, founder)
	if err != nil {
		return err
	}
	fill := func(n int) {
		all, _ := comments(n, 250, docket)
		each(n, 4000, func(i int) { submit(ctx, reg, all[i]) })
		for s := reg.Status(); (s.Pool > 0 || s.Shown < s.Size) && ctx.Err() == nil; s = reg.Status() {
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(2 * time.Second) // what is left of the load
	}
	paths := []struct{ what, path string }{
		{"docket", "/docket/" + docket.String()},
		{"its comments", "/docket/" + docket.String() + "/comments"},
		{"what is owed", "/docket/" + docket.String() + "/debt"},
		{"staff queue", "/desk/docket/" + docket.String()},
	}
	var took [2][]time.Duration
	for round, n := range []int{few, many - few} {
		fill(n)
		for _, p := range paths {
			d, err := pageTime(staff, base+p.path)
			if err != nil {
				return fmt.Errorf("%s: %w", p.what, err)
			}
			took[round] = append(took[round], d)
		}
	}
	fmt.Printf("\ntime of a page, median of %d\n", pageRounds)
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "page\t%d comments\t%d comments\tratio\t\n", few, many)
	for i, p := range paths {
		a, b := took[0][i], took[1][i]
		fmt.Fprintf(w, "%s\t%v\t%v\t%.2f\t\n", p.what, a.Round(10*time.Microsecond), b.Round(10*time.Microsecond), float64(b)/float64(a))
	}
	return w.Flush()
}

const pageRounds = 201

// pageTime returns the median time of a page, after a first look.
func pageTime(c *http.Client, address string) (time.Duration, error) {
	var took []time.Duration
	for range pageRounds + 1 {
		began := time.Now()
		r, err := c.Get(address)
		if err != nil {
			return 0, err
		}
		_, err = io.Copy(io.Discard, r.Body)
		if err = errors.Join(err, r.Body.Close()); err != nil {
			return 0, err
		}
		if r.StatusCode != http.StatusOK || r.Request.URL.String() != address {
			return 0, fmt.Errorf("%s: %s", r.Request.URL, r.Status)
		}
		took = append(took, time.Since(began))
	}
	took = took[1:]
	slices.Sort(took)
	return took[len(took)/2], nil
}

var challenge = regexp.MustCompile(`data-challenge="([^"]+)"`)

// signIn returns a client that is signed in to the desk with a key.
func signIn(base string, key *publica.PrivateKey) (*http.Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &http.Client{Jar: jar}
	r, err := c.Get(base + "/desk/sign-in")
	if err != nil {
		return nil, err
	}
	page, err := io.ReadAll(r.Body)
	if err = errors.Join(err, r.Body.Close()); err != nil {
		return nil, err
	}
	m := challenge.FindSubmatch(page)
	if m == nil {
		return nil, fmt.Errorf("sign in: no challenge on the page (%s)", r.Status)
	}
	sig, err := key.SignBytes(web.SignInBytes(name, string(m[1])))
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(sig)
	if err != nil {
		return nil, err
	}
	r, err = c.PostForm(base+"/desk/sign-in", url.Values{"challenge": {string(m[1])}, "signature": {string(raw)}, "next": {"/desk"}})
	if err != nil {
		return nil, err
	}
	if err := r.Body.Close(); err != nil {
		return nil, err
	}
	if r.StatusCode != http.StatusOK || r.Request.URL.Path != "/desk" {
		return nil, fmt.Errorf("sign in: %s at %s", r.Status, r.Request.URL)
	}
	return c, nil
}
