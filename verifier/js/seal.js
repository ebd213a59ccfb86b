// Bids, sealed where their bidder is: envelopes and blobs. See spec/sealed.md,
// "Envelope" and "Blobs". What comes out is what came in and the randomness, so
// that another implementation can be held against it; sealed.js opens it.
//
//   import { sealEnvelope } from "./seal.js";
//   const { envelope, bucket, secret } = sealEnvelope(key, context, bid, strong);
import { Problem, concat, hex } from "./bytes.js";
import { bucketSize, checkKey, chunk, chunkNonce, contextID, sealBucket } from "./sealed.js";
import { base, draw, encoded, encodedNumber, encrypt, hashBytes, proveKnowledge, raw, timesSecret } from "./sealing.js";

/** The longest bid in bytes: a bucket without its tag and the bid's length. */
export const maxBid = bucketSize - 20;

/** Randomness of this browser: n bytes. */
export const strong = n => crypto.getRandomValues(new Uint8Array(n));

/**
 * Seals a bid to a key that checkKey returned, or to one as JSON gives it:
 * {envelope, bucket, secret}. The envelope goes on the register, the bucket
 * beside it; the secret, in hexadecimal, opens this envelope alone, and its
 * bidder keeps it. random(n) returns n bytes; the same ones give the same.
 */
export function sealEnvelope(key, context, bid, random) {
  const to = key.point ? key : checkKey(key);
  const id = contextID(to, context);
  if (bid.length > maxBid) throw new Problem("too-large", "bid", `is ${bid.length} bytes, over the limit of ${maxBid}`);
  const r = draw(random);
  const point = timesSecret(base, r);
  const plain = new Uint8Array(bucketSize - 16);
  new DataView(plain.buffer).setUint32(0, bid.length);
  plain.set(bid, 4);
  const bucket = sealBucket({ id, point }, timesSecret(to.point, r), plain);
  const hash = hashBytes(bucket);
  const proof = proveKnowledge(r, point, "publica sealed v1 envelope", concat(raw(id), raw(hash)), random);
  return { envelope: { bucket: hash, point: encoded(point), proof }, bucket, secret: encodedNumber(r) };
}

/** How large the blob of a document of so many bytes is. */
export const blobSize = size => (Math.floor(size / chunk) + 1) * (chunk + 16);

/** Seals a document that goes beside a bid: {blob, bytes}, the blob for the offer. */
export function sealBlob(document, random) {
  const key = random(32);
  const bytes = new Uint8Array(blobSize(document.length));
  const chunks = bytes.length / (chunk + 16);
  for (let i = 0; i < chunks; i++) {
    const plain = new Uint8Array(chunk);
    const part = document.subarray(i * chunk, (i + 1) * chunk);
    plain.set(part);
    const last = i === chunks - 1;
    if (last) plain[part.length] = 0x80;
    bytes.set(encrypt(key, chunkNonce(i, last), plain), i * (chunk + 16));
  }
  return { blob: { hash: hashBytes(bytes), key: hex(key), size: document.length }, bytes };
}
