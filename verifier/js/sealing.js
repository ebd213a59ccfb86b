// The arithmetic under sealed bids: ristretto255, its proofs, and boxes to keys
// of one purpose. See spec/sealed.md, "Parts".
import { bytesOf, concat, hex, malformed, unhex, unverified } from "./bytes.js";
import { canonical, members, read } from "./json.js";
import { sealing } from "./lib/sealing.js";

const { Point } = sealing.ristretto255;
const { Fn } = Point;
export const base = Point.BASE;

const utf8 = text => new TextEncoder().encode(text);
export const byte = (...n) => Uint8Array.from(n);
const two = n => byte(n >> 8, n & 255);
const four = n => byte(n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255);

/** A reader of lower-case hexadecimal: of n bytes, or of any number. Text stays text. */
const digits = n => (value, at) => {
  if (typeof value !== "string") throw malformed(at, "has the wrong type");
  if (!unhex(value, n ?? Math.floor(value.length / 2))) throw malformed(at, "wants lower-case hexadecimal digits");
  return value;
};
export const readers = { ...read, half: digits(32), proof: digits(64), box: digits() };
export const all = (value, of) => members(value, "", of, Object.keys(of).filter(name => name !== "lot"));

export const raw = text => unhex(text, text.length / 2);

/** The point that 32 bytes in hexadecimal encode; the identity is refused, and so are second forms. */
export function element(text, field) {
  try {
    const p = Point.fromBytes(raw(text));
    if (!p.is0()) return p;
  } catch {
    // not a point
  }
  throw malformed(field, "is not a point of ristretto255 in its only form, or is the identity");
}

/** The number that 32 bytes in hexadecimal encode, little-endian: reduced, and not zero. */
export function number(text, field) {
  const n = BigInt("0x" + hex(raw(text).reverse()));
  if (n === 0n || n >= Fn.ORDER) throw malformed(field, "is not a number below the order of ristretto255, or is zero");
  return n;
}

export const encoded = p => hex(p.toBytes());
export const times = (p, n) => p.multiplyUnsafe(n);
const toScalar = (message, label) => sealing.ristretto255_hasher.hashToScalar(message, { DST: label });

/** A point times a number that is secret: slower, and in the same time whatever the number. */
export const timesSecret = (p, n) => p.multiply(n);

/** Draws a number: 64 bytes of random, which returns as many as it is asked for. */
export function draw(random) {
  for (;;) {
    const n = toScalar(random(64), utf8("publica sealed v1 scalar"));
    if (n !== 0n) return n;
  }
}

/** A number in its 32 bytes, little-endian, in hexadecimal. */
export const encodedNumber = n => hex(raw(n.toString(16).padStart(64, "0")).reverse());

/** SHA-256 over a label, what else is bound, and the canonical JSON of a value; in hexadecimal. */
export const hashOf = (label, value, ...bound) => hex(sealing.sha256(concat(label + "\n", ...bound, canonical(value))));
export const hashBytes = data => hex(sealing.sha256(bytesOf(data)));

/** What commits to the value at x of a polynomial, from what commits to its coefficients. */
export const committedAt = (commitments, x) => commitments.reduceRight((sum, c) => times(sum, BigInt(x)).add(c), Point.ZERO);

/** The factors with which values at these places make that at x. */
export function factors(places, x) {
  return places.map(p => {
    let [above, below] = [1n, 1n];
    for (const q of places) {
      if (q === p) continue;
      above = Fn.mul(above, Fn.create(BigInt(x) - BigInt(q)));
      below = Fn.mul(below, Fn.create(BigInt(p) - BigInt(q)));
    }
    return Fn.mul(above, Fn.inv(below));
  });
}

export const interpolate = (places, points, x) => factors(places, x).reduce((sum, f, i) => sum.add(times(points[i], f)), Point.ZERO);
export const interpolateNumbers = (places, numbers) => factors(places, 0).reduce((sum, f, i) => Fn.add(sum, Fn.mul(numbers[i], f)), 0n);

function knowledgeChallenge(nonce, point, purpose, context) {
  const transcript = concat(base.toBytes(), nonce.toBytes(), point.toBytes(), four(context.length), context, four(purpose.length), purpose);
  return toScalar(transcript, utf8(purpose));
}

/** Proves knowledge of k, of point = k·G, for a purpose in a context (RFC 8235); in hexadecimal. */
export function proveKnowledge(k, point, purpose, context, random) {
  const v = draw(random);
  const nonce = timesSecret(base, v);
  const proof = encoded(nonce) + encodedNumber(Fn.sub(v, Fn.mul(k, knowledgeChallenge(nonce, point, purpose, context))));
  checkKnowledge(proof, point, "proof", purpose, context);
  return proof;
}

