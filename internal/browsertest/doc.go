// Package browsertest tries what people do on a whole running register in
// Chromium: contributing, the staff desk, every page of the gallery under
// axe-core. make assets must have run.
package browsertest
