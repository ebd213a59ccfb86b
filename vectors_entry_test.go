package publica

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

type entryVector struct {
	Name  string  `json:"name"`
	Bytes []byte  `json:"bytes"`
	Text  string  `json:"text,omitzero"` // the same, to read
	ID    EntryID `json:"id,omitzero"`
	verdict
}

func (c *entryVector) name() string     { return c.Name }
func (c *entryVector) expect() *verdict { return &c.verdict }
func (c *entryVector) run(t *testing.T) error {
	if _, err := ParseEntry(c.Bytes); err != nil {
		return err
	}
	equal(t, "id", ID(c.Bytes), c.ID)
	return nil
}

// sampleEntry is the entry that most vectors are variations of.
const sampleEntry = `{"author":"40d9aeb4d67cb7b6d1d6d1a7bc1bc1ae1f3f0ad9fd14c43a4e8e4a5ee8be6b2f","body":{"section":"s1","stance":"support","version":3},"content":[{"commitment":"9bd3ab1c30ffa31ff5a4fb6d38b3c7a3f0c1b7b1e0aef5d4a1a0f4b5d7cbb0e1","media":"text/markdown","part":"text","size":28}],"docket":"5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef","for":"6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b","kind":"participation/comment","made":"2017-09-08T14:30:00.000Z","nonce":"000102030405060708090a0b0c0d0e0f","register":"demo.publica.example"}`

const (
	zeroID   = "0000000000000000000000000000000000000000000000000000000000000000"
	samplePt = `{"commitment":"9bd3ab1c30ffa31ff5a4fb6d38b3c7a3f0c1b7b1e0aef5d4a1a0f4b5d7cbb0e1","media":"text/markdown","part":"text","size":28}`
)

// change replaces one piece of a text that must hold it once.
func change(text, old, new string) string {
	if strings.Count(text, old) != 1 {
		panic(fmt.Sprintf("%q stands %d times", old, strings.Count(text, old)))
	}
	return strings.Replace(text, old, new, 1)
}

