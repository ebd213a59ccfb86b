package publica

import (
	"bytes"
	"context"
	"encoding/json/v2"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Limits of what the client reads and how long it tries.
const (
	maxReply     = 1 << 30          // bytes of one JSON reply: a receipt holds attachments
	maxAttempts  = 6                // of one request that the node puts off
	maxWait      = 30 * time.Second // between two attempts
	pollInterval = 250 * time.Millisecond
	firstPause   = 20 * time.Millisecond // grows to pollInterval
	cosignWait   = 5 * time.Second       // for cosigners of what is in the log
)

// A Client reads and writes a register through one node's HTTP API and believes
// only what verifies under its policy; the node may be anybody's. It is safe
// for concurrent use, except that Last must not be set while calls run.
type Client struct {
	// HTTP sends the requests; [http.DefaultClient] if nil.
	HTTP *http.Client
	// Last is the newest checkpoint seen, as signed. A caller that keeps it
	// between runs is told when the register rewrites its history. It is not
	// verified again: those who signed it may have made way for others since.
	// Read it through [Client.Seen].
	Last []byte

	base   string
	policy *Policy
	mu     sync.Mutex // guards Last while calls run
}

// NewClient returns a client of the node at base, for example
// "https://register.example.org". There is no trust on first use: the policy
// must come from elsewhere (see [Discover] for what a node says of itself).
func NewClient(base string, policy *Policy) (*Client, error) {
	base, err := checkBase(base)
	if err != nil {
		return nil, err
	}
	if policy == nil {
		return nil, Problem(Invalid, "policy", "is missing").WithHint("a policy names the key of the log to believe")
	}
	return &Client{base: base, policy: policy}, nil
}

func checkBase(base string) (string, error) {
	u, err := url.Parse(base)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" {
		return "", Problem(Invalid, "node", strconv.Quote(base)+" is not the address of a node").
			WithHint("an address looks like https://register.example.org")
	}
	return strings.TrimSuffix(base, "/"), nil
}

// Policy returns whom the client believes.
func (c *Client) Policy() *Policy { return c.policy }

// Seen returns the newest checkpoint seen, as signed, to be kept by the caller.
func (c *Client) Seen() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.Last)
}

// RegisterInfo is what a node says of the register at GET /api/v1/register.
type RegisterInfo struct {
	Register   string `json:"register"`
	Origin     string `json:"origin"`
	VKey       string `json:"vkey"`      // of the log
	NodeVKey   string `json:"node_vkey"` // of the node's promises
	Policy     string `json:"policy"`    // that the register suggests
	Checkpoint string `json:"checkpoint"`
	Size       int64  `json:"size"`
}

// PolicyText returns the policy that the register suggests, or if it says none,
// the one that believes its keys and no cosigner.
func (r *RegisterInfo) PolicyText() string {
	if r.Policy != "" {
		return r.Policy
	}
	if r.NodeVKey == "" {
		return SingleLogPolicyText(r.VKey)
	}
	return SingleLogPolicyText(r.VKey, r.NodeVKey)
}

// Discover asks a node what it says of itself. None of it is verified: compare
// the key with one published elsewhere before making a policy of it.
func Discover(ctx context.Context, client *http.Client, base string) (*RegisterInfo, error) {
	base, err := checkBase(base)
	if err != nil {
		return nil, err
	}
	c := &Client{HTTP: client, base: base}
	return c.info(ctx)
}

func (c *Client) info(ctx context.Context) (*RegisterInfo, error) {
	raw, _, err := c.call(ctx, http.MethodGet, "/api/v1/register", nil)
	if err != nil {
		return nil, err
	}
	info := new(RegisterInfo)
	if err := json.Unmarshal(raw, info); err != nil {
		return nil, notANode(err)
	}
	return info, nil
}

// Register asks the node what it says of the register, and refuses an answer
// that the policy contradicts or whose checkpoint does not verify.
func (c *Client) Register(ctx context.Context) (*RegisterInfo, error) {
	info, err := c.info(ctx)
	if err != nil {
		return nil, err
	}
	if info.Register != c.policy.Register() || info.Origin != c.policy.Register() {
		return nil, Problem(Unverified, "register", "of this node is "+strconv.Quote(info.Register)+", the policy is about "+c.policy.Register())
	}
	cp, err := VerifyCheckpoint([]byte(info.Checkpoint), c.policy)
	if err != nil {
		return nil, err
	}
	info.Size = cp.Tree.N
	return info, nil
}

