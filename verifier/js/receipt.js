// Receipts, promises and what nodes hold: spec/receipt.md.
import { Problem, bytesOf, hash64, malformed, milliseconds, strictBase64, under, unhex, unverified, validRegister, whole } from "./bytes.js";
import { checkContent, contentReader, idOf, leafHash, parseEntry, parseLeaf, signatureReader } from "./entry.js";
import { canonical, members, read, readJSON } from "./json.js";
import { maxSignatures, openNote, verifyCheckpoint } from "./note.js";
import { Policy } from "./policy.js";
import { verifySignature } from "./signature.js";
import { checkInclusion, parseProof } from "./tree.js";

export const receiptFormat = "publica-receipt/v1";

/** A policy, from its text if need be. */
export const policyOf = policy => (policy instanceof Policy ? policy : new Policy(policy));

/** Reads a promise {hashes, index, note}, as it stands in a receipt. */
export const readPromise = read.object({ hashes: read.list(read.hash64), index: read.integer, note: read.text }, ["hashes", "index", "note"]);

const receiptReaders = {
  content: contentReader, format: read.text, holds: read.list(read.text), leaf: read.any, promise: readPromise,
  proof: read.text, register: read.text,
  submission: read.object({ entry: read.any, signature: signatureReader() }, ["entry", "signature"]),
};

/** Reads a receipt file strictly; white space and the order of members may differ. It believes nothing. */
export function parseReceipt(data) {
  const { value, nothing, odd } = readJSON(data);
  if (odd !== undefined) throw malformed(odd, "is a number that is not an integer below 2^53");
  if (nothing !== undefined) throw malformed(nothing, "null is not allowed");
  const r = members(value, "", receiptReaders);
  if (r.format !== receiptFormat) throw new Problem("unsupported", "format", `is "${r.format ?? ""}", not ${receiptFormat}`);
  if (!validRegister(r.register ?? "")) throw malformed("register", "is missing or not a register name");
  const logged = "leaf" in r || "proof" in r;
  const promised = "submission" in r;
  if (logged && promised) throw malformed("submission", "stands beside a leaf that holds the entry already");
  if (logged && !r.proof) throw malformed("proof", "is missing");
  if (logged && !("leaf" in r)) throw malformed("leaf", "is missing");
  if (promised && !r.promise) throw malformed("promise", "is missing");
  if (!logged && !promised) throw malformed("", "has neither leaf nor submission");
  if (promised && r.holds) throw malformed("holds", "stands in a receipt of what is not logged");
  if (r.holds?.length > maxSignatures) throw new Problem("too-large", "holds", `has over ${maxSignatures} notes`);
  for (const name of ["holds", "content"]) {
    if (r[name]?.length === 0) throw malformed(name, "is empty");
  }
  const { signature } = r.submission ?? {};
  if (signature?.auth?.length === 0 || signature?.client?.length === 0) throw malformed("submission/signature", "has an empty member");
  return { content: [], holds: [], ...r };
}

/**
 * Checks everything in a receipt under a policy, and returns what it proves:
 * stage ("promised", "logged", "cosigned" or "durable"), id, entry and
 * signature (of an entry), leaf, index, checkpoint and cosignedBy (once
 * logged), by (what a node promised), present and missing parts, content, and
 * heldBy.
 */
export async function verifyReceipt(receipt, policyText) {
  const policy = policyOf(policyText);
  const r = receipt.format ? receipt : parseReceipt(receipt);
  if (r.register !== policy.register) throw unverified("register", `is "${r.register}", the policy is about ${policy.register}`);
  const proven = r.leaf === undefined ? await promised(r, policy) : await logged(r, policy);
  return { register: r.register, content: r.content, ...proven };
}

async function promised(r, policy) {
  const { entry, signature } = r.submission;
  const raw = bytesOf(canonical(entry));
  const of = await checkEntryOf(r.register, "submission", raw, signature, r.content);
  const by = await verifyPromise(r.promise, (name, hash) => policy.promiser(name, hash), r.register, of.id);
  return { stage: "promised", index: -1, by, cosignedBy: [], heldBy: [], ...of };
}

async function logged(r, policy) {
  const raw = bytesOf(canonical(r.leaf));
  const leaf = await parseLeaf(raw);
  let of = { id: leaf.id, present: [], missing: [] };
  if (leaf.entry) {
    of = await checkEntryOf(r.register, "leaf", leaf.raw, leaf.signature, r.content);
  } else if (r.content.length > 0) {
    throw malformed("content", "stands beside a leaf that is not an entry");
  }
  const { index, checkpoint } = await verifyProof(r.proof, policy, raw);
  const heldBy = await holders(r, policy, index);
  let stage = policy.cosigned ? "cosigned" : "logged";
  if (policy.holders > 0 && heldBy.length >= policy.holders) stage = "durable";
  const by = r.promise && await loggedPromise(r, policy, of.id);
  return { stage, leaf, index, checkpoint, by, cosignedBy: checkpoint.cosignedBy, heldBy, ...of };
}