func entryCases() []*entryVector {
	var cases []*entryVector
	accept := func(name, text string) {
		cases = append(cases, &entryVector{Name: name, Bytes: []byte(text), Text: readable([]byte(text)), ID: ID([]byte(text)), verdict: valid})
	}
	reject := func(name, text string, code Code, field string) {
		cases = append(cases, &entryVector{Name: name, Bytes: []byte(text), Text: readable([]byte(text)), verdict: refused(code, field)})
	}
	vary := func(old, new string) string { return change(sampleEntry, old, new) }
	body := `"body":{"section":"s1","stance":"support","version":3}`
	content := `"content":[` + samplePt + `],`
	docket := `"docket":"5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",`
	actsFor := `"for":"6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",`
	author := `"author":"40d9aeb4d67cb7b6d1d6d1a7bc1bc1ae1f3f0ad9fd14c43a4e8e4a5ee8be6b2f",`
	made, nonce, register := `"made":"2017-09-08T14:30:00.000Z",`, `"nonce":"000102030405060708090a0b0c0d0e0f",`, `,"register":"demo.publica.example"`
	name70 := strings.Repeat("n", 70)

	accept("all members", sampleEntry)
	accept("no optional member", change(change(change(sampleEntry, content, ""), docket, ""), actsFor, ""))
	accept("empty body", vary(body, `"body":{}`))
	accept("every kind of value", vary(body, `"body":{"a":[true,false,[],{}],"b":-9007199254740991,"c":9007199254740991,"d":0,"e":""}`))
	accept("shortest escapes", vary(body, `"body":{"a":"\b\t\n\f\r\"\\/\u0000\u001f`+"\x7f\u2028"+`"}`))
	accept("text beyond ASCII", vary(body, `"body":{"a":"é ☂ 𝄞 العربية","é":1,"😀":2,"`+"\uff5e"+`":3}`))
	accept("member names sorted by UTF-16", vary(body, `"body":{"\n":0,"€":1,"😀":2,"`+"\ufb33"+`":3}`))
	accept("register with a path", vary("demo.publica.example", "register.example.org/plan-4"))
	accept("media type with charset", vary("text/markdown", "text/plain; charset=utf-8"))
	accept("64 parts", vary(samplePt, manyParts(64)))
	accept("largest part", vary(`"size":28`, `"size":10485760`))
	accept("earliest time", vary("2017-09-08T14:30:00.000Z", "1970-01-01T00:00:00.001Z"))
	accept("latest time", vary("2017-09-08T14:30:00.000Z", "9999-12-31T23:59:59.999Z"))
	accept("29 February", vary("2017-09-08T14:30:00.000Z", "2016-02-29T23:59:59.999Z"))
	pad := MaxEntrySize - len(vary(body, `"body":{"a":""}`))
	accept("16384 bytes", vary(body, `"body":{"a":"`+strings.Repeat("x", pad)+`"}`))
	accept("deeply nested", vary(body, `"body":{"a":`+strings.Repeat("[", 500)+strings.Repeat("]", 500)+`}`))

	reject("16385 bytes", vary(body, `"body":{"a":"`+strings.Repeat("x", pad+1)+`"}`), TooLarge, "")
	reject("nothing", "", Malformed, "")
	reject("not JSON", "nope", Malformed, "")
	reject("cut", sampleEntry[:len(sampleEntry)-1], Malformed, "")
	reject("an array", "[]", Malformed, "")
	reject("null", "null", Malformed, "")
	reject("byte order mark", "\ufeff"+sampleEntry, Malformed, "")
	reject("two values", sampleEntry+"{}", Malformed, "")
	reject("newline at the end", sampleEntry+"\n", Malformed, "")
	reject("white space within", vary(`,"kind"`, `, "kind"`), Malformed, "")
	reject("members out of order", change(vary(made, ""), `"register"`, made+`"register"`), Malformed, "")
	reject("members of the body out of order", vary(body, `"body":{"b":1,"a":2}`), Malformed, "")
	reject("member names sorted by UTF-8", vary(body, `"body":{"`+"\ufb33"+`":3,"😀":2}`), Malformed, "")
	reject("member twice", vary(`"kind":`, `"kind":"participation/idea","kind":`), Malformed, "kind")
	reject("member of the body twice", vary(body, `"body":{"a":1,"a":1}`), Malformed, "body/a")
	reject("member twice by way of an escape", vary(body, `"body":{"\u0061":1,"a":1}`), Malformed, "body/a")
	reject("unknown member", vary(register, register+`,"zone":"x"`), Malformed, "zone")
	reject("unknown member of a part", vary(`"size":28`, `"size":28,"url":"x"`), Malformed, "content/0/url")
	reject("member in another case", vary(`"author"`, `"Author"`), Malformed, "Author")
	reject("null member", vary(actsFor, `"for":null,`), Malformed, "for")
	reject("null in the body", vary(body, `"body":{"a":null}`), Malformed, "body/a")
	reject("fraction", vary(body, `"body":{"a":1.5}`), Malformed, "body/a")
	reject("whole number as a fraction", vary(body, `"body":{"a":1.0}`), Malformed, "body/a")
	reject("exponent", vary(body, `"body":{"a":1e3}`), Malformed, "body/a")
	reject("2^53", vary(body, `"body":{"a":9007199254740992}`), Malformed, "body/a")
	reject("-2^53", vary(body, `"body":{"a":-9007199254740992}`), Malformed, "body/a")
	reject("minus zero", vary(body, `"body":{"a":-0}`), Malformed, "")
	reject("leading zero", vary(body, `"body":{"a":01}`), Malformed, "body")
	reject("not a number", vary(body, `"body":{"a":NaN}`), Malformed, "body/a")
	reject("needless escape", vary(body, `"body":{"a":"\u0041"}`), Malformed, "")
	reject("escaped slash", vary(body, `"body":{"a":"\/"}`), Malformed, "")
	reject("escape in upper case", vary(body, `"body":{"a":"\u001F"}`), Malformed, "")
	reject("long escape of a newline", vary(body, `"body":{"a":"\u000a"}`), Malformed, "")
	reject("bare control character", vary(body, "\"body\":{\"a\":\"\x01\"}"), Malformed, "body/a")
	reject("not UTF-8", vary(body, "\"body\":{\"a\":\"\xff\"}"), Malformed, "body/a")
	reject("lone surrogate", vary(body, `"body":{"a":"\ud800"}`), Malformed, "body/a")
	reject("trailing comma", vary(body, `"body":{"a":1,}`), Malformed, "body")
	reject("no author", vary(author, ""), Invalid, "author")
	reject("author in upper case", vary("40d9aeb4", "40D9AEB4"), Malformed, "author")
	reject("author too short", vary("40d9aeb4", "40d9aeb"), Malformed, "author")
	reject("author of zeros", vary(`"author":"40d9aeb4d67cb7b6d1d6d1a7bc1bc1ae1f3f0ad9fd14c43a4e8e4a5ee8be6b2f"`, `"author":"`+zeroID+`"`), Invalid, "author")
	reject("no body", vary(body+",", ""), Invalid, "body")
	reject("body is an array", vary(body, `"body":[]`), Invalid, "body")
	reject("body is a string", vary(body, `"body":"{}"`), Invalid, "body")
	reject("no content parts", vary(samplePt, ""), Malformed, "content")
	reject("content is an object", vary(`"content":[`+samplePt+`]`, `"content":{}`), Malformed, "content")
	reject("65 parts", vary(samplePt, manyParts(65)), TooLarge, "content")
	reject("part twice", vary(samplePt, samplePt+","+samplePt), Invalid, "content/1/part")
	reject("part without a name", vary(`"part":"text",`, ""), Invalid, "content/0/part")
	reject("part with a space", vary(`"part":"text"`, `"part":"my text"`), Invalid, "content/0/part")
	reject("part name too long", vary(`"part":"text"`, `"part":"`+name70+`"`), Invalid, "content/0/part")
	reject("no media type", vary(`"media":"text/markdown",`, ""), Invalid, "content/0/media")
	reject("media type in upper case", vary("text/markdown", "Text/Markdown"), Invalid, "content/0/media")
	reject("media type with another parameter", vary("text/markdown", "text/plain; charset=latin1"), Invalid, "content/0/media")
	reject("negative size", vary(`"size":28`, `"size":-1`), TooLarge, "content/0/size")
	reject("part too large", vary(`"size":28`, `"size":10485761`), TooLarge, "content/0/size")
	reject("size as a string", vary(`"size":28`, `"size":"28"`), Malformed, "content/0/size")
	reject("no commitment", vary(`"commitment":"9bd3ab1c30ffa31ff5a4fb6d38b3c7a3f0c1b7b1e0aef5d4a1a0f4b5d7cbb0e1",`, ""), Invalid, "content/0/commitment")
	reject("docket of zeros", vary(docket, `"docket":"`+zeroID+`",`), Malformed, "docket")
	reject("docket too long", vary(`"docket":"5f`, `"docket":"5f5f`), Malformed, "docket")
	reject("body of zeros to act for", vary(actsFor, `"for":"`+zeroID+`",`), Malformed, "for")
	reject("no kind", vary(`"kind":"participation/comment",`, ""), Invalid, "kind")
	reject("kind is a number", vary(`"kind":"participation/comment"`, `"kind":7`), Malformed, "kind")
	reject("kind without a domain", vary("participation/comment", "comment"), Invalid, "kind")
	reject("kind with three parts", vary("participation/comment", "participation/comment/x"), Invalid, "kind")
	reject("kind ending in a hyphen", vary("participation/comment", "participation/comment-"), Invalid, "kind")
	reject("kind in upper case", vary("participation/comment", "participation/Comment"), Invalid, "kind")
	reject("no time", vary(made, ""), Invalid, "made")
	reject("time without milliseconds", vary("14:30:00.000Z", "14:30:00Z"), Malformed, "made")
	reject("time with an offset", vary("14:30:00.000Z", "14:30:00.000+00:00"), Malformed, "made")
	reject("time as a number", vary(`"2017-09-08T14:30:00.000Z"`, "1504881000000"), Malformed, "made")
	reject("31 April", vary("2017-09-08", "2017-04-31"), Malformed, "made")
	reject("29 February in a common year", vary("2017-09-08", "2017-02-29"), Malformed, "made")
	reject("24 o'clock", vary("T14:", "T24:"), Malformed, "made")
	reject("leap second", vary("14:30:00.000Z", "23:59:60.000Z"), Malformed, "made")
	reject("the epoch", vary("2017-09-08T14:30:00.000Z", "1970-01-01T00:00:00.000Z"), Invalid, "made")
	reject("before the epoch", vary("2017-", "1917-"), Invalid, "made")
	reject("no nonce", vary(nonce, ""), Invalid, "nonce")
	reject("nonce of zeros", vary("000102030405060708090a0b0c0d0e0f", strings.Repeat("0", 32)), Invalid, "nonce")
	reject("nonce in upper case", vary("0a0b0c0d0e0f", "0A0B0C0D0E0F"), Malformed, "nonce")
	reject("nonce too short", vary("0d0e0f", "0d0e"), Malformed, "nonce")
	reject("no register", vary(register, ""), Invalid, "register")
	reject("register in upper case", vary("demo.publica.example", "Demo.publica.example"), Invalid, "register")
	reject("register with a space", vary("demo.publica.example", "demo publica"), Invalid, "register")
	reject("register is a URL", vary("demo.publica.example", "https://demo.publica.example"), Invalid, "register")
	return cases
}

