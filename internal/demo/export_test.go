package demo

import (
	"publica/tender"
)

// See is for tests, which see a tender as the sample's actors do.
var See = see

// Input is what a tender was read from.
func (s *sight) Input() *tender.Input { return &s.in }

// Content is the content of its records.
func (s *sight) Content() tender.Content { return s.content }
