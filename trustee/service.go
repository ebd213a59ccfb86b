package trustee

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"publica"
)

// Config is what a [Service] is made of.
type Config struct {
	Node string       // address of any node; nothing it says is believed unproven
	HTTP *http.Client // gives up on a node that does not begin to answer in a minute, if nil
	// Policy says whom to believe. It is asked before each look at the register.
	Policy func() (*publica.Policy, error)
	Key    *publica.PrivateKey // the trustee's
	// Folder is where it keeps its secrets, a file for each tender, and how far
	// it has read; nobody else may read it. It is made if it is missing.
	Folder string
	Log    *slog.Logger        // none if nil
	Now    func() publica.Time // this machine's clock if nil
	Random io.Reader           // crypto/rand if nil
	// Stale is the age of a register's last seal, by this machine's clock, from
	// which on nothing is opened: a node may hide what came later, a
	// cancellation for example. An hour if 0. It must be longer than the silence
	// interval of the register.
	Stale time.Duration
	Every time.Duration // between two looks at the register; five seconds if 0
}

// A Service is a trustee that acts by itself: it follows a register, finds the
// tenders that name its key, takes each step when it is due and opens bids when
// their time has come. What fails it says, and tries again after a pause that grows.
// It is safe to stop at any moment and to start again.
type Service struct {
	Config
	unlock func() error
	file   *File           // how far it has come
	client *publica.Client // believes what Policy said last

	mu    sync.Mutex // guards state while a round runs; only rounds change it
	state following
	least int64 // leaves that the register is known to have
}

// following is how far a service has come: FOLDER/following.json.
type following struct {
	Status
	Checkpoint string       `json:"checkpoint,omitzero"` // the newest believed, signed
	Again      publica.Time `json:"again,omitzero"`
}

// NewService opens a trustee's folder and takes up where it stood. It holds the
// folder until [Service.Close]; code Conflict says that another holds it, Forbidden
// that others can read it.
func NewService(c Config) (*Service, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = func() publica.Time { return publica.TimeOf(time.Now()) }
	}
	c.Stale, c.Every = cmp.Or(c.Stale, time.Hour), cmp.Or(c.Every, 5*time.Second)
	if c.HTTP == nil {
		c.HTTP = impatient()
	}
	if err := privateFolder(c.Folder); err != nil {
		return nil, err
	}
	unlock, err := lockFolder(c.Folder)
	if err != nil {
		return nil, err
	}
	s := &Service{Config: c, unlock: unlock, file: &File{Path: filepath.Join(c.Folder, "following.json")}}
	err = s.takeUp()
	if err == nil {
		err = s.believe()
	}
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	return s, nil
}

// impatient gives up on a node that does not begin to answer within a minute.
func impatient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = time.Minute
	return &http.Client{Transport: t}
}

// privateFolder makes a folder, or refuses one that others can read.
func privateFolder(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeFolder(dir); err != nil {
			return fmt.Errorf("make the folder of secrets: %w", err)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the folder of secrets: %w", err)
	}
	if !info.IsDir() {
		return publica.Problem(publica.Invalid, "secrets", dir+" is no folder").WithHint("name a folder for the secrets of all tenders")
	}
	if info.Mode().Perm()&0o077 != 0 {
		return publica.Problem(publica.Forbidden, "secrets", dir+" can be read by others").WithHint("chmod 700 " + dir + "; think about who may have read it")
	}
	return nil
}

// makeFolder makes a folder, and what is missing above it, durably: secrets that are
// safe in a folder are lost if the folder is.
func makeFolder(dir string) error {
	above := filepath.Dir(dir)
	if _, err := os.Stat(above); errors.Is(err, fs.ErrNotExist) && above != dir {
		if err := makeFolder(above); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	return syncFolder(above)
}

// takeUp reads how far the service had come.
func (s *Service) takeUp() error {
	if _, err := s.file.Read(&s.state); err != nil {
		return err
	}
	id := s.Key.ID()
	if !s.state.Trustee.IsZero() && s.state.Trustee != id {
		return publica.Problem(publica.Conflict, "secrets", s.Folder+" is the folder of another trustee, "+s.state.Trustee.String()).WithHint("give each trustee a folder of its own")
	}
	s.state.Trustee, s.state.Again, s.least = id, 0, s.state.Size
	for i := range s.state.Tenders {
		t := &s.state.Tenders[i]
		t.Changed, t.Again = true, 0 // whatever it had done last may not have arrived
	}
	return nil
}

// believe makes a client of the policy as it is now.
func (s *Service) believe() error {
	policy, err := s.Policy()
	if err != nil {
		return err
	}
	if s.client != nil && s.client.Policy().String() == policy.String() {
		return nil
	}
	c, err := publica.NewClient(s.Node, policy)
	if err != nil {
		return err
	}
	c.HTTP, c.Last = s.HTTP, []byte(s.state.Checkpoint)
	s.client = c
	return nil
}

// Close gives the folder free. No round may run.
func (s *Service) Close() error { return s.unlock() }

// Status returns how it fares.
func (s *Service) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.state.Status
	now.Tenders = slices.Clone(now.Tenders)
	return now
}

// Run looks again and again until ctx ends. It never gives up.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(s.Every)
	defer tick.Stop()
	for {
		s.Round(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Pauses after failures, each twice the one before.
const (
	firstPause = 5 * time.Second
	lastPause  = 10 * time.Minute
)

// patience bounds one look at the register, and the acts of one tender.
const patience = 10 * time.Minute

// Round looks at the register once and does what is due. What fails is in the log
// and in the status.
func (s *Service) Round(ctx context.Context) {
	if s.Now() < s.state.Again {
		return
	}
	s.follow(ctx)
	for i := range s.state.Tenders {
		if t := &s.state.Tenders[i]; t.Changed && s.Now() >= t.Again && ctx.Err() == nil {
			s.attend(ctx, t)
		}
	}
}

// change changes the state under its lock and keeps it.
func (s *Service) change(f func(*following)) {
	s.mu.Lock()
	f(&s.state)
	s.mu.Unlock()
	if err := s.file.Write(&s.state); err != nil {
		// Nothing is lost but the reading again, and who looks at the file.
		s.Log.Error("a trustee cannot keep how far it has come", "trustee", s.state.Trustee, "err", err)
	}
}

func pauseAfter(failures int64) time.Duration {
	pause := firstPause
	for ; failures > 1 && pause < lastPause; failures-- {
		pause *= 2
	}
	return min(pause, lastPause)
}
