package node

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"publica"
	"publica/internal/domain"
)

// Config is publica.toml. A field that is missing there has its default. The
// environment overrides the file: PUBLICA_ and the field's name in upper case,
// with that of its table before it, as in PUBLICA_PEERS_LISTEN; the elements
// of a list of strings are separated by commas. Witnesses,
// sign-in services, webhooks and trustees are set in the file only.
type Config struct {
	Register string   `toml:"register" comment:"The register's name. It is part of every signed byte and never changes."`
	Name     string   `toml:"name" comment:"This node's name in the register, one word: node1 is known to others as node1.REGISTER.\nIt is part of the node's keys and never changes."`
	Listen   string   `toml:"listen" comment:"Where pages and the API are served, host:port. The node speaks plain HTTP: keep it on\nloopback, behind a proxy that speaks TLS."`
	URL      string   `toml:"public_url" comment:"Where the public reaches this node, https://host."`
	Title    string   `toml:"title" comment:"What pages call this register; empty: its name."`
	Operator string   `toml:"operator" comment:"Who runs this node, as its pages say."`
	Contact  string   `toml:"contact" comment:"Where people reach them: mailto:… or https://…"`
	Proxies  []string `toml:"proxies" comment:"Addresses of the proxies before this node, 192.0.2.1 or 192.0.2.0/24. Only their\nX-Forwarded-For is believed, and only then are clients behind them told apart."`
	Signer   string   `toml:"signer" comment:"Remote signer that holds the voting key (publicad sign): its id, and where this node waits\nfor it, ID@host:port. Empty: the voting key is in engine/."`

	Peers     Peers     `toml:"peers" comment:"The other nodes. Validators are known from the register itself and need no line here."`
	Limits    Limits    `toml:"limits" comment:"When this node says no. 0 stands for the default."`
	Theme     Theme     `toml:"theme" comment:"What the pages look like: ten colours, #rrggbb, from which all others are mixed; empty ones\nhave their defaults. A theme that not everybody could read is refused (WCAG 2.2 AA)."`
	Mail      Mail      `toml:"mail" comment:"Letters to those who follow a docket or the register. Without a server none are offered."`
	Assist    Assist    `toml:"assist" comment:"A language model that members of staff may ask for drafts of answers. Off without a url."`
	Data      Data      `toml:"data" comment:"The open contracting data that this node serves."`
	Witnesses []Witness `toml:"witnesses,omitempty"`
	SignIn    []SignIn  `toml:"sign_in,omitempty"`
	Webhooks  []Webhook `toml:"webhooks,omitempty"`
	Trustees  []Trustee `toml:"trustees,omitempty"`
}

// Peers says how other nodes are met.
type Peers struct {
	Listen    string   `toml:"listen" comment:"Where validators and followers connect, host:port; empty: a free port on loopback."`
	Followers []string `toml:"followers" comment:"Nodes that may connect though they are no validators, id@host:port."`
}

// Limits are a node's own, no rules of the register.
type Limits struct {
	PromiseFree      int64 `toml:"promise_free_bytes" comment:"Bytes free on the disk below which nothing is promised; below a quarter the node stops."`
	ClockSkewSeconds int64 `toml:"clock_skew_seconds" comment:"Seconds this node's clock may differ from the other nodes' before /readyz says so."`
	PostsPerSecond   int64 `toml:"posts_per_second" comment:"Submissions a second from one address (one /64 in IPv6), with five seconds' worth at once;\n-1: any number."`
}

// ClockSkew is the difference of clocks that is too much.
func (l *Limits) ClockSkew() time.Duration { return time.Duration(l.ClockSkewSeconds) * time.Second }

// Witness is an outside cosigner of the log.
type Witness struct {
	Name string `toml:"name"` // one word, as it stands in policies
	URL  string `toml:"url"`  // submission prefix
	VKey string `toml:"vkey"` // cosignature verifier key
}

// SignIn is a service (OpenID Connect) that members of staff may come from to
// the desk.
type SignIn struct {
	Name       string `toml:"name"`   // on the button
	ID         string `toml:"id"`     // one word, part of the callback's address: public_url/desk/from/ID/back
	Issuer     string `toml:"issuer"` // URL
	Client     string `toml:"client_id"`
	SecretFile string `toml:"client_secret_file"` // mode 0600; empty: a public client
}

