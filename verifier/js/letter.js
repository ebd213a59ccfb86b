// Letters: what a few may read of a confidential tender's records, each with a key
// of their own.
//
//   import { openLetter, sealLetter } from "./letter.js";
//   const letter = sealLetter(context, plain, to, strong);         // to: the readers' keys
//   const plain = openLetter(context, letter, to, reader, secret); // reader: from 1
import { Problem, concat, equal, hex, malformed, unverified } from "./bytes.js";
import { below, checkIndex, checkScope } from "./ceremony.js";
import { canonical, members, read, readJSON } from "./json.js";
import { all, boxPublic, byte, checkBoxKey, decrypt, encrypt, hashBytes, hashOf, openBox, raw, readers, sealBox } from "./sealing.js";

const invalid = (field, message) => new Problem("invalid", field, message);
const label = new TextEncoder().encode("publica letter v1\n");
const [boxSize, block] = [80, 4096];
const noNonce = new Uint8Array(12); // a key is drawn for one letter

export const maxLetter = 8388608;
export const letterMedia = "application/vnd.publica.letter";

const contextReaders = { author: readers.hash, bid: readers.hash, kind: readers.text, lot: readers.text, register: readers.text, tender: readers.hash };

const none = "0".repeat(64);

/** Draws the key to which somebody writes: {secret, public}, in hexadecimal. */
export function newLetterKey(random) {
  const secret = hex(random(32));
  return { secret, public: boxPublic(secret) };
}

function contextID(value, to) {
  const context = below("context", () => {
    const x = all({ bid: none, ...value }, contextReaders);
    checkScope({ ...x, envelope: "letter" });
    if (x.author === none) throw invalid("author", "is missing");
    if (!/^[a-z]+\/[a-z]+(-[a-z]+)*$/.test(x.kind)) throw invalid("kind", "is none");
    return { ...x, bid: x.bid === none ? undefined : x.bid, lot: x.lot || undefined };
  });
  return raw(hashOf("publica sealed v1 letter", context, ...to.map(k => raw(k))));
}

function checkReaders(to) {
  if (to.length < 1 || to.length > 15) throw invalid("to", "are not 1 to 15 readers");
  to.forEach((k, i) => checkBoxKey(k, `to/${i}`)); // one may stand twice: who announces another's key reads nothing, and stops nobody
}

const commitment = (id, key) => raw(hashBytes(concat("publica sealed v1 letter key\n", id, key)));
const info = (id, reader) => concat("publica sealed v1 letter\n", id, byte(reader));

/** Encrypts what is written to its readers, whose keys are in hexadecimal. */
export function sealLetter(context, plain, to, random) {
  const id = contextID(context, to);
  checkReaders(to);
  if (plain.length > maxLetter) throw new Problem("too-large", "letter", `is ${plain.length} bytes, over the limit of ${maxLetter}`);
  const key = random(32);
  const boxes = to.map((k, i) => sealBox(k, info(id, i + 1), key, random));
  const padded = new Uint8Array((Math.floor(plain.length / block) + 1) * block);
  padded.set(plain);
  padded[plain.length] = 0x80;
  return concat(label, byte(to.length), commitment(id, key), ...boxes, encrypt(key, noNonce, padded, id));
}

/** Opens a letter with the secret of one reader's key, in hexadecimal. */
export function openLetter(context, letter, to, reader, secret) {
  checkIndex(reader, to.length, "reader");
  const head = label.length + 33;
  if (letter.length < head || !equal(letter.subarray(0, label.length), label)) throw malformed("letter", "is no letter");
  const n = letter[label.length];
  if (n !== to.length) throw invalid("letter", `is to ${n} readers, not to the ${to.length} it is for`);
  const rest = letter.subarray(head);
  const size = rest.length - n * boxSize - 16;
  if (size < block || size % block !== 0 || size > maxLetter + block) throw malformed("letter", "is not of whole blocks, or too long");
  const id = contextID(context, to);
  const field = `boxes/${reader - 1}`;
  const key = openBox(secret, info(id, reader), hex(rest.subarray((reader - 1) * boxSize, reader * boxSize)), 32, field);
  if (!equal(commitment(id, key), letter.subarray(label.length + 1, head))) throw unverified(field, "holds a key that the letter does not commit to");
  const plain = decrypt(key, noNonce, rest.subarray(n * boxSize), id);
  if (!plain) throw unverified("letter", "does not open");
  const end = plain.findLastIndex(b => b !== 0);
  if (end < plain.length - block || plain[end] !== 0x80) throw malformed("letter", "is not filled up as letters are");
  return plain.subarray(0, end);
}

const parts = read.list(read.object({ data: read.bytes, media: read.text, name: read.text }, ["data", "media", "name"]));

/** The parts of an opened letter: {name, media, data: bytes}, the text first. */
export function readLetter(plain) {
  const letter = below("letter", () => members(readJSON(plain).value, "", { format: read.text, parts }, ["format", "parts"]));
  if (letter.format !== "publica-letter/v1") throw new Problem("unsupported", "letter/format", "is not publica-letter/v1");
  if (letter.parts.length === 0) throw invalid("letter/parts", "are missing");
  letter.parts.forEach(({ name, media }, i) => {
    if (name !== (i === 0 ? "text" : `attachment-${i}`)) throw invalid(`letter/parts/${i}/name`, "is not in its place");
    if (media === "" || (i === 0 && media !== "text/plain" && media !== "text/markdown")) throw invalid(`letter/parts/${i}/media`, "is not that of its part");
  });
  return letter.parts;
}

/** What a letter says, as it is encrypted; parts: {name, media, data: bytes}, the text first. */
export const letterText = (parts, base64) => new TextEncoder().encode(canonical({ format: "publica-letter/v1", parts: parts.map(p => ({ ...p, data: base64(p.data) })) }));
