//go:build js && wasm

// Command browser is package compliance for browsers: a bidder runs the rules of a
// tender over an offer before sealing it, on the bidder's own machine, by the very
// program that nodes and auditors run. It sets the global function publicaJudge and
// waits for calls; internal/web/assets/own/rules.js is its only caller.
package main

import (
	"encoding/json/v2"
	"syscall/js"

	"publica"
	"publica/compliance"
)

func main() {
	js.Global().Set("publicaJudge", js.FuncOf(func(_ js.Value, args []js.Value) any {
		out := judge(args[0].String(), args[1].String(), args[2].String())
		text, err := json.Marshal(&out, json.Deterministic(true))
		if err != nil {
			panic(err) // cannot happen: it is strings and numbers
		}
		return string(text)
	}))
	select {}
}

// An answer is a result, or why there is none.
type answer struct {
	Result  *compliance.Result `json:"result,omitzero"`
	Problem string             `json:"problem,omitzero"`
}

// judge runs rules over an input. Empty rules are the set that comes with every
// program; the hash pinned is that of the set which the tender names.
func judge(rules, pinned, input string) answer {
	set := compliance.FASTLane()
	if rules != "" {
		var err error
		if set, err = compliance.Parse([]byte(rules)); err != nil {
			return refused(err)
		}
	}
	if set.Hash() != pinned {
		return refused(publica.Problem(publica.Unverified, "rules", "have the hash "+set.Hash()+", not "+pinned+" as the tender says"))
	}
	in, err := set.Read([]byte(input))
	if err != nil {
		return refused(err)
	}
	return answer{Result: set.Evaluate(in)}
}

func refused(err error) answer { return answer{Problem: err.Error()} }
