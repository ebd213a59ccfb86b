// Entries, as spec/entry.md says: made, signed, and handed to the node.
import { base64, hex, put, remove, sha256, sign, Unkept } from "./keys.js";
import { say, word } from "./words.js";

const utf8 = new TextEncoder();

/** The canonical form of a value of objects, lists, strings and integers (RFC 8785). */
export function canonical(v) {
  if (Array.isArray(v)) return "[" + v.map(canonical).join(",") + "]";
  if (v && typeof v === "object") {
    return "{" + Object.keys(v).sort().filter(k => v[k] !== undefined).map(k => JSON.stringify(k) + ":" + canonical(v[k])).join(",") + "}";
  }
  return JSON.stringify(v);
}

/** A part of an entry and its content: {name, media, data: bytes}. */
async function commit({ name, media, data }) {
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const whole = new Uint8Array(32 + data.length);
  whole.set(salt);
  whole.set(data, 32);
  const commitment = hex(await sha256(whole));
  return [{ commitment, media, part: name, size: data.length }, { data: base64(data), part: name, salt: base64(salt) }];
}

/** A part that holds text. */
export const text = (name, media, s) => ({ name, media, data: utf8.encode(s) });

const zeroBits = bytes => {
  const i = bytes.findIndex(b => b !== 0);
  return i < 0 ? 8 * bytes.length : 8 * i + Math.clz32(bytes[i]) - 24;
};

/**
 * Makes an entry, signs it and returns the submission with its id.
 * want: {register, docket, kind, for, body, parts, work}; work is in bits.
 */
export async function make(key, want) {
  const committed = await Promise.all((want.parts ?? []).map(commit));
  const entry = {
    author: key.id, body: want.body, docket: want.docket || undefined, for: want.for || undefined, kind: want.kind,
    content: committed.length ? committed.map(c => c[0]) : undefined,
    made: new Date().toISOString(), register: want.register,
  };
  let bytes, id;
  do {
    entry.nonce = hex(crypto.getRandomValues(new Uint8Array(16)));
    bytes = utf8.encode(canonical(entry));
    id = await sha256(bytes);
  } while (zeroBits(id) < (want.work ?? 0));
  const signature = await sign(key, want.register, bytes);
  return { id: hex(id), submission: { content: committed.map(c => c[1]), entry, signature } };
}

/** What the node says against an entry: {detail, hint, field, code}; later: it may take it yet. */
export class Refusal extends Error {
  constructor(problem) {
    super(problem.detail || problem.message || problem.title);
    Object.assign(this, problem);
  }
}

/** Something that cannot be read as it stands, and where. */
export class Fault extends Error {
  constructor(element, message) {
    super(message);
    this.element = element;
  }
}

/**
 * What an error says to whoever acted. The page has the words that its template
 * "failures" brings, and "offline". What nobody foresaw is reported to the browser too.
 */
export function because(err) {
  if (err instanceof Refusal) return [[err.field, err.message].filter(Boolean).join(" "), err.hint].filter(Boolean).join(". ");
  if (err instanceof Fault) return err.message;
  if (err instanceof Unkept) return word("unkept");
  if (err.name === "NotAllowedError" || err.name === "AbortError") return word("cancelled");
  if (err.name === "Problem") return [err.field, err.message].filter(Boolean).join(": "); // of the verifier, which not every page loads
  if (err instanceof TypeError) return word("offline");
  reportError(err);
  return say("fault", { what: err.message || err.name });
}

/**
 * Says words in an element, or what because says of an error. The words of the rules
 * are English: on a page of another language the kind of refusal stands before them.
 */
export function tell(element, what) {
  const words = typeof what === "string" ? what : because(what);
  if (!what.code || !(what instanceof Refusal || what.name === "Problem") || document.documentElement.lang === "en") return element.replaceChildren(words);
  const said = Object.assign(document.createElement("span"), { lang: "en", dir: "ltr", textContent: words });
  element.replaceChildren(word("refused-" + what.code) + ". " + word("program") + " ", said);
}

/** A read of the API; null if there is no answer. */
export const read = path => fetch("/api/v1" + path).then(answer => answer.ok ? answer.json() : null, () => null);

const wait = seconds => new Promise(done => setTimeout(done, 1000 * seconds));

/**
 * Keeps a submission before it leaves, so that a lost answer loses nothing. If there
 * is no room for all of it, what note says is kept alone: the secrets of a bid matter
 * more than that it can be sent again later. Where nothing can be kept, an Unkept is
 * thrown only if it must be.
 */
async function keep(id, submission, note, must) {
  const record = { id, sent: Date.now(), ...note };
  try {
    await put("records", { ...record, submission }).catch(() => put("records", record));
  } catch (err) {
    if (must) throw err;
  }
}

/** What the node says against an entry, {code, detail}; undefined if something on the way answered. */
async function problemOf(answer) {
  if (!answer.headers.get("Content-Type")?.startsWith("application/problem+json")) return undefined;
  const problem = await answer.json().catch(() => undefined);
  return problem?.code ? problem : undefined;
}

/**
 * Hands a submission to the node until it is promised, and keeps the receipt in
 * this browser with what note says about it. Sending twice counts once. What the
 * node refuses is not kept, unless note has secrets: an answer that got lost may
 * have been another. must says whether nothing is sent that this browser cannot keep.
 */
export async function send({ id, submission }, note, must = Boolean(note.secrets)) {
  await keep(id, submission, note, must);
  for (let tries = 0; ; tries++) {
    let answer;
    try {
      answer = await fetch("/api/v1/entries", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(submission) });
    } catch (err) {
      if (tries === 3) throw err;
      await wait(2 ** tries);
      continue;
    }
    if (answer.ok) {
      const receipt = await answer.json();
      await put("records", { id, sent: Date.now(), receipt, ...note }).catch(() => undefined); // it is promised, and the receipt can be fetched
      return receipt;
    }
    const problem = await problemOf(answer);
    const again = answer.status >= 500 || answer.status === 429;
    const later = again || !problem; // what a proxy says decides nothing
    if (!later) await (note.secrets ? keep(id, undefined, note, false) : remove("records", id).catch(() => undefined));
    if (!again || tries === 5) throw new Refusal({ title: `HTTP ${answer.status} ${answer.statusText}`.trim(), ...problem, later });
    await wait(Number(answer.headers.get("Retry-After")) || 2);
  }
}

/**
 * Waits until pages show what was promised, and returns the refusal if the rules
 * had one: {code, message}. After half a minute nobody waits longer; the promise
 * stands.
 */
export async function shown(id) {
  for (let tries = 0; tries < 60; tries++) {
    const [entry, register] = await Promise.all([read("/entries/" + id), read("/register")]);
    if (entry?.index < register?.shown) return entry.leaf.refused;
    await wait(0.5);
  }
}