// Mail says how letters leave the node.
type Mail struct {
	Server       string `toml:"server" comment:"Host of the mail server that takes this node's letters; empty: none are sent."`
	Port         int64  `toml:"port" comment:"Its port, mostly 587 or 465."`
	TLS          string `toml:"tls" comment:"starttls (port 587), tls (port 465), or none for a server on this machine."`
	User         string `toml:"user" comment:"Who this node is to the server; empty: it does not ask."`
	PasswordFile string `toml:"password_file" comment:"File with the password, mode 0600, below the node's folder or absolute."`
	From         string `toml:"from" comment:"Sender: Open Register <noreply@example.org>."`
	Hour         int64  `toml:"hour" comment:"Hour of the day, UTC, at which daily letters leave, and weekly ones on Mondays: 1 to 24."`
	KeepDays     int64  `toml:"keep_days" comment:"Days after which a confirmed address is deleted, unless its owner asks again."`
}

// Assist names an endpoint that speaks the chat completions of the OpenAI API.
type Assist struct {
	URL            string `toml:"url" comment:"Its address up to and without /chat/completions, https; empty: no drafts are offered.\nWhat people wrote is sent there when somebody at the desk asks for a draft."`
	Model          string `toml:"model" comment:"The model, as the endpoint names it. Records name it too."`
	KeyFile        string `toml:"key_file" comment:"File with the key, mode 0600, below the node's folder or absolute; empty: none is sent."`
	TimeoutSeconds int64  `toml:"timeout_seconds" comment:"Seconds that one draft may take, up to 50; 0: 30."`
}

// Data says on what terms this node serves open contracting data: packages name them.
type Data struct {
	License string `toml:"license" comment:"Address of the license under which anyone may use it, https, as\nhttps://creativecommons.org/publicdomain/zero/1.0/; empty: packages name none."`
	Policy  string `toml:"publication_policy" comment:"Address of the publication policy, https; empty: packages name none."`
}

// terms returns them, or says which of them is no address.
func (d *Data) terms() (domain.DataTerms, error) {
	for _, s := range [][2]string{{"data.license", d.License}, {"data.publication_policy", d.Policy}} {
		if u, err := url.Parse(s[1]); s[1] != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
			return domain.DataTerms{}, publica.Problem(publica.Invalid, s[0], "is not an https URL").WithHint("write its address, https://host/path, or leave it empty")
		}
	}
	return domain.DataTerms{License: d.License, Policy: d.Policy}, nil
}

// Webhook is an address that records are sent to, signed (Standard Webhooks).
type Webhook struct {
	Name       string   `toml:"name"`        // one word
	URL        string   `toml:"url"`         // https
	SecretFile string   `toml:"secret_file"` // mode 0600: whsec_ and base64
	Dockets    []string `toml:"dockets"`     // ids; none: all
	Kinds      []string `toml:"kinds"`       // none: all; one that ends in / is a whole domain
}

// witnessHelp stands at the end of a new publica.toml.
const witnessHelp = `
# Outside witnesses, which are asked to cosign the log (C2SP tlog-witness): a
# table for each, with one word as its name, its submission prefix, and the
# verifier key of its cosignatures.
# [[witnesses]]
# name = 'w1'
# url = 'https://witness.example.org'
# vkey = 'witness.example.org+00000000+BASE64'

# Services (OpenID Connect) that members of staff may come from to the desk; each
# knows this node by the address public_url/desk/from/ID/back.
# [[sign_in]]
# name = 'Staff account'
# id = 'staff'
# issuer = 'https://login.example.org'
# client_id = 'publica'
# client_secret_file = 'keys/staff.secret'

# Webhooks: addresses that records are sent to, one by one in the order of the
# log, signed with the secret (Standard Webhooks). Without dockets and kinds all
# are sent.
# [[webhooks]]
# name = 'archive'
# url = 'https://archive.example.org/publica'
# secret_file = 'keys/archive.secret'
# dockets = []
# kinds = ['participation/draft', 'governance/']

# Trustees of tenders that run beside this node, each with a key and a folder of
# its own; node and policy_file only if it is to follow another node. Trustees
# that one operator runs are not independent.
# [[trustees]]
# key_file = 'trustees/1.key'
# secrets_dir = 'trustees/1'
# node = ''
# policy_file = ''
`

