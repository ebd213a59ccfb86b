// Package importer turns records that were made elsewhere into statements of a
// register: Markdown documents into drafts with stable sections, and the public
// file of the fourth U.S. National Action Plan into a whole docket.
//
// An imported statement is signed by the importer and says so: author, date and
// source of the original are claims beside it, never a signature by somebody
// else. Nothing is added to what the source says.
//
// Every statement is derived from its source alone: the same source, key and
// docket give the same entry ids, so an import that was cut off is repeated
// from the start and nothing stands twice.
//
// The package must not know the node, the command line or a terminal; it
// reads the files it is given and speaks to a register through [Register].
package importer
