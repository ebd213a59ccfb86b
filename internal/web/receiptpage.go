package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"rsc.io/qr/coding"

	"publica"
	"publica/verifier"
)

// receiptPage is receipt.html: a receipt that checks itself, from disk, in any
// browser. All in it that runs is allowed by its hash.
type receiptPage struct {
	Title, Register string
	Short           string // of the id
	Policy          string
	ContentPolicy   string
	Style           template.CSS
	Script          template.JS
	Receipt         template.JS // JSON
	Code            *qrPicture  // nil while promised, or if no code holds the proof
}

// receiptScript is the verifier with what shows its verdict, in one script.
var receiptScript = sync.OnceValues(func() (string, error) {
	files := embedded()
	script, err := verifier.Script(files["own/verdict.js"].raw, files["own/receipt.js"].raw)
	if err == nil && (strings.Contains(script, "</script") || strings.Contains(script, "<!--")) {
		err = errors.New("the verifier's script would end the page it stands in")
	}
	return script, err
})

// writeReceiptPage returns the page that holds a receipt and verifies it under
// the policy, in the language of l. Its code leads to the register at base.
func (s *Site) writeReceiptPage(l *Locale, receipt *publica.Receipt, id publica.EntryID, policyText, base string) ([]byte, error) {
	raw, err := receipt.Bytes()
	if err != nil {
		return nil, err
	}
	script, err := receiptScript()
	if err != nil {
		return nil, err
	}
	style := string(embedded()["own/receipt.css"].raw)
	p := &receiptPage{Title: s.data.Title, Register: s.data.Register, Short: id.String()[:8], Policy: policyText,
		Style: template.CSS(style), Script: template.JS(script),
		// The JSON stands in a script element, which the letters "</script" would end.
		Receipt: template.JS(bytes.ReplaceAll(bytes.TrimSpace(raw), []byte("<"), []byte(`\u003c`))),
		ContentPolicy: "default-src 'none'; script-src " + hashSource(script) + "; style-src " + hashSource(style) +
			"; base-uri 'none'; form-action 'none'",
	}
	if receipt.Leaf != nil {
		if p.Code, err = codeOf(receipt, policyText, base+"/verify#"); err != nil && publica.CodeOf(err) != publica.TooLarge {
			return nil, err
		}
	}
	var b bytes.Buffer
	err = s.receiptFace[l].ExecuteTemplate(&b, "receipt.html", p)
	return b.Bytes(), err
}

// hashSource names an inline script or style in a content policy.
func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// receiptPageFile serves the page as a file to keep: the site's own content
// policy would not let it run here.
func (s *Site) receiptPageFile(w http.ResponseWriter, r *http.Request) {
	id, err := PathEntry(r, "id")
	var receipt *publica.Receipt
	if err == nil {
		receipt, err = s.register.Receipt(r.Context(), id)
	}
	var page []byte
	if err == nil {
		page, err = s.writeReceiptPage(LocaleOf(r), receipt, id, s.register.Policy(), BaseURL(r))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="receipt-`+id.String()[:16]+`.html"`)
	w.Header().Set("Cache-Control", "no-store")
	send(w, page)
}

// A qrPicture is a QR code as a path of unit squares.
type qrPicture struct {
	Size int // of its side, the quiet zone included
	Path string
}

// easilyScanned is how many characters a code holds that a telephone reads from
// paper at once.
const easilyScanned = 2000

// codeOf draws a receipt's compact form behind a link. Content is left out
// where the code would become hard to scan.
func codeOf(receipt *publica.Receipt, policyText, link string) (*qrPicture, error) {
	policy, err := publica.ParsePolicy([]byte(policyText))
	if err != nil {
		return nil, err
	}
	compact, err := receipt.Compact(policy, easilyScanned)
	if publica.CodeOf(err) == publica.TooLarge {
		compact, err = receipt.Compact(policy, publica.MaxCompact-2*len(link))
	}
	if err != nil {
		return nil, err
	}
	return drawCode(coding.String(link), coding.Alpha(compact))
}

// quietZone is the white border of a QR code in modules (ISO/IEC 18004).
const quietZone = 4

// drawCode draws the smallest code that holds the segments, with the least
// error correction: paper is not dirty when it is new.
func drawCode(segments ...coding.Encoding) (*qrPicture, error) {
	for v := coding.Version(coding.MinVersion); v <= coding.MaxVersion; v++ {
		bits := 0
		for _, s := range segments {
			bits += s.Bits(v)
		}
		if bits > v.DataBytes(coding.L)*8 {
			continue
		}
		plan, err := coding.NewPlan(v, coding.L, 0)
		if err != nil {
			return nil, err
		}
		code, err := plan.Encode(segments...)
		if err != nil {
			return nil, err
		}
		return pictureOf(code), nil
	}
	return nil, publica.Problem(publica.TooLarge, "receipt", "does not fit a QR code")
}

func pictureOf(code *coding.Code) *qrPicture {
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			start := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > start {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", start+quietZone, y+quietZone, x-start, x-start)
			}
		}
	}
	return &qrPicture{Size: code.Size + 2*quietZone, Path: b.String()}
}
