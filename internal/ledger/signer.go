package ledger

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/cometbft/cometbft/libs/protoio"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/p2p/conn"
	"github.com/cometbft/cometbft/privval"
	privvalproto "github.com/cometbft/cometbft/proto/tendermint/privval"
	"github.com/cometbft/cometbft/types"

	"publica"
)

const (
	handshakeWithin = 3 * time.Second
	signerIdle      = 30 * time.Second // the node pings more often
	maxSignRequest  = 10 << 10         // bytes
)

// secure makes a connection encrypted and authenticated, as connections
// between nodes are, and checks who is at the other end.
func secure(c net.Conn, key *p2p.NodeKey, id string) (net.Conn, error) {
	err := c.SetDeadline(time.Now().Add(handshakeWithin))
	if err != nil {
		return nil, err
	}
	s, err := conn.MakeSecretConnection(c, key.PrivKey)
	if err != nil {
		return nil, err
	}
	if got := p2p.PubKeyToID(s.RemotePubKey()); string(got) != id {
		return nil, fmt.Errorf("at the other end is %s, not %s", got, id)
	}
	return s, c.SetDeadline(time.Time{})
}

// signerListener accepts the remote signer and nobody else. Each handshake has a
// goroutine: who connects and is slow, or silent, must not keep the signer out.
type signerListener struct {
	net.Listener
	key *p2p.NodeKey
	id  string // of the signer

	met  chan met
	quit chan struct{}
	stop sync.Once
}

// met is a signer, or why somebody is not.
type met struct {
	conn net.Conn
	err  error
}

const strangers = 16 // handshakes at a time

func newSignerListener(l net.Listener, key *p2p.NodeKey, id string) *signerListener {
	s := &signerListener{Listener: l, key: key, id: id, met: make(chan met), quit: make(chan struct{})}
	go s.meet()
	return s
}

func (l *signerListener) meet() {
	places := make(chan struct{}, strangers)
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			l.hand(met{err: err})
			select {
			case <-l.quit:
				return
			case <-time.After(100 * time.Millisecond): // too many open files, say
				continue
			}
		}
		select {
		case places <- struct{}{}:
		default:
			_ = c.Close() // the signer tries again
			continue
		}
		go func() {
			defer func() { <-places }()
			s, err := secure(c, l.key, l.id)
			if err != nil {
				s, err = nil, fmt.Errorf("refuse a signer: %w", err)
			}
			if !l.hand(met{s, err}) || err != nil {
				_ = c.Close()
			}
		}()
	}
}

// hand gives what was met to Accept, false if nobody asks for it soon.
func (l *signerListener) hand(m met) bool {
	wait := time.NewTimer(handshakeWithin)
	defer wait.Stop()
	select {
	case l.met <- m:
		return true
	case <-wait.C:
	case <-l.quit:
	}
	return false
}

func (l *signerListener) Accept() (net.Conn, error) {
	wait := time.NewTimer(handshakeWithin)
	defer wait.Stop()
	select {
	case m := <-l.met:
		return m.conn, m.err
	case <-wait.C:
		return nil, os.ErrDeadlineExceeded
	case <-l.quit:
		return nil, net.ErrClosed
	}
}

func (l *signerListener) Close() error {
	l.stop.Do(func() { close(l.quit) })
	return l.Listener.Close()
}

