package publica

import "time"

// TimeLayout is the only text form of a [Time]: RFC 3339 in UTC with
// milliseconds, what JavaScript's Date.toISOString prints.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// A Time is an instant in milliseconds since the Unix epoch. Its text form is
// [TimeLayout].
type Time int64

// TimeOf truncates t to milliseconds.
func TimeOf(t time.Time) Time { return Time(t.UnixMilli()) }

// Std returns t as a time.Time in UTC.
func (t Time) Std() time.Time { return time.UnixMilli(int64(t)).UTC() }

// Add returns t+d, truncated to milliseconds.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Milliseconds()) }

// IsZero reports whether t is absent.
func (t Time) IsZero() bool { return t == 0 }

func (t Time) String() string                      { return t.Std().Format(TimeLayout) }
func (t Time) AppendText(b []byte) ([]byte, error) { return t.Std().AppendFormat(b, TimeLayout), nil }
func (t Time) MarshalText() ([]byte, error)        { return t.AppendText(nil) }
func (t *Time) UnmarshalText(b []byte) error {
	v, ok := parseTime(b)
	if !ok {
		return Problem(Malformed, "", "want a time like 2017-09-08T14:30:00.000Z")
	}
	*t = v
	return nil
}

// parseTime parses [TimeLayout] by hand: it stands in every entry, and
// time.Parse would cost as much as the rest of the entry's parsing.
func parseTime(b []byte) (Time, bool) {
	if len(b) != len(TimeLayout) || b[4] != '-' || b[7] != '-' || b[10] != 'T' ||
		b[13] != ':' || b[16] != ':' || b[19] != '.' || b[23] != 'Z' {
		return 0, false
	}
	ok := true
	number := func(from, to int) int {
		n := 0
		for _, c := range b[from:to] {
			ok = ok && c >= '0' && c <= '9'
			n = n*10 + int(c) - '0'
		}
		return n
	}
	year, month, day := number(0, 4), number(5, 7), number(8, 10)
	hour, minute, second, ms := number(11, 13), number(14, 16), number(17, 19), number(20, 23)
	if !ok || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	days := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	if days.Day() != day { // 31 April and the like roll over
		return 0, false
	}
	return Time(days.Unix()*1000 + int64(ms)), true
}
