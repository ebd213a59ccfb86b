package node

import (
	"context"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"time"

	"publica"
)

// The control socket of a running node answers whoever may read its folder, and
// nobody else: HTTP over a Unix socket of mode 0600.
const controlSocket = "control.sock"

// reply is what the socket answers: a manifest, or why there is none.
type reply struct {
	Manifest *Manifest    `json:"manifest,omitzero"`
	Code     publica.Code `json:"code,omitzero"`
	Message  string       `json:"message,omitzero"`
	Hint     string       `json:"hint,omitzero"`
}

// control answers at the socket:
//
//	POST /backup?to=DIR    copies the node to DIR, an absolute path
func (c *chain) control(f *Folder, now func() time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /backup", func(w http.ResponseWriter, r *http.Request) {
		m, err := c.backup(f, r.FormValue("to"), now())
		answer := reply{Manifest: m}
		if err != nil {
			answer = reply{Code: publica.CodeOf(err), Message: err.Error()}
			if e, ok := errors.AsType[*publica.Error](err); ok {
				answer.Hint = e.Hint
			}
		}
		_ = json.MarshalWrite(w, answer) // whoever asked has left
	})
	return mux
}

// serveControl answers at the socket until ctx ends, and finishes what it has
// begun.
func (c *chain) serveControl(f *Folder, now func() time.Time) func(context.Context) error {
	return func(ctx context.Context) error {
		path := f.path(controlSocket)
		// One that is there was left by a node that was killed: the store is
		// open here, so no other runs in this folder.
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear the control socket: %w", err)
		}
		l, err := net.Listen("unix", path)
		if err == nil {
			err = os.Chmod(path, 0o600)
		}
		if err != nil {
			return &publica.Error{Code: publica.Internal, Field: path, Message: "cannot be listened at", Err: err,
				Hint: "the path of a socket may have about 100 bytes: use a data folder with a shorter path"}
		}
		s := &http.Server{Handler: c.control(f, now), ReadHeaderTimeout: 5 * time.Second}
		stop := context.AfterFunc(ctx, func() { _ = s.Shutdown(context.WithoutCancel(ctx)) })
		defer stop()
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve the control socket: %w", err)
		}
		return s.Shutdown(context.WithoutCancel(ctx)) // waits for the answer under way
	}
}

// askForBackup asks the node that runs in the folder, if one does.
func (f *Folder) askForBackup(ctx context.Context, to string) (m *Manifest, running bool, err error) {
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", f.path(controlSocket))
	}}}
	defer client.CloseIdleConnections()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://node/backup?to="+url.QueryEscape(to), nil)
	if err != nil {
		return nil, false, err
	}
	res, err := client.Do(r)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, false, nil
	}
	if err != nil {
		return nil, true, fmt.Errorf("ask the running node: %w", err)
	}
	defer res.Body.Close()
	var answer reply
	if err := json.UnmarshalRead(res.Body, &answer); err != nil {
		return nil, true, fmt.Errorf("read the running node's answer: %w", err)
	}
	if answer.Manifest == nil {
		return nil, true, publica.Problem(answer.Code, "", answer.Message).WithHint(answer.Hint)
	}
	return answer.Manifest, true, nil
}
