// Sealed bids, checked by anyone: envelopes before the deadline, openings after
// it. See spec/sealed.md. Import this module for tenders; verifier.js does
// without, so that receipts stay small. It opens; seal.js seals.
//
//   import { checkKey, combine, openEnvelope } from "./sealed.js";
//   const key = checkKey(record.body);                 // throws a Problem
//   const bid = openEnvelope(combine(key, shares), context, envelope, bucket);
import { Problem, concat, hex, malformed, unverified } from "./bytes.js";
import { below, checkAnnouncement, checkIndex, checkScope } from "./ceremony.js";
import { all, base, boxPublic, byte, checkEquality, checkKnowledge, decrypt, derive, element, encoded, encrypt, hashBytes, hashOf, interpolate, interpolateNumbers, number, openBox, raw, readers, times } from "./sealing.js";

export { Problem };
export { checkAnnouncement, checkCeremony, checkComplaint, checkDeal, checkKey, finishCeremony, openShare } from "./ceremony.js";

const invalid = (field, message) => new Problem("invalid", field, message);
const conflict = (field, message) => new Problem("conflict", field, message);

const contextReaders = { bidder: readers.hash, envelope: readers.text, lot: readers.text, register: readers.text, tender: readers.hash, text: readers.hash };

/** Checks a context and returns its id under a key, in hexadecimal. */
export function contextID(key, value) {
  return below("context", () => {
    const x = all(value, contextReaders);
    checkScope(x);
    if (/^0*$/.test(x.bidder)) throw invalid("bidder", "is missing");
    if (/^0*$/.test(x.text)) throw invalid("text", "is missing");
    return hashOf("publica sealed v1 context", { ...x, lot: x.lot || undefined }, raw(key.ceremony), raw(key.public));
  });
}

/** Checks an envelope for a context, under a key that checkKey returned; returns its point and the context's id. */
export function checkEnvelope(key, context, value) {
  const id = contextID(key, context);
  const { bucket, point, proof } = all(value, { bucket: readers.half, point: readers.half, proof: readers.proof });
  const r = element(point, "point");
  checkKnowledge(proof, r, "proof", "publica sealed v1 envelope", concat(raw(id), raw(bucket)));
  return { id, bucket, point: r };
}

/** Checks a trustee's share of a key, and returns its number. */
export function checkShare(key, value) {
  const { trustee, value: share } = all(value, { trustee: readers.integer, value: readers.half });
  checkIndex(trustee, key.n, "trustee");
  const n = number(share, "value");
  if (!times(base, n).equals(key.points[trustee - 1])) throw unverified("value", "is not the trustee's share of this key");
  return n;
}

function enough(key, n) {
  if (n <= key.threshold) throw unverified("shares", `are of ${n} trustees, and ${key.threshold + 1} open`);
}

/** Makes of shares what opens every envelope of a key. */
export function combine(key, shares) {
  const numbers = shares.map((s, i) => {
    const n = below(`shares/${i}`, () => checkShare(key, s));
    if (shares.findIndex(o => o.trustee === s.trustee) !== i) throw conflict(`shares/${i}/trustee`, "stands twice");
    return n;
  });
  enough(key, shares.length);
  const first = key.threshold + 1;
  const secret = interpolateNumbers(shares.slice(0, first).map(s => s.trustee), numbers.slice(0, first));
  if (!times(base, secret).equals(key.point)) throw unverified("shares", "do not make the key");
  return { key, secret };
}

export const bucketSize = 65536;
const noNonce = new Uint8Array(12); // r is drawn for one envelope, so is the key

function checkBucket(key, context, value, bucket) {
  const e = checkEnvelope(key, context, value);
  if (bucket.length !== bucketSize) throw malformed("bucket", `is not ${bucketSize} bytes`);
  if (hashBytes(bucket) !== e.bucket) throw unverified("bucket", "is not the one that the envelope commits to");
  return e;
}

const bucketKey = ({ id, point }, shared) => derive(shared.toBytes(), concat("publica sealed v1 bucket\n", point.toBytes(), raw(id)));

/** Encrypts a plaintext of a bucket's size: e has the point and the context's id, shared is r·Y. */
export const sealBucket = (e, shared, plain) => encrypt(bucketKey(e, shared), noNonce, plain);

/** Decrypts a bucket with the point that opens it, and returns the bid. */
function openBucket(e, shared, bucket) {
  const plain = decrypt(bucketKey(e, shared), noNonce, bucket);
  if (!plain) throw unverified("bucket", "does not open: the bid is non-responsive");
  const end = 4 + new DataView(plain.buffer, plain.byteOffset).getUint32(0);
  if (end > plain.length) throw malformed("bucket", "says that its bid is longer than it: the bid is non-responsive");
  if (plain.subarray(end).some(b => b !== 0)) throw malformed("bucket", "is not filled up with zeros: the bid is non-responsive");
  return plain.subarray(4, end);
}

