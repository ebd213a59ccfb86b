// What peers say to each other, evidence of two histories (spec/log.md,
// spec/proof.md), and submissions (spec/entry.md).
import { Problem, bytesOf, equal, malformed, under, unverified } from "./bytes.js";
import { checkContent, idOf, parseEntry, signatureReader } from "./entry.js";
import { canonical, isObject, members, read, readJSON } from "./json.js";
import { openNote, parseCheckpoint, sameKey } from "./note.js";
import { openHolds, policyOf } from "./receipt.js";
import { verifySignature } from "./signature.js";
import { consistent } from "./tree.js";

/** Reads what a validator says, {checkpoint, holds}; no signature is checked. */
export async function parseStatement(data) {
  if (bytesOf(data).length > 65536) throw new Problem("too-large", "statement", "is over 65536 bytes");
  return under("statement", async () => {
    const { value, text } = readJSON(data);
    const s = members(value, "", { checkpoint: read.text, holds: read.text });
    if (canonical({ checkpoint: "", holds: "", ...s }) !== text) throw malformed("", "is not in its canonical form");
    const { register } = await parseCheckpoint(s.checkpoint);
    await openHolds(s.holds, () => undefined, register, "holds");
    return s;
  });
}

/** Reads a file of evidence, {newer, older, path, prefix}, and believes nothing. */
export function parseFork(data) {
  if (bytesOf(data).length > 1 << 20) throw new Problem("too-large", "", "is over 1048576 bytes");
  const { value } = readJSON(data);
  const f = members(value, "", { format: read.text, newer: read.text, older: read.text, path: read.list(read.hash64), prefix: read.hash64 });
  if (f.format !== "publica-fork/v1") throw new Problem("unsupported", "format", `is "${f.format ?? ""}", not publica-fork/v1`);
  if (f.path?.length === 0 || f.prefix?.every(b => b === 0)) throw malformed("", "has an empty member");
  for (const name of ["newer", "older"]) {
    if (!(name in f)) throw malformed(name, "is missing");
  }
  return f;
}

/** Checks that evidence proves two histories of the policy's register, and returns the names of those who signed both. */
export async function verifyFork(data, policyText) {
  const policy = policyOf(policyText);
  const f = parseFork(data);
  const older = await signedHead("older", f.older, policy);
  const newer = await signedHead("newer", f.newer, policy);
  if (newer.size < older.size) throw malformed("newer", "is smaller than the older checkpoint");
  if (newer.size === older.size) {
    if (f.path || f.prefix) throw malformed("path", "stands beside checkpoints of one size, where nothing is to be proven");
    if (equal(newer.root, older.root)) throw unverified("newer", "has the same root as the older checkpoint: there is no fork");
  } else if (older.size === 0) {
    throw unverified("older", "is of the empty log, which every log continues");
  } else if (!f.prefix || !consistent(f.path ?? [], newer, { size: older.size, root: f.prefix })) {
    throw unverified("path", "does not lead from the prefix to the root of the newer checkpoint");
  } else if (equal(f.prefix, older.root)) {
    throw unverified("newer", "continues the older checkpoint: there is no fork");
  }
  const signers = [...new Set(older.sigs.filter(s => newer.sigs.some(o => sameKey(o, s))).map(s => s.name))];
  if (signers.length === 0 && !(policy.satisfied(older.sigs) && policy.satisfied(newer.sigs))) {
    throw unverified("newer", "contradicts the older checkpoint, but no key of the policy signed both, and they are not both signed by those it demands");
  }
  return signers;
}

/** A checkpoint of the policy's register with the signatures by keys of the policy, which need not satisfy it. */
const signedHead = (at, note, policy) => under(at, async () => {
  const head = await parseCheckpoint(note);
  if (head.register !== policy.register) throw unverified("", `is of the log ${head.register}, not of ${policy.register}`);
  const { sigs } = await openNote(note, (name, hash) => policy.verifier(name, hash), "checkpoint");
  if (sigs.length === 0) throw unverified("checkpoint", "is not signed by those the policy demands");
  return { ...head, sigs };
});

const loose = read.object({ data: read.looseBytes, part: read.text, salt: read.looseBytes }, ["data", "part", "salt"]);

/** Checks what an author hands to a node: form, signature and content. Of the entry white space and escapes may differ. */
export async function verifySubmission(data) {
  const { value, odd } = readJSON(data);
  const s = members(value, "", { content: read.list(loose), entry: read.any, signature: signatureReader(read.looseBytes) });
  if (!isObject(s.entry)) throw malformed("entry", "is missing or not an object");
  if (odd !== undefined) throw malformed(odd, "is a number that is not an integer below 2^53");
  const raw = bytesOf(canonical(s.entry));
  const entry = parseEntry(raw);
  await verifySignature(s.signature ?? { alg: "", key: [], sig: [] }, entry.author, raw);
  return { entry, id: idOf(raw), ...checkContent(entry, s.content ?? []) };
}
