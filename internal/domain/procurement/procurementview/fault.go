package procurementview

import (
	"errors"
	"log/slog"

	"publica"
)

// A tenderFault is that nothing can be told or made of a tender's records. It is a
// fault of the program, and stays as long as the records are what they are, so what
// is made over all tenders leaves this one out and says so. Any other error is one of
// the request or the node.
type tenderFault struct {
	Docket publica.DocketID
	Doing  string // what fails, as "read"
	Err    error
}

func (f *tenderFault) Error() string {
	return f.Doing + " the tender " + f.Docket.String() + ": " + f.Err.Error()
}

func (f *tenderFault) Unwrap() error { return f.Err }

// faulty reports whether an error is that of one tender.
func faulty(err error) bool {
	_, is := errors.AsType[*tenderFault](err)
	return is
}

// faultOf makes a fault and tells the operator, who alone can have it mended. It is
// called once for as long as the tender does not grow.
func faultOf(log *slog.Logger, id publica.DocketID, doing string, err error) error {
	f := &tenderFault{id, doing, err}
	log.Error("a tender is left out", slog.String("docket", id.String()), slog.Any("err", f))
	return f
}