func manyParts(n int) string {
	var parts []string
	for i := range n {
		parts = append(parts, change(samplePt, `"part":"text"`, fmt.Sprintf(`"part":"attachment-%d"`, i)))
	}
	return strings.Join(parts, ",")
}

type leafVector struct {
	Name  string  `json:"name"`
	Bytes []byte  `json:"bytes"`
	Text  string  `json:"text,omitzero"` // the same, to read
	ID    EntryID `json:"id,omitzero"`
	Hash  Hash    `json:"hash,omitzero"`
	verdict
}

func (c *leafVector) name() string     { return c.Name }
func (c *leafVector) expect() *verdict { return &c.verdict }
func (c *leafVector) run(t *testing.T) error {
	l, err := ParseLeaf(c.Bytes)
	if err != nil {
		return err
	}
	equal(t, "id", l.ID(), c.ID)
	equal(t, "hash", Hash(LeafHash(c.Bytes)), c.Hash)
	if again, err := l.Bytes(); err != nil || !bytes.Equal(again, c.Bytes) {
		t.Errorf("its bytes become %q (%v)", again, err)
	}
	return nil
}

func leafCases() []*leafVector {
	var cases []*leafVector
	accept := func(name, text string) {
		c := &leafVector{Name: name, Bytes: []byte(text), Text: readable([]byte(text)), Hash: Hash(LeafHash([]byte(text))), ID: ID([]byte(text)), verdict: valid}
		if rest, ok := strings.CutPrefix(text, `{"entry":`); ok {
			entry, _, _ := strings.Cut(rest, `,"height":`)
			c.ID = ID([]byte(entry))
		}
		cases = append(cases, c)
	}
	reject := func(name, text string, code Code, field string) {
		cases = append(cases, &leafVector{Name: name, Bytes: []byte(text), Text: readable([]byte(text)), verdict: refused(code, field)})
	}
	r := newSample()
	entry, late, system := string(r.leaves[r.comment]), string(r.leaves[r.refused]), string(r.leaves[r.opened])
	genesis, seal := string(r.leaves[0]), string(r.leaves[len(r.leaves)-1])
	time := entry[strings.LastIndex(entry, `,"time"`):]
	signature := entry[strings.Index(entry, `,"signature"`):strings.LastIndex(entry, `,"time"`)]

	accept("entry", entry)
	p := newTestPasskey(WebauthnP256)
	signed := p.sign(p.auth(usualFlags), p.client(challengeText("demo.publica.example", p.entry()))+`,"crossOrigin":false}`)
	raw, err := (&Leaf{Entry: p.entry(), Height: 3, Signature: &signed, Time: r.now}).Bytes()
	if err != nil {
		panic(err)
	}
	passkey := string(raw)
	auth := passkey[strings.Index(passkey, `,"auth"`):strings.Index(passkey, `,"client"`)]
	client := passkey[strings.Index(passkey, `,"client"`):strings.Index(passkey, `,"key"`)]
	accept("entry signed by a passkey", passkey)
	accept("refused entry", late)
	accept("refused entry, with field", change(late, `"code":"late"`, `"code":"late","field":"made"`))
	accept("refusal beyond ASCII", change(late, `is over`, `is over — ☂\n`))
	accept("system record of a docket", system)
	accept("system record of the register", genesis)
	accept("seal", seal)

	reject("nothing", "", Malformed, "leaf")
	reject("not JSON", "{", Malformed, "leaf")
	reject("white space", entry+" ", Malformed, "leaf")
	reject("no time", change(entry, time, "}"), Malformed, "leaf")
	reject("no height", change(entry, `"height":3,`, ""), Malformed, "leaf")
	reject("negative height", change(entry, `"height":3,`, `"height":-3,`), Malformed, "leaf/height")
	reject("height as a string", change(entry, `"height":3,`, `"height":"3",`), Malformed, "leaf/height")
	reject("entry without signature", change(entry, signature, ""), Malformed, "leaf")
	reject("signature without entry", change(seal, `,"time"`, signature+`,"time"`), Malformed, "leaf")
	reject("refused system record", change(system, `"height":3,`, `"height":3,"refused":{"code":"late","message":"x"},`), Malformed, "leaf")
	reject("entry and system record", change(entry, `,"time":"`+r.now.Add(-400e6).String(), `,"system":{"body":{},"kind":"register/genesis"},"time":"`+r.now.Add(-400e6).String()), Malformed, "leaf")
	reject("nothing in it", `{"height":3,"time":"2017-09-08T14:30:00.000Z"}`, Malformed, "leaf")
	reject("entry is a number", change(entry, entry[9:strings.Index(entry, `,"height":3`)], "7"), Malformed, "leaf/entry")
	reject("system body is a list", change(system, `{"name":"comments"}`, "[]"), Malformed, "leaf/system/body")
	reject("unknown member", change(entry, `,"time"`, `,"tim":1,"time"`), Malformed, "leaf/tim")
	reject("null", change(seal, `"height":4`, `"height":null`), Malformed, "leaf/height")
	reject("fraction", change(system, `{"name":"comments"}`, `{"n":1.5}`), Malformed, "leaf/system/body/n")
	reject("empty field of a refusal", change(late, `"code":"late"`, `"code":"late","field":""`), Malformed, "leaf")
	reject("docket of zeros", change(system, r.docket.String(), zeroID), Malformed, "leaf")
	sig := entry[strings.LastIndex(entry, `"sig":"`)+7 : strings.LastIndex(entry, `"},"time"`)]
	reject("empty auth", change(entry, `,"key":"`, `,"auth":"","key":"`), Malformed, "leaf")
	reject("empty client", change(passkey, client, `,"client":""`), Malformed, "leaf")
	reject("auth after client", change(passkey, auth+client, client+auth), Malformed, "leaf")
	reject("stray bits in auth", change(passkey, auth, strayBits(auth[:len(auth)-1])+`"`), Malformed, "leaf")
	reject("stray bits in base64", change(entry, sig, sig[:len(sig)-3]+string(sig[len(sig)-3]+1)+"=="), Malformed, "leaf")
	reject("base64 without padding", change(entry, sig, sig[:len(sig)-2]), Malformed, "leaf/signature/sig")
	reject("hash in upper case", change(seal, `"state":"`, `"state":"A`), Malformed, "leaf/seal/state")
	reject("over 65535 bytes", change(genesis, `"rules":1`, `"rules":1,"text":"`+strings.Repeat("x", 65535)+`"`), TooLarge, "leaf")
	return cases
}