// remoteSigner waits until the signer has connected, and returns the validator
// whose key it holds.
func remoteSigner(ctx context.Context, c Config, key *p2p.NodeKey, log *engineLog) (types.PrivValidator, error) {
	endpoint, err := listenForSigner(c.Signer, key, log)
	if err != nil {
		return nil, err
	}
	client, err := privval.NewSignerClient(endpoint, chainID(c))
	if err != nil {
		return nil, fmt.Errorf("wait for the signer: %w", err)
	}
	for said := false; ; said = true {
		if _, err = client.GetPubKey(); err == nil {
			break
		}
		refused := (*privval.RemoteSignerError)(nil)
		if ctx.Err() != nil || errors.As(err, &refused) {
			return nil, errors.Join(fmt.Errorf("ask the signer for its key: %w", err), endpoint.Stop())
		}
		if !said {
			c.Log.Warn("waiting for the remote signer to connect", "address", c.Signer)
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	const tries, wait = 50, 100 * time.Millisecond
	return &remote{privval.NewRetrySignerClient(client, tries, wait), endpoint}, nil
}

// remote is a key elsewhere.
type remote struct {
	*privval.RetrySignerClient
	endpoint *privval.SignerListenerEndpoint
}

// Close gives up what is under way, and the address.
func (r *remote) Close() error { return errors.Join(r.RetrySignerClient.Close(), r.endpoint.Stop()) }

func listenForSigner(address string, key *p2p.NodeKey, log *engineLog) (*privval.SignerListenerEndpoint, error) {
	if strings.HasPrefix(address, "noise://") || strings.HasPrefix(address, "unix://") {
		e, err := privval.NewSignerListenerFromAddr(address, key.PrivKey, log)
		if err != nil {
			return nil, fmt.Errorf("listen for the signer: %w", err)
		}
		return e, nil
	}
	id, at, ok := strings.Cut(address, "@")
	if !ok || strings.Contains(address, "://") {
		return nil, publica.Problem(publica.Invalid, "signer", "want id@host:port: the signer's peer id and where this node listens for it").
			WithHint("publicad sign says the id of its folder; noise:// and unix:// addresses of the engine are taken too")
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		return nil, fmt.Errorf("listen for the signer: %w", err)
	}
	return privval.NewSignerListenerEndpoint(log, newSignerListener(l, key, strings.ToLower(id))), nil
}

// ServeSigner keeps a validator's key for a node that runs elsewhere, and signs
// what may be signed, until ctx is done. Of the Config it needs Dir, where the
// key and what was signed last are kept, Register and Genesis, which name the
// chain, and Signer: id@host:port, the node's peer id and where the node
// listens for its signer. The node's Config.Signer has this folder's peer id
// and the same port.
//
// Connections are authenticated in both directions by the peer keys, see
// [Identity].
func ServeSigner(ctx context.Context, c Config) error {
	if err := c.fill(); err != nil {
		return err
	}
	id, at, ok := strings.Cut(c.Signer, "@")
	if !ok {
		return publica.Problem(publica.Invalid, "signer", "want id@host:port: the node's peer id and where it listens for its signer")
	}
	if restored, err := restoredAt(c.Dir); err != nil {
		return err
	} else if restored != 0 {
		return publica.Problem(publica.Conflict, "", "a signer's folder must never come from a backup: it may have signed since").
			WithHint("make a new folder and have its key admitted as a validator instead of the old one")
	}
	pv, key, err := loadKeys(c.Dir, engineConfig(c))
	if err != nil {
		return err
	}
	g, err := newGuard(c.Dir, pv, c.Log)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		err := signFor(ctx, at, strings.ToLower(id), key, chainID(c), g)
		if ctx.Err() == nil {
			c.Log.Warn("not connected to the node", "address", c.Signer, "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

// signFor serves one connection.
func signFor(ctx context.Context, at, id string, key *p2p.NodeKey, chain string, g *guard) error {
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, "tcp", at)
	if err != nil {
		return err
	}
	defer func() { _ = raw.Close() }()
	defer context.AfterFunc(ctx, func() { _ = raw.Close() })()
	c, err := secure(raw, key, id)
	if err != nil {
		return err
	}
	in, out := protoio.NewDelimitedReader(c, maxSignRequest), protoio.NewDelimitedWriter(c)
	for {
		if err := c.SetReadDeadline(time.Now().Add(signerIdle)); err != nil {
			return err
		}
		var ask privvalproto.Message
		if _, err := in.ReadMsg(&ask); err != nil {
			return err
		}
		answer, err := privval.DefaultValidationRequestHandler(g, ask, chain)
		if err != nil {
			g.log.Warn("not signed", "err", err) // the answer says so too
		}
		if answer.Sum == nil {
			return errors.New("the node asked for something unknown")
		}
		if _, err := out.WriteMsg(&answer); err != nil {
			return err
		}
	}
}
