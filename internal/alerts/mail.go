package alerts

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"time"

	smtp "github.com/wneessen/go-mail"

	"publica"
)

// Mail says how letters leave the node.
type Mail struct {
	Server    string // host
	Port      int
	TLS       string // starttls, tls, none
	User      string // "": none
	Password  string
	From      string        // "Register <noreply@example.org>"
	Keep      time.Duration // how long an address is kept after its owner confirmed it
	Hour      int           // of the day, UTC, at which digests leave
	serverTLS []smtp.Option // of tests
}

// A letter is one e-mail.
type letter struct {
	id      string // left part of its Message-ID: the same if it is sent again
	to      string
	lang    string
	subject string
	text    string
	end     string // where its reader ends what brought it
	at      time.Time
}

// sendPatience is how long the mail server may take for each step.
const sendPatience = 20 * time.Second

// Check says what is wrong with the settings; fields are those of publica.toml.
func (m *Mail) Check() error {
	switch _, err := mail.ParseAddress(m.From); {
	case err != nil:
		return publica.Problem(publica.Invalid, "mail.from", "is not an address").WithHint(`write it like "Open Register <noreply@example.org>"`)
	case m.Port < 1 || m.Port > 65535:
		return publica.Problem(publica.Invalid, "mail.port", "is not a port").WithHint("587 with starttls, 465 with tls")
	case m.TLS != "starttls" && m.TLS != "tls" && m.TLS != "none":
		return publica.Problem(publica.Invalid, "mail.tls", "is not one of starttls, tls, none")
	case m.TLS == "none" && m.Password != "":
		return publica.Problem(publica.Invalid, "mail.tls", "would send the password in the open").WithHint("use starttls or tls")
	case m.Hour < 1 || m.Hour > 24:
		return publica.Problem(publica.Invalid, "mail.hour", "is not an hour of the day, 1 to 24")
	case m.Keep <= 0:
		return publica.Problem(publica.Invalid, "mail.keep_days", "is not a positive number of days")
	}
	return nil
}

func (m *Mail) client() (*smtp.Client, error) {
	options := []smtp.Option{smtp.WithPort(m.Port), smtp.WithTimeout(sendPatience)}
	switch m.TLS {
	case "tls":
		options = append(options, smtp.WithSSL())
	case "starttls":
		options = append(options, smtp.WithTLSPolicy(smtp.TLSMandatory))
	default:
		options = append(options, smtp.WithTLSPolicy(smtp.NoTLS))
	}
	if m.User != "" {
		options = append(options, smtp.WithSMTPAuth(smtp.SMTPAuthAutoDiscover), smtp.WithUsername(m.User), smtp.WithPassword(m.Password))
	}
	return smtp.NewClient(m.Server, append(options, m.serverTLS...)...)
}

// send sends letters over one connection, and calls sent with what became of
// each. Its error means that the server was not reached: then nothing is known
// of the letters for which sent was not called.
func (m *Mail) send(ctx context.Context, letters []letter, sent func(i int, err error) error) error {
	c, err := m.client()
	if err != nil {
		return fmt.Errorf("prepare mail: %w", err)
	}
	if err := c.DialWithContext(ctx); err != nil {
		return fmt.Errorf("reach the mail server: %w", err)
	}
	defer func() { _ = c.Close() }() // what was taken was taken, however the server parts
	for i := range letters {
		msg, err := m.compose(&letters[i])
		if err == nil {
			err = c.Send(msg)
		}
		if msg != nil && msg.IsDelivered() {
			err = nil // what broke later does not matter to this letter
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := sent(i, err); err != nil {
			return err
		}
	}
	return nil
}

// compose writes the message: RFC 5322, in the reader's language, with the
// headers that let a mail program end it in one click (RFC 2369, RFC 8058), and
// one that keeps programs from answering it (RFC 3834).
func (m *Mail) compose(l *letter) (*smtp.Msg, error) {
	msg := smtp.NewMsg(smtp.WithEncoding(smtp.EncodingQP))
	if err := errors.Join(msg.From(m.From), msg.To(l.to)); err != nil {
		return nil, err
	}
	from, err := mail.ParseAddress(m.From)
	if err != nil {
		return nil, err
	}
	msg.SetUserAgent("Publica")
	msg.Subject(l.subject)
	msg.SetDateWithValue(l.at)
	msg.SetMessageIDWithValue(l.id + "@" + domainOf(from.Address))
	msg.SetGenHeader(smtp.HeaderContentLang, l.lang)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeaderPreformatted(smtp.HeaderListUnsubscribe, "<"+l.end+">")
	msg.SetGenHeaderPreformatted(smtp.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	msg.SetBodyString(smtp.TypeTextPlain, l.text)
	return msg, nil
}

// who refused a letter.
type who int

const (
	nobody     who = iota
	connection     // nothing is known of the letter
	server         // for a reason that is not the address
	address        // for good
)

func refusedBy(err error) who {
	var s *smtp.SendError
	switch {
	case err == nil:
		return nobody
	case !errors.As(err, &s) || s.ErrorCode() == 0:
		return connection
	case s.Reason == smtp.ErrSMTPRcptTo && !s.IsTemp():
		return address
	}
	return server
}
