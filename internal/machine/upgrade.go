package machine

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"publica"
)

// An Upgrade says which code executes the blocks from a height on.
type Upgrade struct {
	Code    []publica.Hash `json:"code"`    // SHA-256 of the executables that may, one for each platform
	Height  int64          `json:"height"`  // of the first block
	Version string         `json:"version"` // what people call the code
}

// ErrUpgrade is in the chain of the error by which [Machine.Begin] refuses a
// block that other code must execute. Nothing has changed: the node stops, and
// goes on with that code.
var ErrUpgrade = errors.New("other code must go on from here")

var (
	upgrades    = NewTable[Upgrade]("upgrade")
	upgradeNow  = []byte("now")  // in force; absent before the first
	upgradeNext = []byte("next") // the last one decided; in force once its height is reached
)

// SetCode says which executable this machine runs in. Until it is called no
// upgrade names it.
func (m *Machine) SetCode(code publica.Hash) { m.code = code }

// AnyCode has the machine execute blocks whatever the upgrades say: for those
// who execute again what is on the log and compare every leaf.
func (m *Machine) AnyCode() { m.anyCode = true }

// mayExecute refuses a block that other code must execute. Code that is decided
// for a later height may go first: a node may be restarted with it in time.
func (m *Machine) mayExecute(tx *Tx, height int64) error {
	now, has := tx.upgradeAt(height)
	if m.anyCode || !has || slices.Contains(now.Code, m.code) {
		return nil
	}
	if next, ok := tx.nextUpgrade(); ok && slices.Contains(next.Code, m.code) {
		return nil
	}
	return &publica.Error{Code: publica.Unsupported, Field: "code", Err: ErrUpgrade,
		Message: "block " + strconv.FormatInt(height, 10) + " is executed by version " + now.Version + ", SHA-256 " + codes(now.Code) + "; this is " + m.code.String(),
		Hint:    "install version " + now.Version + " and start the node again: it goes on where it stopped"}
}

func codes(all []publica.Hash) string {
	texts := make([]string, len(all))
	for i, c := range all {
		texts[i] = c.String()
	}
	return strings.Join(texts, " or ")
}

// nextUpgrade returns the upgrade whose height is still to come, if one is
// decided.
func (tx *Tx) nextUpgrade() (Upgrade, bool) {
	u, ok := upgrades.Get(tx, upgradeNext)
	if !ok || u.Height <= tx.block.height {
		return Upgrade{}, false
	}
	return u, true
}

// upgradeAt returns the upgrade in force at a height, if there was any yet.
func (tx *Tx) upgradeAt(height int64) (Upgrade, bool) {
	if u, ok := upgrades.Get(tx, upgradeNext); ok && u.Height <= height {
		return u, true
	}
	return upgrades.Get(tx, upgradeNow)
}

// SetUpgrade decides an upgrade for a height to come. It takes the place of one
// whose height is still to come.
func (tx *Tx) SetUpgrade(u Upgrade) {
	if now, ok := tx.upgradeAt(tx.block.height); ok {
		upgrades.Put(tx, upgradeNow, now)
	}
	upgrades.Put(tx, upgradeNext, u)
}

// UpgradeOf returns the last upgrade decided in the committed state, whether
// its height has come or not; ok is false if there was none.
func UpgradeOf(r Reader) (u Upgrade, ok bool, err error) {
	b := &Block{reader: r}
	u, ok = upgrades.Get(&Tx{block: b}, upgradeNext)
	return u, ok, b.err
}
