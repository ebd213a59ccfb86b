package ledger

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	cmtlog "github.com/cometbft/cometbft/libs/log"
)

// engineLog passes the engine's warnings and errors to slog. Its lower levels
// are many lines a block, and are dropped before they are rendered.
type engineLog struct {
	to      *slog.Logger
	failure chan string // why consensus died, in the engine's words; holds one
}

var _ cmtlog.Logger = (*engineLog)(nil)

func newEngineLog(to *slog.Logger) *engineLog {
	return &engineLog{to: to.With("part", "engine"), failure: make(chan string, 1)}
}

func (l *engineLog) Debug(string, ...any) {}
func (l *engineLog) Info(string, ...any)  {}

func (l *engineLog) Warn(msg string, keyvals ...any) { l.log(slog.LevelWarn, msg, keyvals) }

// Error keeps the reason of a consensus failure. The engine only writes it
// here: the goroutine of consensus ends, and the rest goes on as if nothing
// were the matter.
func (l *engineLog) Error(msg string, keyvals ...any) {
	if msg == "CONSENSUS FAILURE!!!" {
		why := "unknown reason"
		for i := 0; i+1 < len(keyvals); i += 2 {
			if keyvals[i] == "err" {
				why = fmt.Sprint(keyvals[i+1])
			}
		}
		select {
		case l.failure <- why:
		default:
		}
	}
	switch {
	case msg == "Stopped accept routine, as transport is closed", has(keyvals, "already stopped"):
		// said at every orderly stop
	case has(keyvals, io.EOF.Error()): // a peer that ended normally; the ledger says who is connected
		l.log(slog.LevelDebug, msg, keyvals)
	case msg == "Stopping peer for error": // a peer that goes away
		l.log(slog.LevelWarn, msg, keyvals)
	default:
		l.log(slog.LevelError, msg, keyvals)
	}
}

// has reports whether err, among the values, says that.
func has(keyvals []any, text string) bool {
	for i := 0; i+1 < len(keyvals); i += 2 {
		if keyvals[i] == "err" && fmt.Sprint(keyvals[i+1]) == text {
			return true
		}
	}
	return false
}

func (l *engineLog) With(keyvals ...any) cmtlog.Logger {
	return &engineLog{to: l.to.With(keyvals...), failure: l.failure}
}

// log renders values the engine gives as Stringers, which slog's handlers
// would print as structs.
func (l *engineLog) log(level slog.Level, msg string, keyvals []any) {
	if !l.to.Enabled(context.Background(), level) {
		return
	}
	args := make([]any, len(keyvals))
	for i, v := range keyvals {
		if s, ok := v.(fmt.Stringer); ok && i%2 == 1 {
			v = s.String()
		}
		args[i] = v
	}
	l.to.Log(context.Background(), level, msg, args...)
}
