package main

import (
	"context"
	"encoding/json/jsontext"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"publica"
)

// httpClient has no limit on a whole reply, which may be a docket of
// gigabytes, but gives up on a node that does not begin to answer.
func httpClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = time.Minute
	t.MaxIdleConnsPerHost = 32
	return &http.Client{Transport: t}
}

// connect returns a client of the register at --url that believes --policy. If
// there is none it takes the key from the node, and says what that is worth.
func (a *app) connect(ctx context.Context) (*publica.Client, error) {
	var policy *publica.Policy
	var err error
	if a.policy != "" {
		policy, err = readPolicy(a.policy)
	} else {
		policy, err = a.askForPolicy(ctx)
	}
	if err != nil {
		return nil, err
	}
	c, err := publica.NewClient(a.url, policy)
	if err != nil {
		return nil, err
	}
	c.HTTP = httpClient()
	return c, nil
}

func (a *app) askForPolicy(ctx context.Context) (*publica.Policy, error) {
	info, err := publica.Discover(ctx, httpClient(), a.url)
	if err != nil {
		return nil, err
	}
	policy, err := publica.ParsePolicy([]byte(info.PolicyText()))
	if err != nil {
		return nil, err
	}
	a.note("no policy: the keys of %s are taken from the node itself, so what follows is checked, but not independently", info.Register)
	a.hint("pin them once with: publica trust %s > policy.txt; compare them with those published elsewhere; then pass --policy policy.txt", a.url)
	return policy, nil
}

func (a *app) trustCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "trust [URL]",
		Short: "print a policy that believes a register's present keys",
		Long: `trust asks the register at URL (or --url) for the policy it suggests and prints it.
This is trust on first use: the keys come from the node you want to check. Compare
them with those published elsewhere, in print or by another body that runs the
register. From then on, whatever they did not sign is refused.

A register of one operator has one log key: its owner can show you another log.
One that several operators run has a quorum of validators, and perhaps witnesses
outside: then so many would have to lie together. What the policy demands is
said on stderr.`,
		Example: `  publica trust http://localhost:8080 > policy.txt
  publica verify receipt.json --policy policy.txt`,
		Args: wants(0, 1, "an address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				a.url = args[0]
			}
			info, err := publica.Discover(cmd.Context(), httpClient(), a.url)
			if err != nil {
				return err
			}
			text := info.PolicyText()
			policy, err := publica.ParsePolicy([]byte(text))
			if err != nil {
				return err
			}
			if _, err := publica.VerifyCheckpoint([]byte(info.Checkpoint), policy); err != nil {
				return fmt.Errorf("the node's checkpoint does not fit its own key: %w", err)
			}
			if _, err := io.WriteString(a.out, text); err != nil {
				return err
			}
			a.explain(policy)
			a.note("%s says that these are the keys; compare them with those published elsewhere", a.url)
			return nil
		},
	}
}

// explain says what believing a policy means.
func (a *app) explain(policy *publica.Policy) {
	a.note("a record of %s is believed once signed by: %s", policy.Register(), strings.Join(policy.Demands(), "; and by "))
	if policy.Quorum() {
		a.note("so many must lie together to show you a false log; find out who they are, and that they are not one")
	} else {
		a.note("whoever has that key can show you a false log: what you keep of it convicts them, nobody else vouches for it")
	}
	if n := policy.Holders(); n > 0 {
		a.note("its content is durable once %d of the nodes named say that they hold it", n)
	}
}

// ask sends a request to the API and returns the JSON of the reply: what the
// node says, unproven.
func (a *app) ask(ctx context.Context, method, path string, body io.Reader) (jsontext.Value, error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(a.url, "/")+path, body)
	if err != nil {
		return nil, publica.Problem(publica.Invalid, "url", a.url+path+" is not an address")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "publica")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := httpClient().Do(req)
	if err != nil {
		return nil, &publica.Error{Code: publica.Internal, Message: "reach the node at " + a.url, Err: err, Hint: "is the node running, and the address right?"}
	}
	if res.StatusCode >= 300 {
		return nil, publica.ReadProblem(res)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	v := jsontext.Value(raw)
	if !v.IsValid() {
		return nil, publica.Problem(publica.Malformed, "", "the node's answer is not JSON").WithHint("is " + path + " a path of the API? see " + a.url + "/api")
	}
	return v, nil
}

// maxAnswer bounds one JSON answer, in bytes.
const maxAnswer = 256 << 20

// parseID parses an id on the command line.
func parseID(cmd *cobra.Command, what, text string) (publica.EntryID, error) {
	id, err := publica.ParseEntryID(text)
	if err != nil {
		return id, usagef(cmd, "%s %q is not an id", what, text).withHint("an id has 64 hexadecimal digits, as the register's pages and publica submit print it")
	}
	return id, nil
}

// isCode reports whether err is a publica.Error with this code.
func isCode(err error, code publica.Code) bool {
	e, ok := errors.AsType[*publica.Error](err)
	return ok && e.Code == code
}