type submissionVector struct {
	Name string  `json:"name"`
	Text string  `json:"text"`
	ID   EntryID `json:"id,omitzero"`
	verdict
}

func (c *submissionVector) name() string     { return c.Name }
func (c *submissionVector) expect() *verdict { return &c.verdict }

// run does what a node does first with a submission.
func (c *submissionVector) run(t *testing.T) error {
	var s Submission
	if err := s.UnmarshalJSON([]byte(c.Text)); err != nil {
		return err
	}
	e, err := s.Signed.Open()
	if err != nil {
		return err
	}
	if err := CheckContent(e, s.Content); err != nil {
		return err
	}
	equal(t, "id", s.Signed.ID(), c.ID)
	return nil
}

func submissionCases() []*submissionVector {
	r := newSample()
	raw, err := r.commentSubmission.MarshalJSON()
	if err != nil {
		panic(err)
	}
	text, id := string(raw), r.commentSubmission.Signed.ID()
	var cases []*submissionVector
	accept := func(name, text string) {
		cases = append(cases, &submissionVector{Name: name, Text: text, ID: id, verdict: valid})
	}
	reject := func(name, text string, code Code, field string) {
		cases = append(cases, &submissionVector{Name: name, Text: text, verdict: refused(code, field)})
	}
	accept("canonical", text)
	accept("other white space", change(text, `,"entry":{"author"`, ",\n  \"entry\": { \"author\" "))
	accept("entry with escapes", change(text, `"participation/comment"`, `"participation\/comment"`))
	reject("not JSON", text[1:], Malformed, "")
	reject("no entry", `{"signature":{"alg":"ed25519","key":"","sig":""}}`, Malformed, "entry")
	reject("entry is a string", `{"entry":"{}","signature":{"alg":"ed25519","key":"","sig":""}}`, Malformed, "entry")
	reject("unknown member", change(text, `{"content"`, `{"contact":1,"content"`), Malformed, "contact")
	reject("fraction in the entry", change(text, `"version":1`, `"version":1.5`), Malformed, "entry/body/version")
	reject("salt is not base64", change(text, `"part":"text","salt":"`, `"part":"text","salt":"*`), Malformed, "content/0/salt")
	reject("entry altered", change(text, `"version":1`, `"version":2`), BadSignature, "signature/sig")
	reject("author altered", strings.Replace(text, `"author":"`+string(text[strings.Index(text, `"author":"`)+10]), `"author":"0`, 1), BadSignature, "signature/key")
	reject("content altered", change(text, `"data":"UHVi`, `"data":"UHVj`), Unverified, "content/0/data")
	reject("content longer than committed", change(text, `"data":"UHVi`, `"data":"UHViUHVi`), Unverified, "content/0/data")
	reject("content of no part", change(text, `"part":"text","salt"`, `"part":"title","salt"`), Invalid, "content/0/part")
	reject("salt too short", shortSalt(text), Malformed, "content/0/salt")
	return cases
}

// shortSalt cuts the first salt to three bytes.
func shortSalt(text string) string {
	i := strings.Index(text, `"salt":"`) + len(`"salt":"`)
	return text[:i+4] + text[i+44:]
}