/** Checks an entry, its signature and its content. */
export async function checkEntryOf(register, at, raw, signature, content) {
  const entry = await under(at + "/entry", () => parseEntry(raw));
  if (entry.register !== register) throw unverified(at + "/entry/register", `is ${entry.register}, the receipt is of ${register}`);
  await under(at, () => verifySignature(signature, entry.author, raw));
  return { entry, signature, id: idOf(raw), ...checkContent(entry, content) };
}

/** Verifies a tlog-proof of a leaf's bytes under a policy: {index, checkpoint}. */
export async function verifyProof(text, policyText, leaf) {
  const { index, path, checkpoint } = parseProof(text);
  const head = await verifyCheckpoint(checkpoint, policyOf(policyText));
  checkInclusion(path, head, index, leafHash(leaf));
  return { index, checkpoint: head };
}

/** The nodes of the policy that hold all content up to the leaf. Notes of others are worthless, not wrong. */
async function holders(r, policy, index) {
  const names = new Set();
  for (const [i, note] of r.holds.entries()) {
    const known = (name, hash) => policy.node(name, hash);
    const { node, hash, size } = await openHolds(note, known, r.register, `holds/${i}`);
    if (known(node, hash) && size > index) names.add(node);
  }
  return [...names];
}

/** Opens a node's note of what it holds; a signature by a key unknown is not checked. */
export async function openHolds(note, known, register, field) {
  const lines = note.split("\n");
  const size = whole(lines[2] ?? "");
  const formed = lines.length === 7 && lines[0] === "publica holds v1" && lines[4] === "" && lines[6] === "";
  if (!formed || size === undefined || milliseconds(lines[3]) === undefined) throw malformed(field, "is not a note of what a node holds");
  const { unknown: [{ name, hash }] } = await openNote(note, () => undefined, field);
  if (lines[1] !== register) throw unverified(field, `is for the register "${lines[1]}", not for ${register}`);
  await openNote(note, known, field);
  return { node: name, hash, size, at: lines[3] };
}

/** Verifies a node's note of what it holds, by a key that known finds: {node, size, at}. */
export async function verifyHolds(note, known, register) {
  const holds = await openHolds(note, known, register, "holds");
  if (!known(holds.node, holds.hash)) throw unverified("holds", "is not signed by a node the policy knows");
  return holds;
}

/** A promise beside a proof: by a node unknown it is worthless, not wrong. */
async function loggedPromise(r, policy, id) {
  checkPromise(r.promise, r.register, id);
  try {
    return await verifyPromise(r.promise, (name, hash) => policy.promiser(name, hash), r.register, id);
  } catch (err) {
    if (err instanceof Problem && err.code === "unverified") return undefined;
    throw err;
  }
}

/** Verifies that a promise {hashes, index, note} is for the entry id on the register, and returns by when. */
export async function verifyPromise(promise, known, register, id) {
  const by = checkPromise(promise, register, id);
  const { text, sigs } = await openNote(promise.note, known, "promise/note");
  if (sigs.length === 0) throw unverified("promise/note", "is not signed by a node the policy knows");
  if (text !== promise.note.slice(0, promise.note.indexOf("\n\n") + 1)) throw malformed("promise/note", "is not a promise");
  return by;
}

/** Checks all of a promise but its signature. */
function checkPromise({ hashes, index, note }, register, id) {
  const bad = () => malformed("promise/note", "is not a promise");
  const end = note.indexOf("\n\n");
  const lines = note.slice(0, Math.max(end, 0)).split("\n");
  if (lines.length !== 5 || lines[0] !== "publica promise v1" || !strictNote(note)) throw bad();
  if (lines[1] !== register) throw unverified("promise/note", `is for the register "${lines[1]}", not for ${register}`);
  const size = whole(lines[2]);
  const root = hash64(lines[3]);
  if (!size || !root || milliseconds(lines[4]) === undefined) throw bad();
  try {
    checkInclusion(hashes, { size, root }, index, leafHash(unhex(id, 32)));
  } catch {
    throw unverified("promise", "is not for this entry: its path does not lead from the entry's id to the signed root");
  }
  return lines[4];
}

const strictNote = note => note.slice(note.lastIndexOf("\n\n") + 2).split("\n").every(l => strictBase64(l.slice(l.lastIndexOf(" ") + 1)) !== undefined);
