// Package document turns a text document, OpenDocument (ODT, OASIS OpenDocument
// 1.3) or Office Open XML (DOCX, ECMA-376), into Markdown (CommonMark, with the
// tables of GitHub): headings, paragraphs, lists, tables, bold, italics and links.
// What Markdown does not hold, such as pictures, notes and remarks, is counted,
// so that nothing is lost in silence.
//
// A document is foreign input: sizes, counts and depths have limits, and a file
// that unpacks to more is refused.
//
// The package must not know what the text is for: no register, no sections.
package document

// Limits of what is read.
const (
	MaxFile  = 64 << 20  // bytes of the file
	MaxPart  = 32 << 20  // bytes of one part of it, unpacked
	maxParts = 10_000    // files in the archive
	maxDepth = 200       // of elements in one another
	maxCount = 2_000_000 // elements and texts of one part
)
