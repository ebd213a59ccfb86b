// Signed notes, the keys that verify them, and checkpoints: C2SP signed-note,
// tlog-checkpoint and tlog-cosignature, as spec/log.md uses them.
import { Problem, badSignature, bytesOf, concat, equal, hex, malformed, sha256, strictBase64, unbase64, whole } from "./bytes.js";
import { verifyMLDSA, verifyNoteEd25519 } from "./signature.js";

export const maxSignatures = 100;
const spaces = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const keySizes = { 1: 32, 4: 32, 6: 1312 };

/** The words of a line, as policies are cut into words. */
export const words = line => line.split(spaces).filter(w => w !== "");

const validName = name => name !== "" && !name.includes("+") && !spaces.test(name);

/**
 * Reads a verifier key, "name+hash+base64", of one of the signature types: 1
 * for logs and nodes, 4 and 6 for cosigners. It has one text. undefined if it
 * is none.
 */
export function parseKey(text, types) {
  const [, name, hash, key64] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/.exec(text) ?? [];
  const key = key64 === undefined ? undefined : strictBase64(key64);
  if (!key || !validName(name) || !types.includes(key[0]) || key.length !== 1 + keySizes[key[0]]) return undefined;
  if (hex(sha256(name + "\n", key).subarray(0, 4)) !== hash) return undefined;
  return { name, hash, type: key[0], key: key.subarray(1) };
}

const uint64 = n => {
  const b = new Uint8Array(8);
  new DataView(b.buffer).setBigUint64(0, BigInt(n));
  return b;
};

/** Whether a key has signed the text of a note. */
async function hasSigned(key, text, sig) {
  if (key.type === 1) return verifyNoteEd25519(key.key, bytesOf(text), sig);
  if (sig.length !== (key.type === 4 ? 72 : 2428)) return false;
  const time = new DataView(sig.buffer, sig.byteOffset).getBigUint64(0);
  const tree = parseHead(text);
  if (time >> 63n || !tree || !tree.tidy) return false;
  if (key.type === 4) return verifyNoteEd25519(key.key, bytesOf(`cosignature/v1\ntime ${time}\n${text}`), sig.subarray(8));
  const [name, origin] = [bytesOf(key.name), bytesOf(tree.register)];
  const named = b => concat(Uint8Array.of(b.length), b);
  if (tree.extension || name.length > 255 || origin.length < 1 || origin.length > 255) return false;
  if (tree.size === 0 && !equal(tree.root, sha256(""))) return false;
  const message = concat("subtree/v1\n\0", named(name), uint64(time), named(origin), uint64(0), uint64(tree.size), tree.root);
  return verifyMLDSA(key.key, message, sig.subarray(8));
}

/** Refuses signature lines whose base64 is not the only form of its bytes. */
function checkStrict(note, field) {
  const i = note.lastIndexOf("\n\n");
  if (i < 0) throw malformed(field, "is not a signed note");
  for (const line of note.slice(i + 2).split("\n")) {
    if (strictBase64(line.slice(line.lastIndexOf(" ") + 1)) === undefined) throw malformed(field, "has a signature line that is not strict base64");
  }
}

/**
 * Opens a signed note and checks the signatures of keys that known finds by
 * name and hash. Returns the text, the signatures that verify and those by keys
 * unknown; one that does not verify is refused.
 */
export async function openNote(note, known, field) {
  checkStrict(note, field);
  const split = note.lastIndexOf("\n\n");
  const text = note.slice(0, split + 1);
  const bad = () => malformed(field, "is not a signed note");
  if (/[\0-\x09\x0b-\x1f]/.test(note) || !note.endsWith("\n") || note.length < split + 3) throw bad();
  const lines = note.slice(split + 2, -1).split("\n");
  if (lines.length > maxSignatures) throw bad();
  const sigs = [];
  const unknown = [];
  for (const line of lines) {
    const [, name, b64] = /^— ([^ ]*) ([^ ]+)$/.exec(line) ?? [];
    const bytes = b64 && unbase64(b64);
    if (!bytes || !validName(name) || bytes.length < 5) throw bad();
    const sig = { name, hash: hex(bytes.subarray(0, 4)), bytes: bytes.subarray(4), line };
    const key = known(name, sig.hash);
    if (!key) {
      if (!unknown.some(u => u.line === line)) unknown.push(sig);
    } else if (!sigs.some(s => sameKey(s, sig))) {
      if (!await hasSigned(key, text, sig.bytes)) throw badSignature(field, `has a signature of ${name} that does not verify`);
      sigs.push(sig);
    }
  }
  return { text, sigs, unknown };
}

export const sameKey = (a, b) => a.name === b.name && a.hash === b.hash;

/** Reads the text of a checkpoint, or returns undefined. tidy: its base64 is in its only form. */
function parseHead(text) {
  const [register, digits, root64, ...rest] = text.split("\n");
  const size = digits === undefined ? undefined : whole(digits);
  const root = root64 === undefined ? undefined : unbase64(root64);
  if (size === undefined || root?.length !== 32 || rest.length === 0 || rest.slice(0, -1).includes("") || rest.at(-1) !== "") return undefined;
  return { register, size, root, extension: rest.length > 1, tidy: strictBase64(root64) !== undefined };
}

/** Reads a signed checkpoint and believes none of its signatures. */
export async function parseCheckpoint(note, field = "checkpoint") {
  const { text, unknown } = await openNote(note, () => undefined, field);
  const head = parseHead(text);
  if (!head) throw malformed(field, "is not a checkpoint");
  return { ...head, note, text, signatures: unknown };
}

/** Verifies a signed checkpoint under a policy: {register, size, root, note, cosignedBy}. */
export async function verifyCheckpoint(note, policy) {
  const { text, sigs } = await openNote(note, (name, hash) => policy.verifier(name, hash), "checkpoint");
  const head = parseHead(text);
  if (!head && sigs.length > 0) throw malformed("checkpoint", "is not a checkpoint");
  const register = text.slice(0, text.indexOf("\n"));
  if (register !== policy.register) throw new Problem("unverified", "checkpoint", `is of the log ${register}, not of ${policy.register}`);
  if (!head || !policy.satisfied(sigs)) {
    const lacks = policy.lacks(sigs);
    const by = [...new Set(sigs.map(s => s.name))];
    throw Object.assign(new Problem("unverified", "checkpoint", `is not signed by those the policy demands for ${register}: lacks ${lacks.join("; ")}`), { lacks, by });
  }
  return { register, size: head.size, root: head.root, note, cosignedBy: policy.cosigners(sigs) };
}