// Submit hands a signed entry and its content to the node and returns the
// receipt it gives, once that has verified: a promise, or more if the entry is
// in the log already; then it waits a moment for cosigners that the policy
// demands. Handing in the same entry again is safe.
func (c *Client) Submit(ctx context.Context, s *Submission) (*Receipt, error) {
	body, err := json.Marshal(s)
	if err != nil {
		return nil, jsonError(err)
	}
	raw, _, err := c.call(ctx, http.MethodPost, "/api/v1/entries", body)
	if err != nil {
		return nil, err
	}
	r, _, err := c.believe(raw, s.Signed.ID())
	if c.young(err) {
		r, _, err = c.Await(ctx, s.Signed.ID(), Logged, cosignWait)
	}
	return r, err
}

// Receipt fetches the receipt of an entry and verifies it. If wait is positive
// and the entry is not in the log yet, it asks again until it is or the time is
// over, and returns what it has then.
func (c *Client) Receipt(ctx context.Context, id EntryID, wait time.Duration) (*Receipt, *Verified, error) {
	return c.Await(ctx, id, Logged, wait)
}

// Await is [Client.Receipt] that waits until the receipt has reached a stage
// under the client's policy. A stage that the policy cannot show is refused as
// [Invalid].
func (c *Client) Await(ctx context.Context, id EntryID, stage Stage, wait time.Duration) (*Receipt, *Verified, error) {
	if stage == Cosigned && !c.policy.Quorum() {
		return nil, nil, Problem(Invalid, "stage", "cannot be reached: the policy demands no cosigners").WithHint("add witness, group and quorum lines to the policy")
	}
	if stage == Durable && c.policy.Holders() == 0 {
		return nil, nil, Problem(Invalid, "stage", "cannot be reached: the policy names no node that holds content, or several and no quorum").
			WithHint(`add lines "node VKEY" to the policy, and for more than one node a quorum`)
	}
	deadline := time.Now().Add(wait)
	for pause := firstPause; ; pause = min(2*pause, pollInterval) {
		r, v, err := c.receipt(ctx, id)
		again := CodeOf(err) == NotFound || c.young(err) || err == nil && !v.Stage.Reached(stage)
		if !again || !time.Now().Before(deadline) {
			return r, v, err
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, nil, err
		}
	}
}

// young reports whether an error may go away by itself: cosigners that the
// policy demands sign just after the log.
func (c *Client) young(err error) bool {
	_, unsigned := errors.AsType[*Unsigned](err)
	return unsigned && c.policy.Quorum()
}

func (c *Client) receipt(ctx context.Context, id EntryID) (*Receipt, *Verified, error) {
	raw, _, err := c.call(ctx, http.MethodGet, "/api/v1/entries/"+id.String()+"/receipt", nil)
	if err != nil {
		return nil, nil, err
	}
	return c.believe(raw, id)
}

// believe parses and verifies a receipt of the entry id.
func (c *Client) believe(raw []byte, id EntryID) (*Receipt, *Verified, error) {
	r, err := ParseReceipt(raw)
	if err != nil {
		return nil, nil, err
	}
	v, err := r.Verify(c.policy, "")
	if err != nil {
		return nil, nil, err
	}
	if v.ID != id {
		return nil, nil, Problem(Unverified, "receipt", "is of another entry, "+v.ID.String())
	}
	return r, v, nil
}

// Export fetches a docket's export, verifies it while it comes, and writes it
// to w. Only if the error is nil does w hold a proven export.
func (c *Client) Export(ctx context.Context, docket DocketID, w io.Writer, progress func(done, total int64)) (*ExportSummary, error) {
	res, err := c.send(ctx, http.MethodGet, "/api/v1/dockets/"+docket.String()+"/export", nil)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	sum, err := VerifyExport(io.TeeReader(res.Body, w), c.policy, progress)
	if err != nil {
		return nil, err
	}
	if sum.Docket != docket {
		return nil, Problem(Unverified, "export", "is of another docket, "+sum.Docket.String())
	}
	return sum, nil
}

