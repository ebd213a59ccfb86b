package publica

import (
	"errors"
	"strings"
)

// A Code classifies an [Error] for machines. Surfaces map it once: HTTP status
// in internal/web, exit status in cmd.
type Code string

// The codes. A caller that branches does so on the code, never on the message.
const (
	Malformed    Code = "malformed"     // not the format it claims to be; sending it again cannot help
	Invalid      Code = "invalid"       // well formed, but a field breaks a rule
	TooLarge     Code = "too-large"     // over a size limit
	Unsupported  Code = "unsupported"   // a media type, algorithm or kind this register does not take
	BadSignature Code = "bad-signature" // the signature does not verify
	Unverified   Code = "unverified"    // a proof, receipt or checkpoint does not prove what it claims
	Forbidden    Code = "forbidden"     // the author may not do this
	NotFound     Code = "not-found"     // what is named is not on this register
	Conflict     Code = "conflict"      // contradicts what is already on the register
	Early        Code = "early"         // the period is not open yet
	Late         Code = "late"          // the period is over
	Owed         Code = "owed"          // refused while answers or reasons are owed
	Busy         Code = "busy"          // over capacity; try again later
	Internal     Code = "internal"      // a fault of the node
)

// Error is the one error type for people and machines.
type Error struct {
	Code    Code
	Field   string // JSON path of the offending field, "" if none
	Message string // what is wrong, in plain words, lower case
	Hint    string // what to do about it, "" if nothing can be done
	Err     error  // the cause, or nil
}

// Error renders "field: message: cause".
func (e *Error) Error() string {
	var b strings.Builder
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Message)
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// WithHint returns a copy of e that carries a hint.
func (e *Error) WithHint(hint string) *Error {
	c := *e
	c.Hint = hint
	return &c
}

// Problem returns an [Error] about field (which may be empty).
func Problem(code Code, field, message string) *Error {
	return &Error{Code: code, Field: field, Message: message}
}

// CodeOf returns the code of the first [Error] in err's chain, [Internal] for
// any other error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
