package procurementview

import (
	"testing"

	"publica/internal/domain/procurement"
	"publica/internal/web"
)

// Pages have words for every reason for which the law rejects a bid.
func TestRejectWords(t *testing.T) {
	for _, code := range procurement.RejectCodes {
		if rejectWords(web.LocaleIn(t.Context()), string(code)) == string(code) {
			t.Errorf("there are no words for the code %s", code)
		}
	}
}