// withDefaults returns the configuration with what is missing filled in.
func (c Config) withDefaults() Config {
	setDefault(&c.Name, "node1")
	setDefault(&c.Listen, "127.0.0.1:8080")
	setDefault(&c.Limits.PromiseFree, 512<<20)
	setDefault(&c.Limits.ClockSkewSeconds, 10)
	setDefault(&c.Limits.PostsPerSecond, 200)
	setDefault(&c.Mail.Port, 587)
	setDefault(&c.Mail.TLS, "starttls")
	setDefault(&c.Mail.KeepDays, 365)
	setDefault(&c.Mail.Hour, 6)
	return c
}

func setDefault[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}

// NodeName returns the name by which others know this node, for example
// "node1.register.example.org".
func (c *Config) NodeName() string { return c.Name + "." + c.Register }

// proxies returns the networks whose X-Forwarded-For is believed.
func (c *Config) proxies() (all []netip.Prefix, err error) {
	for _, s := range c.Proxies {
		p, err := netip.ParsePrefix(s)
		if a, e := netip.ParseAddr(s); e == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return nil, publica.Problem(publica.Invalid, "proxies", s+" is neither an address nor a network").
				WithHint(`write "192.0.2.1" or "192.0.2.0/24"`)
		}
		all = append(all, p)
	}
	return all, nil
}

// readConfig reads a configuration file and what the environment overrides.
// Unknown fields are refused: a misspelt limit would not hold.
func readConfig(path string, getenv func(string) string) (c Config, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("read configuration: %w", err)
	}
	err = toml.NewDecoder(strings.NewReader(string(raw))).DisallowUnknownFields().Decode(&c)
	if unknown, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		at := unknown.Errors[0]
		line, _ := at.Position()
		return c, publica.Problem(publica.Malformed, strings.Join(at.Key(), "."), fmt.Sprintf("is no setting (%s, line %d)", path, line)).
			WithHint("remove it, or check its spelling against docs/operating.md")
	}
	if wrong, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ := wrong.Position()
		return c, &publica.Error{Code: publica.Malformed, Field: strings.Join(wrong.Key(), "."), Message: fmt.Sprintf("cannot be read (%s, line %d)", path, line), Err: err}
	}
	if err == nil {
		err = override(reflect.ValueOf(&c).Elem(), "PUBLICA_", getenv)
	}
	return c.withDefaults(), err
}

// override sets the fields for which the environment has a value.
func override(table reflect.Value, prefix string, getenv func(string) string) error {
	for i := range table.NumField() {
		field, key := table.Field(i), prefix+strings.ToUpper(table.Type().Field(i).Tag.Get("toml"))
		value := getenv(key)
		switch to := field.Addr().Interface().(type) {
		case *[]Witness, *[]SignIn, *[]Webhook, *[]Trustee:
		case *string:
			if value != "" {
				*to = value
			}
		case *[]string:
			if value != "" {
				*to = strings.Split(value, ",")
			}
		case *int64:
			if value == "" {
				break
			}
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return publica.Problem(publica.Malformed, key, "is not a number: "+strconv.Quote(value))
			}
			*to = n
		default:
			if err := override(field, key+"_", getenv); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeConfig writes publica.toml with a comment for each field.
func writeConfig(path string, c Config) error {
	text, err := toml.Marshal(c)
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return writeNew(path, append(text, witnessHelp...), 0o644)
}

// OpenFolder reads the configuration of an existing folder.
func OpenFolder(dir string) (*Folder, error) {
	f := &Folder{dir: dir}
	var err error
	f.Config, err = readConfig(f.path("publica.toml"), os.Getenv)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, publica.Problem(publica.NotFound, "home", dir+" holds no node").
			WithHint("found a register with: publicad found --home " + dir + " --register register.example.org")
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}
