// Entries, the content they commit to, and leaves of the log: spec/entry.md and
// spec/log.md.
import { Problem, bytesOf, concat, hex, malformed, milliseconds, sha256, under, unhex, unverified, validRegister } from "./bytes.js";
import { canonical, isObject, members, read, readCanonical } from "./json.js";

const maxEntry = 16384;
const maxLeaf = 65535;
const maxParts = 64;
const maxPart = 10485760;
const zeros = /^0*$/;

const partReaders = { commitment: read.hash, media: read.text, part: read.text, size: read.integer };
const entryReaders = {
  author: read.hash, body: read.any, content: read.list(read.object(partReaders)), docket: read.hash, for: read.hash,
  kind: read.text, made: read.time, nonce: read.nonce, register: read.text,
};

/** The id of an entry, and the work in it: the zero bits its id begins with. */
export const idOf = raw => hex(sha256(raw));
export function workOf(id) {
  const bytes = unhex(id, 32);
  const i = bytes.findIndex(b => b !== 0);
  return i < 0 ? 256 : 8 * i + Math.clz32(bytes[i]) - 24;
}

/** Reads the canonical bytes of an entry, or refuses them. */
export function parseEntry(data) {
  const raw = bytesOf(data);
  if (raw.length > maxEntry) throw new Problem("too-large", "", `the entry is ${raw.length} bytes, over the limit of ${maxEntry}`);
  const entry = members(readCanonical(raw), "", entryReaders);
  const empty = { content: entry.content?.length === 0, docket: zeros.test(entry.docket), for: zeros.test(entry.for) };
  for (const name of Object.keys(empty)) {
    if (name in entry && empty[name]) throw malformed(name, "is empty");
  }
  checkEntry(entry);
  return { content: [], ...entry };
}

function checkEntry(e) {
  const invalid = (field, message) => new Problem("invalid", field, message);
  const made = e.made && milliseconds(e.made);
  if (!validRegister(e.register ?? "")) throw invalid("register", "is missing or not a register name");
  if (!/^[a-z]+\/[a-z]+(-[a-z]+)*$/.test(e.kind ?? "") || e.kind.length > 64) throw invalid("kind", "is missing or not of the form domain/kind");
  if (zeros.test(e.author ?? "")) throw invalid("author", "is missing");
  if (zeros.test(e.nonce ?? "")) throw invalid("nonce", "is missing");
  if (!(made > 0)) throw invalid("made", "is missing or out of range");
  if (!isObject(e.body)) throw invalid("body", "is missing or not an object");
  const parts = e.content ?? [];
  if (parts.length > maxParts) throw new Problem("too-large", "content", `has more than ${maxParts} parts`);
  parts.forEach((p, i) => {
    const at = name => `content/${i}/${name}`;
    if (!/^[a-z0-9][a-z0-9:._-]{0,63}$/.test(p.part ?? "")) throw invalid(at("part"), "is missing or not a part name");
    if (parts.findIndex(o => o.part === p.part) !== i) throw invalid(at("part"), `names the part ${p.part} twice`);
    if (!/^[a-z0-9][a-z0-9!#$&^_.+-]{0,60}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}(; ?charset=utf-8)?$/.test(p.media ?? "")) {
      throw invalid(at("media"), "is missing or not a media type");
    }
    p.size ??= 0;
    if (p.size < 0 || p.size > maxPart) throw new Problem("too-large", at("size"), `is not between 0 and ${maxPart}`);
    if (zeros.test(p.commitment ?? "")) throw invalid(at("commitment"), "is missing");
  });
}

export const contentReader = read.list(read.object({ data: read.bytes, part: read.text, salt: read.bytes }, ["data", "part", "salt"]));

/**
 * Checks that each content belongs to a part of the entry, fits its commitment
 * and size, and stands once. Returns the names of the parts that are there, and
 * of those that are missing, which is no fault.
 */
export function checkContent(entry, content) {
  content.forEach((c, i) => {
    const at = name => `content/${i}/${name}`;
    const part = entry.content.find(p => p.part === c.part);
    if (!part) throw new Problem("invalid", at("part"), "is not a part of the entry");
    if (content.findIndex(o => o.part === c.part) !== i) throw new Problem("invalid", at("part"), "stands twice");
    if (c.salt.length !== 32) throw malformed(at("salt"), "is not 32 bytes");
    if (c.data.length !== part.size) {
      throw unverified(at("data"), `has ${c.data.length} bytes, the entry says that its part ${part.part} has ${part.size}`);
    }
    if (hex(sha256(c.salt, c.data)) !== part.commitment) throw unverified(at("data"), `does not fit the entry's commitment to its part ${part.part}`);
  });
  const names = entry.content.map(p => p.part);
  const held = name => content.some(c => c.part === name);
  return { present: names.filter(held), missing: names.filter(n => !held(n)) };
}

/** Reads a signature that stands beside an entry; bytes reads base64. */
export const signatureReader = (bytes = read.bytes) =>
  read.object({ alg: read.text, auth: bytes, client: bytes, key: bytes, sig: bytes }, ["alg", "key", "sig"]);

const leafReaders = {
  entry: read.any, height: read.integer, refused: read.object({ code: read.text, field: read.text, message: read.text }, ["code", "message"]),
  seal: read.object({ docket_count: read.integer, dockets: read.hash, state: read.hash }, ["docket_count", "dockets", "state"]),
  signature: signatureReader(), system: read.object({ body: read.any, docket: read.hash, kind: read.text }, ["body", "kind"]), time: read.time,
};

/**
 * Reads the canonical bytes of a leaf: form only. The bytes of an entry within
 * stand in raw, the leaf's id in id.
 */
export async function parseLeaf(data) {
  const bytes = bytesOf(data);
  if (bytes.length > maxLeaf) throw new Problem("too-large", "leaf", `is over ${maxLeaf} bytes`);
  const value = await under("leaf", () => readCanonical(bytes));
  const leaf = members(value, "leaf", leafReaders);
  const sorts = ["entry", "system", "seal"].filter(name => name in leaf);
  if (sorts.length !== 1 || "entry" in leaf !== "signature" in leaf || ("refused" in leaf && !("entry" in leaf))) {
    throw malformed("leaf", "is not exactly one of entry with signature, system record, seal");
  }
  if ("entry" in leaf && !isObject(leaf.entry)) throw malformed("leaf/entry", "is not an object");
  if (leaf.system && !isObject(leaf.system.body)) throw malformed("leaf/system/body", "is not an object");
  if (leaf.height < 0) throw malformed("leaf/height", "is negative");
  const { refused, signature, system } = leaf;
  const wanting = !("height" in leaf) || !("time" in leaf) || refused?.field === "" || signature?.auth?.length === 0 ||
    signature?.client?.length === 0 || (system && "docket" in system && zeros.test(system.docket));
  if (wanting) throw malformed("leaf", "lacks a member, or has an empty one");
  const raw = leaf.entry && bytesOf(canonical(leaf.entry));
  return { ...leaf, raw, id: idOf(raw ?? bytes) };
}

/** The RFC 6962 hashes of a leaf's bytes, and of two hashes. */
export const leafHash = bytes => sha256(concat(Uint8Array.of(0), bytes));
export const nodeHash = (left, right) => sha256(concat(Uint8Array.of(1), left, right));

/** The canonical bytes of a docket's head. */
export const headBytes = ({ docket, root, size }) => bytesOf(canonical({ docket, root, size }));