/** Opens an envelope with what combine returned. What is refused for its bucket is a bid that is non-responsive. */
export function openEnvelope({ key, secret }, context, envelope, bucket) {
  const e = checkBucket(key, context, envelope, bucket);
  return openBucket(e, times(e.point, secret), bucket);
}

/** Opens one envelope with the secret that its bidder reveals, in hexadecimal. */
export function openRevealed(key, secret, context, envelope, bucket) {
  const e = checkBucket(key, context, envelope, bucket);
  const r = number(secret, "secret");
  if (!times(base, r).equals(e.point)) throw unverified("secret", "is not that of this envelope");
  return openBucket(e, times(key.point, r), bucket);
}

const partialReaders = { boxes: readers.list(readers.box), trustee: readers.integer };

function readPartial(key, value, members) {
  const p = all(value, partialReaders);
  checkIndex(p.trustee, key.n, "trustee");
  if (members !== undefined && p.boxes.length !== members) throw invalid("boxes", `are ${p.boxes.length}, want one for each of the ${members} members`);
  p.boxes.forEach((b, i) => {
    if (b.length !== 288) throw malformed(`boxes/${i}`, "is not 144 bytes");
  });
  return p;
}

/** Opens and checks what a trustee sent a member of the board, with that member's secret: {point, trustee}. */
export function openPartial(key, value, context, envelope, member, secret) {
  const e = checkEnvelope(key, context, envelope);
  const p = readPartial(key, value);
  checkIndex(member, p.boxes.length, "member");
  const field = `boxes/${member - 1}`;
  const info = concat("publica sealed v1 partial\n", raw(e.id), byte(p.trustee, member));
  const plain = hex(openBox(secret, info, p.boxes[member - 1], 96, field));
  const power = element(plain.slice(0, 64), field);
  checkEquality(plain.slice(64), key.points[p.trustee - 1], e.point, power, field, e.id);
  return { point: encoded(power), trustee: p.trustee };
}

/** Opens an envelope from what openPartial returned for enough trustees. */
export function openPartials(key, decryptions, context, envelope, bucket) {
  const e = checkBucket(key, context, envelope, bucket);
  const points = decryptions.map(({ point, trustee }, i) => {
    checkIndex(trustee, key.n, `decryptions/${i}`);
    if (decryptions.findIndex(d => d.trustee === trustee) !== i) throw conflict(`decryptions/${i}`, "is of a trustee that stands twice");
    return element(point, `decryptions/${i}`);
  });
  enough(key, points.length);
  const first = key.threshold + 1;
  return openBucket(e, interpolate(decryptions.slice(0, first).map(d => d.trustee), points.slice(0, first), 0), bucket);
}

/** Checks that a member's complaint about a partial is justified; board are the members' announcements. */
export function checkPartialComplaint(key, value, partial, context, envelope, board) {
  if (board.length < 1 || board.length > 15) throw invalid("board", "does not have 1 to 15 members");
  board.forEach((a, i) => below(`board/${i}`, () => checkAnnouncement(a, key.n)));
  const { member, secret, trustee } = all(value, { member: readers.integer, secret: readers.half, trustee: readers.integer });
  checkIndex(member, board.length, "member");
  const p = readPartial(key, partial, board.length);
  if (trustee !== p.trustee) throw invalid("trustee", "did not send this partial");
  if (boxPublic(secret) !== board[member - 1].boxes[trustee - 1]) {
    throw unverified("secret", "is not that of the key which the member announced for this trustee");
  }
  checkEnvelope(key, context, envelope);
  try {
    openPartial(key, partial, context, envelope, member, secret);
  } catch (err) {
    if (err instanceof Problem) return;
    throw err;
  }
  throw unverified("", "is false: what the trustee sent is proven");
}

export const chunk = 65536; // of a blob

/** The number of a chunk, and whether it is the last. */
export function chunkNonce(i, last) {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(3, BigInt(i));
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/** Opens a blob that a bid names: the document's bytes. */
export function openBlob(value, bytes) {
  const { hash, key, size } = all(value, { hash: readers.half, key: readers.half, size: readers.integer });
  const document = new Uint8Array(Math.min(Math.max(size, 0), bytes.length)); // no more than there is: size is the bidder's word
  let at = 0;
  for (let i = 0, left = size; ; i++, left -= chunk) {
    const last = left < chunk;
    if (bytes.length < at + chunk + 16) throw malformed("blob", "ends early");
    const plain = decrypt(raw(key), chunkNonce(i, last), bytes.subarray(at, at + chunk + 16));
    if (!plain) throw unverified("blob", "does not open");
    if (last && (left < 0 || plain[left] !== 0x80 || plain.subarray(left + 1).some(b => b !== 0))) throw malformed("size", "is not that of the blob's document");
    document.set(plain.subarray(0, Math.min(left, chunk)), i * chunk);
    at += chunk + 16;
    if (last) break;
  }
  if (bytes.length > at) throw malformed("blob", "goes on after its last chunk");
  if (hashBytes(bytes) !== hash) throw unverified("hash", "is not that of the blob");
  return document;
}
