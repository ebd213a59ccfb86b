package publica

import (
	"bytes"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"io"
	"strconv"
	"strings"
)

// Canonical returns the RFC 8785 form of v. Its numbers must be integers of
// magnitude below 2^53, which is not checked.
func Canonical(v any) ([]byte, error) {
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, Problem(Malformed, "", "cannot be written as JSON: "+err.Error())
	}
	value := jsontext.Value(raw)
	if err := value.Canonicalize(); err != nil {
		return nil, Problem(Malformed, "", "has no canonical form: "+err.Error())
	}
	return value, nil
}

// checkCanonical refuses bytes that are not their own RFC 8785 form, and the
// values that form allows but an entry does not: null, and numbers that are
// not integers of magnitude below 2^53.
func checkCanonical(raw []byte) error {
	canonical := jsontext.Value(bytes.Clone(raw))
	if err := canonical.Canonicalize(); err != nil {
		return jsonError(err)
	}
	dec := jsontext.NewDecoder(bytes.NewReader(canonical))
	for {
		t, err := dec.ReadToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return jsonError(err)
		}
		switch t.Kind() {
		case 'n':
			return Problem(Malformed, pointerField(dec.StackPointer()), "null is not allowed").WithHint("leave the member out")
		}
	}
	if at, ok := notInteger(canonical); ok {
		return Problem(Malformed, fieldAt(canonical, at), "is a number that is not an integer below 2^53").
			WithHint("write fractions and large numbers as strings")
	}
	if !bytes.Equal(canonical, raw) {
		if at, ok := notInteger(raw); ok {
			return Problem(Malformed, fieldAt(raw, at), "is a number that is not an integer below 2^53").
				WithHint("write fractions and large numbers as strings")
		}
		return Problem(Malformed, "", "is JSON, but not in canonical form").
			WithHint("sort members, drop white space and use shortest escapes (RFC 8785)")
	}
	return nil
}

// notInteger finds the first number in JSON text that is not an integer of
// magnitude below 2^53 in its plain form. Strings are skipped.
func notInteger(text []byte) (offset int, found bool) {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case c == '-' || (c >= '0' && c <= '9'):
			start := i
			for i < len(text) && strings.IndexByte("+-.0123456789eE", text[i]) >= 0 {
				i++
			}
			n, err := strconv.ParseInt(string(text[start:i]), 10, 64)
			if err != nil || n >= 1<<53 || n <= -1<<53 {
				return start, true
			}
			i--
		}
	}
	return 0, false
}

// fieldAt names the JSON path of the value at a byte offset.
func fieldAt(text []byte, offset int) string {
	dec := jsontext.NewDecoder(bytes.NewReader(text))
	for dec.InputOffset() <= int64(offset) {
		if _, err := dec.ReadToken(); err != nil {
			break
		}
	}
	return pointerField(dec.StackPointer())
}

// pointerField turns a JSON pointer into the field path of an [Error].
func pointerField(p jsontext.Pointer) string { return strings.TrimPrefix(string(p), "/") }

// jsonError turns an error of the JSON packages into an [Error] that names the
// field.
func jsonError(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Field != "" {
		return e
	}
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		field := pointerField(e.JSONPointer)
		if errors.Is(err, json.ErrUnknownName) {
			return Problem(Malformed, field, "is not a member known here").WithHint("remove it, or check its spelling")
		}
		if cause, ok := errors.AsType[*Error](e.Err); ok {
			return &Error{Code: cause.Code, Field: field, Message: cause.Message, Hint: cause.Hint}
		}
		return &Error{Code: Malformed, Field: field, Message: "has the wrong type"}
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		field := pointerField(e.JSONPointer)
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return Problem(Malformed, field, "stands twice in its object")
		}
		return &Error{Code: Malformed, Field: field, Message: "is not valid JSON", Err: e.Err}
	}
	return &Error{Code: Malformed, Message: "is not valid JSON", Err: err}
}

// DecodeStrict decodes JSON text into v, refusing unknown and duplicate
// members, and returns an [Error] that names the field at fault, prefixed by
// at (which may be empty).
func DecodeStrict(text []byte, v any, at string) error {
	err := json.Unmarshal(text, v, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	err = jsonError(err)
	if e, ok := errors.AsType[*Error](err); ok && at != "" {
		c := *e
		c.Field = strings.TrimSuffix(at+"/"+e.Field, "/")
		return &c
	}
	return err
}
