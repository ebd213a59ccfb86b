// JSON, read strictly, and its canonical form (RFC 8785). The reader keeps no
// call stack of its own depth: an entry may nest as deep as it is long.
import { hash64, join, malformed, milliseconds, strictBase64, textOf, unbase64, unhex } from "./bytes.js";

const maxDepth = 10000;
const opened = Symbol("a list or object whose members follow");
const plainText = /[^"\\\u0000-\u001f]*/y;
const number = /-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const space = /[ \t\n\r]*/y;

class Reader {
  constructor(text) {
    Object.assign(this, { text, i: 0, open: [], nothing: undefined, odd: undefined });
  }

  path() {
    return this.open.filter(o => o.at !== undefined).map(o => String(o.at).replaceAll("~", "~0").replaceAll("/", "~1")).join("/");
  }

  fail(message = "is not valid JSON") {
    throw malformed(this.path(), message);
  }

  /** Passes over what a sticky expression matches, and returns it. */
  pass(expression) {
    expression.lastIndex = this.i;
    const found = expression.exec(this.text);
    if (!found) this.fail();
    this.i += found[0].length;
    return found[0];
  }

  /** Passes over white space, and over c if it is next. */
  next(c) {
    this.pass(space);
    if (this.text[this.i] !== c) return false;
    this.i++;
    return true;
  }

  all() {
    for (;;) {
      let value = this.value();
      while (value !== opened) {
        const top = this.open.at(-1);
        if (!top) {
          this.pass(space);
          if (this.i < this.text.length) this.fail("has more text after its end");
          return value;
        }
        top.of[top.at] = value;
        if (this.next(",")) {
          this.member(top);
          value = opened;
        } else if (this.next(top.end)) {
          value = this.open.pop().of;
        } else {
          top.at = undefined;
          this.fail();
        }
      }
    }
  }

  /** Reads a value, or only opens it if it has members. */
  value() {
    this.pass(space);
    switch (this.text[this.i]) {
      case "{": return this.enter({ of: Object.create(null), end: "}" });
      case "[": return this.enter({ of: [], end: "]" });
      case '"': return this.string();
    }
    for (const [word, value] of [["true", true], ["false", false], ["null", null]]) {
      if (!this.text.startsWith(word, this.i)) continue;
      this.i += word.length;
      if (value === null) this.nothing ??= this.path();
      return value;
    }
    const digits = this.pass(number);
    if (!/^-?\d+$/.test(digits) || !Number.isSafeInteger(Number(digits))) this.odd ??= this.path();
    return Number(digits);
  }

  enter(container) {
    if (this.open.length === maxDepth) this.fail("nests too deep");
    this.i++;
    if (this.next(container.end)) return container.of;
    this.open.push(container);
    this.member(container);
    return opened;
  }

  /** Begins the next member of a list or object. */
  member(top) {
    if (top.end === "]") {
      top.at = top.of.length;
      return;
    }
    top.at = undefined;
    this.pass(space);
    if (this.text[this.i] !== '"') this.fail();
    const name = this.string();
    top.at = name;
    if (name in top.of) this.fail("stands twice in its object");
    if (!this.next(":")) this.fail();
  }

  string() {
    const start = this.i++;
    for (let escaped = false; ; escaped = true) {
      this.pass(plainText);
      const c = this.text[this.i];
      if (c === '"') {
        this.i++;
        return escaped ? this.unescape(this.text.slice(start, this.i)) : this.text.slice(start + 1, this.i - 1);
      }
      if (c !== "\\") this.fail();
      this.i += 2;
    }
  }

  unescape(quoted) {
    let text;
    try {
      text = JSON.parse(quoted);
    } catch {
      this.fail();
    }
    if (/\p{Surrogate}/u.test(text)) this.fail("holds half a character");
    return text;
  }
}

/**
 * Reads JSON text, each member once, and returns value and text, with the path
 * of the first null and of the first number that is not an integer below 2^53.
 * Objects have no prototype.
 */
export function readJSON(data) {
  const text = textOf(data);
  if (text === undefined) throw malformed("", "is not UTF-8");
  const reader = new Reader(text);
  return { value: reader.all(), text, nothing: reader.nothing, odd: reader.odd };
}

/** Reads JSON that must be in the form in which it is signed: canonical, no null, integers only. */
export function readCanonical(data) {
  const { value, text, nothing, odd } = readJSON(data);
  if (nothing !== undefined) throw malformed(nothing, "null is not allowed");
  if (odd !== undefined) throw malformed(odd, "is a number that is not an integer below 2^53");
  if (canonical(value) !== text) throw malformed("", "is JSON, but not in canonical form");
  return value;
}

/** The canonical text of a value; members that are undefined are left out. */
export function canonical(value) {
  const out = [];
  const todo = [{ value }];
  while (todo.length > 0) {
    const { raw, value } = todo.pop();
    if (raw !== undefined) {
      out.push(raw);
    } else if (Array.isArray(value)) {
      todo.push({ raw: "]" });
      for (let i = value.length - 1; i >= 0; i--) todo.push({ value: value[i] }, { raw: i > 0 ? "," : "" });
      todo.push({ raw: "[" });
    } else if (typeof value === "object" && value !== null) {
      const names = Object.keys(value).filter(n => value[n] !== undefined).sort();
      todo.push({ raw: "}" });
      for (let i = names.length - 1; i >= 0; i--) {
        todo.push({ value: value[names[i]] }, { raw: (i > 0 ? "," : "") + JSON.stringify(names[i]) + ":" });
      }
      todo.push({ raw: "{" });
    } else {
      out.push(JSON.stringify(value));
    }
  }
  return out.join("");
}

export const isObject = v => typeof v === "object" && v !== null && !Array.isArray(v);

/** Reads the members of an object, each by its reader; others are refused, and so are missing ones of need. */
export function members(value, at, readers, need = []) {
  if (!isObject(value)) throw malformed(at, "has the wrong type");
  const out = {};
  for (const name of Object.keys(value).sort()) {
    if (!Object.hasOwn(readers, name)) throw malformed(join(at, name), "is not a member known here");
    out[name] = readers[name](value[name], join(at, name));
  }
  for (const name of need) {
    if (!(name in out)) throw malformed(join(at, name), "is missing");
  }
  return out;
}

const typed = (test, read = v => v, message = "has the wrong type") => (value, at) => {
  const result = test(value) ? read(value) : undefined;
  if (result === undefined) throw malformed(at, test(value) ? message : "has the wrong type");
  return result;
};
const isText = v => typeof v === "string";
const digits = n => typed(isText, v => (unhex(v, n) ? v : undefined), `wants ${2 * n} lower-case hexadecimal digits`);

/** Readers of members: text stays text, base64 becomes bytes. */
export const read = {
  any: value => value,
  text: typed(isText),
  integer: typed(Number.isSafeInteger),
  hash: digits(32),
  nonce: digits(16),
  time: typed(isText, v => (milliseconds(v) === undefined ? undefined : v), "wants a time like 2017-09-08T14:30:00.000Z"),
  bytes: typed(isText, strictBase64, "is not base64 in its only form"),
  looseBytes: typed(isText, unbase64, "is not base64"),
  hash64: typed(isText, hash64, "is not a hash in base64"),
  list: reader => (value, at) => {
    if (!Array.isArray(value)) throw malformed(at, "has the wrong type");
    return value.map((v, i) => reader(v, join(at, String(i))));
  },
  object: (readers, need) => (value, at) => members(value, at, readers, need),
};
