package registertest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"publica"
	"publica/internal/machine"
)

// Governed returns the genesis of a register that n bodies govern, "Body 1" and
// on. Actor "governor1" speaks for the first, which runs "node1".
func Governed(n int) *machine.Genesis {
	g := Genesis()
	for i := 1; i <= n; i++ {
		g.Bodies = append(g.Bodies, machine.GenesisBody{
			Governors: []publica.KeyID{Key(fmt.Sprintf("governor%d", i)).ID()}, Name: fmt.Sprintf("Body %d", i), Type: "other"})
		g.Validators = append(g.Validators, Validator(fmt.Sprintf("node%d", i), MemberID(i)))
	}
	return g
}

// MemberID returns the id of the n-th body of [Governed], counted from 1.
func MemberID(n int) publica.BodyID {
	return machine.GenesisBodyID(Register, fmt.Sprintf("Body %d", n))
}

// Validator returns a node of that name: the same keys in every run.
func Validator(name string, body publica.BodyID) machine.Validator {
	full := name + "." + Register
	v := machine.Validator{Address: name + ".example:26656", Body: body, Consensus: Key(name).Public(), Name: full, Power: 1,
		Log: noteKey(name+" log", Register).VKey(), Node: NodeKey(name).VKey(), URL: "https://" + name + ".example"}
	peer := draw(name + " peer")
	v.Peer = hex.EncodeToString(peer[:20])
	for _, alg := range []publica.CosignAlgorithm{publica.Ed25519Cosign, publica.MLDSA44Cosign} {
		text := must(publica.NewCosignKey(full, alg, random(name+alg.String())))
		v.Cosign = append(v.Cosign, must(publica.ParseCosignKey(text)).VKey())
	}
	return v
}

// NodeKey returns the key by which a node signs promises.
func NodeKey(name string) *publica.LogSigner { return noteKey(name+" node", name+"."+Register) }

func noteKey(of, name string) *publica.LogSigner {
	return must(publica.ParseLogKey(must(publica.NewLogKey(name, random(of)))))
}

func draw(of string) [sha256.Size]byte { return sha256.Sum256([]byte("publica test node " + of)) }

func random(of string) io.Reader {
	seed := draw(of)
	return bytes.NewReader(seed[:])
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
