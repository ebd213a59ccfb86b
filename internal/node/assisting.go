package node

import (
	"time"

	"publica"
	"publica/internal/assist"
)

// drafter returns what asks a language model for drafts, nil if none is configured.
func (f *Folder) drafter() (*assist.Drafter, error) {
	c := &f.Config.Assist
	if c.URL == "" {
		if c.Model != "" || c.KeyFile != "" {
			return nil, publica.Problem(publica.Invalid, "assist.url", "is missing, but another setting of assist is given").WithHint("name the endpoint, or remove the others")
		}
		return nil, nil
	}
	key := ""
	if c.KeyFile != "" {
		var err error
		if key, err = f.secretFile("assist.key_file", c.KeyFile); err != nil {
			return nil, err
		}
	}
	return assist.New(assist.Config{URL: c.URL, Model: c.Model, Key: key, Timeout: time.Duration(c.TimeoutSeconds) * time.Second})
}