/** Checks a proof of knowledge of the logarithm of a point (RFC 8235). */
export function checkKnowledge(proof, point, field, purpose, context) {
  const nonce = element(proof.slice(0, 64), field);
  const r = number(proof.slice(64), field);
  const c = knowledgeChallenge(nonce, point, purpose, context);
  if (!nonce.equals(times(base, r).add(times(point, c)))) {
    throw unverified(field, "does not prove knowledge of the secret in this context");
  }
}

/** Checks a proof that power is to point as publicPoint to the base: RFC 9497 with the base in the challenge. */
export function checkEquality(proof, publicPoint, point, power, field, context) {
  const label = concat("publica sealed v1 partial", raw(context));
  const [c, s] = [number(proof.slice(0, 64), field), number(proof.slice(64), field)];
  const sized = (...parts) => concat(...parts.flatMap(p => [two(p.length), p]));
  const seed = sealing.sha512(sized(publicPoint.toBytes(), concat("Seed-", label)));
  const toNumber = message => toScalar(message, concat("HashToScalar-", label));
  const d = toNumber(concat(sized(seed), two(0), sized(point.toBytes(), power.toBytes()), "Composite"));
  const [m, z] = [times(point, d), times(power, d)];
  const nonces = [times(base, s).add(times(publicPoint, c)), times(m, s).add(times(z, c))];
  const transcript = sized(...[base, publicPoint, m, z, ...nonces].map(p => p.toBytes()));
  if (toNumber(concat(transcript, "Challenge")) !== c) {
    throw unverified(field, "does not prove that the trustee's share was used on this envelope");
  }
}

const prime = 2n ** 255n - 19n;

/** Checks a key for boxes: in its only form, and not of small order. */
export function checkBoxKey(text, field) {
  try {
    sealing.x25519.getSharedSecret(Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? 1 : 0)), raw(text));
    if (BigInt("0x" + hex(raw(text).reverse())) < prime) return;
  } catch {
    // of small order
  }
  throw malformed(field, "is not an X25519 key in its only form, or one of small order");
}

export const boxPublic = secret => hex(sealing.x25519.getPublicKey(raw(secret)));

const extract = (suite, salt, label, key) => sealing.extract(sealing.sha256, concat("HPKE-v1", suite, label, key), salt);
const expand = (suite, key, label, info, n) => sealing.expand(sealing.sha256, key, concat(two(n), "HPKE-v1", suite, label, info), n);

const kem = concat("KEM", two(0x20));
const suite = concat("HPKE", two(0x20), two(1), two(3));

/** The AEAD of one box, of what both sides share. */
function boxCipher(dh, enc, recipient, info) {
  const shared = expand(kem, extract(kem, undefined, "eae_prk", dh), "shared_secret", concat(enc, recipient), 32);
  const context = concat(byte(0), extract(suite, undefined, "psk_id_hash", ""), extract(suite, undefined, "info_hash", info));
  const key = extract(suite, shared, "secret", "");
  return sealing.chacha20poly1305(expand(suite, key, "key", context, 32), expand(suite, key, "base_nonce", context, 12));
}

/** Encrypts to a key for boxes, in hexadecimal: HPKE (RFC 9180), base mode. Returns the box as bytes. */
export function sealBox(key, info, plain, random) {
  const secret = expand(kem, extract(kem, undefined, "dkp_prk", random(32)), "sk", "", 32);
  const enc = sealing.x25519.getPublicKey(secret);
  return concat(enc, boxCipher(sealing.x25519.getSharedSecret(secret, raw(key)), enc, raw(key), info).encrypt(plain));
}

/** Opens a box of a known size with the secret of its key: HPKE (RFC 9180), base mode. Box and secret in hexadecimal. */
export function openBox(secret, info, box, size, field) {
  const bad = unverified(field, "does not open with the key it was to be encrypted to");
  const [enc, ciphertext] = [raw(box).subarray(0, 32), raw(box).subarray(32)];
  if (ciphertext.length !== size + 16) throw bad;
  try {
    return boxCipher(sealing.x25519.getSharedSecret(raw(secret), enc), enc, raw(boxPublic(secret)), info).decrypt(ciphertext);
  } catch {
    throw bad;
  }
}

/** Decrypts; undefined if it does not open. */
export function decrypt(key, nonce, ciphertext, more) {
  try {
    return sealing.chacha20poly1305(key, nonce, more).decrypt(ciphertext);
  } catch {
    return undefined;
  }
}

/** Encrypts; the tag stands at the end. more, if given, is authenticated with it. */
export const encrypt = (key, nonce, plain, more) => sealing.chacha20poly1305(key, nonce, more).encrypt(plain);

/** HKDF with SHA-256 and without salt: 32 bytes. */
export const derive = (secret, info) => sealing.hkdf(sealing.sha256, secret, undefined, info, 32);
