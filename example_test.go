package publica_test

import (
	"fmt"
	"os"
	"strings"

	"publica"
)

// A person writes a comment, signs it, and hands the submission to a node.
func ExampleNewSubmission() {
	key := publica.KeyFromSeed([32]byte{1}) // a real one comes from GenerateKey
	content, part := publica.NewContent("text", "text/markdown", []byte("Publish the *contract*, too."))
	s, err := publica.NewSubmission(key, publica.Entry{
		Register: "demo.publica.example",
		Kind:     "participation/comment",
		Made:     1504881000000,
		Nonce:    publica.NewNonce(nil),
		Body:     []byte(`{"stance":"support"}`),
		Content:  []publica.Part{part},
	}, content)
	if err != nil {
		fmt.Println(err)
		return
	}
	entry, err := s.Signed.Open()
	fmt.Println(entry.Kind, entry.Made, err)
	// Output: participation/comment 2017-09-08T14:30:00.000Z <nil>
}

// A receipt file is believed, offline, because a policy names the key of the
// log.
func ExampleReceipt_Verify() {
	file, err := os.ReadFile("testdata/receipt.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	policy, err := publica.SingleLogPolicy("demo.publica.example+1434e0a4+AX9izkLuIFnhYva2fFhnqRvIQ0XlQLFOMlE6QnHnfMF2")
	if err != nil {
		fmt.Println(err)
		return
	}
	receipt, err := publica.ParseReceipt(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := receipt.Verify(policy, "demo.publica.example")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Stage, v.Entry.Kind, "at", v.Index, "of", v.Checkpoint.Tree.N, v.Present)

	receipt.Content[0].Data[0] = 'p'
	_, err = receipt.Verify(policy, "demo.publica.example")
	fmt.Println(publica.CodeOf(err), err)
	// Output:
	// logged participation/comment at 6 of 12 [text attachment-1]
	// unverified content/0/data: does not fit the entry's commitment to its part text
}

// A policy that cannot be right is refused with the line.
func ExampleParsePolicy() {
	_, err := publica.ParsePolicy([]byte(strings.Join([]string{
		"log demo.publica.example+1434e0a4+AX9izkLuIFnhYva2fFhnqRvIQ0XlQLFOMlE6QnHnfMF2",
		"quorum witnesses",
		"witnes w1 w1.example+…",
	}, "\n")))
	fmt.Println(err)
	// Output: policy/line 3: unknown keyword: "witnes"
}
