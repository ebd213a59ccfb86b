// Package identity says who may speak on a register: founders and intake keys
// from the genesis, public bodies, the roles keys hold for a body, and
// accounts that gather the keys of one person.
//
// A role is held by a key, never by an account: whoever adds a key to an
// account cannot gain or lose a role by it. An account stands for one person
// where the rules count persons (one endorsement each).
//
// The package must not know dockets, nor what its roles are good for: other
// domains ask [HasRole], [RequireRole], [Verified] and [HolderOf].
package identity
