//go:build !unix

package trustee

// syncFolder does nothing: this system makes renames durable by itself, or
// cannot be told to.
func syncFolder(string) error { return nil }

// lockFolder holds nothing: see that one trustee alone uses a folder.
func lockFolder(string) (unlock func() error, err error) {
	return func() error { return nil }, nil
}

// lockFile holds nothing: see that one program alone acts for a trustee.
func lockFile(string) (unlock func(), err error) { return func() {}, nil }
