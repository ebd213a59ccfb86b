package procurementview

import (
	"net/http"

	"publica/internal/web"
)

// paged returns what a page of a list shows, at most limit unless the request says
// otherwise, and the pager for the others. Its cursor is how many stand before: only
// lists are paged like that which grow at their end, or whose order nobody follows.
func paged[T any](r *http.Request, all []T, limit int, noun string) ([]T, web.Pager, error) {
	at, err := web.ReadCursor(r, limit)
	if err != nil {
		return nil, web.Pager{}, err
	}
	all, next := all[min(at.Since, int64(len(all))):], int64(-1)
	if len(all) > at.Limit {
		all, next = all[:at.Limit], at.Since+int64(at.Limit)
	}
	return all, at.Pager(r, next, len(all), noun), nil
}