// Content fetches the content of a commitment, with its salt, and verifies it.
// [NotFound] means that the node does not hold it, or not any more.
func (c *Client) Content(ctx context.Context, commitment Commitment) (Content, error) {
	raw, _, err := c.call(ctx, http.MethodGet, "/api/v1/content/"+commitment.String(), nil)
	if err != nil {
		return Content{}, err
	}
	var content Content
	if err := json.Unmarshal(raw, &content); err != nil {
		return Content{}, notANode(err)
	}
	if len(content.Salt) != SaltSize || content.Commitment() != commitment {
		return Content{}, Problem(Unverified, "content", "does not fit the commitment "+commitment.String())
	}
	return content, nil
}

func (c *Client) client() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return http.DefaultClient
}

// call sends a request and reads the whole reply.
func (c *Client) call(ctx context.Context, method, path string, body []byte) ([]byte, int, error) {
	res, err := c.send(ctx, method, path, body)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxReply+1))
	if err != nil {
		return nil, 0, unreachable(c.base, err)
	}
	if len(raw) > maxReply {
		return nil, 0, Problem(TooLarge, "", "the node's reply is over "+strconv.Itoa(maxReply)+" bytes")
	}
	return raw, res.StatusCode, nil
}

// send sends a request until the node takes it. Every request is safe to
// repeat. A reply that is not a success becomes an [Error].
func (c *Client) send(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	for attempt := 1; ; attempt++ {
		req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
		if err != nil {
			return nil, Problem(Invalid, "node", "is not an address")
		}
		req.Header.Set("User-Agent", "publica")
		if body != nil {
			req.Header.Set("Content-Type", "application/json")
		}
		res, err := c.client().Do(req)
		if err != nil {
			return nil, unreachable(c.base, err)
		}
		if res.StatusCode < 300 {
			return res, nil
		}
		problem := ReadProblem(res)
		busy := res.StatusCode == http.StatusServiceUnavailable || res.StatusCode == http.StatusTooManyRequests
		if !busy || attempt == maxAttempts {
			return nil, problem
		}
		if err := sleep(ctx, retryAfter(res.Header.Get("Retry-After"), attempt)); err != nil {
			return nil, problem
		}
	}
}

// retryAfter returns how long a reply asks to wait, or a doubling default.
func retryAfter(header string, attempt int) time.Duration {
	d := pollInterval << attempt
	if n, err := strconv.Atoi(header); err == nil && n >= 0 && n < 1<<20 {
		d = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		d = time.Until(at)
	}
	return min(max(d, 0), maxWait)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func unreachable(base string, err error) error {
	return &Error{Code: Internal, Message: "reach the node at " + base, Err: err, Hint: "is the node running, and the address right?"}
}

func notANode(err error) error {
	return &Error{Code: Malformed, Message: "the reply is not a Publica node's", Err: err, Hint: "check the address"}
}

// ReadProblem turns a reply that is not a success into an [Error], reading and
// closing its body: a problem document (RFC 9457) with our members code, field
// and hint, or failing that the status.
func ReadProblem(res *http.Response) error {
	defer res.Body.Close()
	raw, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	e := &Error{Code: codeOfStatus(res.StatusCode), Message: "the node answered " + res.Status}
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if media != "application/problem+json" && media != "application/json" {
		return e
	}
	var p struct {
		Title  string `json:"title"`
		Detail string `json:"detail"`
		Code   Code   `json:"code"`
		Field  string `json:"field"`
		Hint   string `json:"hint"`
	}
	if json.Unmarshal(raw, &p) != nil {
		return e
	}
	if p.Code != "" {
		e.Code = p.Code
	}
	if p.Detail != "" {
		e.Message = p.Detail
	} else if p.Title != "" {
		e.Message = p.Title
	}
	e.Field, e.Hint = p.Field, p.Hint
	return e
}

// codeOfStatus guesses the code behind a status, for replies that lack one
// because something between us and the node gave them.
func codeOfStatus(status int) Code {
	switch status {
	case http.StatusBadRequest:
		return Malformed
	case http.StatusUnprocessableEntity:
		return Invalid
	case http.StatusRequestEntityTooLarge:
		return TooLarge
	case http.StatusUnsupportedMediaType:
		return Unsupported
	case http.StatusUnauthorized, http.StatusForbidden:
		return Forbidden
	case http.StatusNotFound, http.StatusGone:
		return NotFound
	case http.StatusConflict:
		return Conflict
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return Busy
	}
	return Internal
}
