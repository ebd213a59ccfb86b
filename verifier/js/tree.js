// RFC 6962 trees and the proofs in them: spec/log.md and spec/proof.md. Hashes
// are bytes; sizes are numbers below 2^53.
import { base64, equal, hash64, malformed, sha256, unhex, unverified, whole } from "./bytes.js";
import { headBytes, leafHash, nodeHash } from "./entry.js";

const half = n => Math.floor(n / 2);
const odd = n => n % 2 === 1;

/** Computes the root of a growing list of leaf hashes: it keeps the right edge only. */
export class TreeHasher {
  edge = [];
  size = 0;

  append(hash) {
    for (let n = this.size; odd(n); n = half(n)) hash = nodeHash(this.edge.pop(), hash);
    this.edge.push(hash);
    this.size++;
  }

  root() {
    return this.edge.length === 0 ? sha256("") : this.edge.reduceRight((right, left) => nodeHash(left, right));
  }
}

/** The root to which a path leads in a tree of that size; undefined if paths there have another length. */
export function pathRoot(path, size, index, leaf) {
  let at = index;
  let last = size - 1;
  let hash = leaf;
  for (const p of path) {
    if (last <= 0) return undefined;
    if (odd(at) || at === last) {
      hash = nodeHash(p, hash);
      while (!odd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      hash = nodeHash(hash, p);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && index < size ? hash : undefined;
}

/** Checks that a leaf, given by its hash, stands at index in the tree {size, root}. */
export function checkInclusion(path, tree, index, leaf) {
  if (index < 0 || index >= tree.size) throw unverified("proof", `says index ${index} in a tree of ${tree.size} leaves`);
  const root = pathRoot(path, tree.size, index, leaf);
  if (!root || !equal(root, tree.root)) throw unverified("proof", "does not lead from the leaf to the root of the tree");
}

/** Whether path leads from the older of two trees, not empty, to the newer. */
export function consistent(path, newer, older) {
  if (older.size < 1 || older.size > newer.size) return false;
  if (older.size === newer.size) return path.length === 0 && equal(older.root, newer.root);
  let at = older.size - 1;
  let last = newer.size - 1;
  while (odd(at)) [at, last] = [half(at), half(last)];
  const hashes = at === 0 ? [older.root, ...path] : path;
  if (hashes.length === 0) return false;
  let [was, is] = [hashes[0], hashes[0]];
  for (const p of hashes.slice(1)) {
    if (last === 0) return false;
    if (odd(at) || at === last) {
      [was, is] = [nodeHash(p, was), nodeHash(p, is)];
      while (!odd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      is = nodeHash(is, p);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && equal(was, older.root) && equal(is, newer.root);
}

/** Checks that the newer of two trees begins with the older. */
export function checkConsistency(path, newer, older) {
  if (newer.size < older.size) throw unverified("checkpoint", `holds ${newer.size} leaves, fewer than the ${older.size} of one seen before`);
  if (older.size === 0 ? path.length > 0 || !equal(older.root, sha256("")) : !consistent(path, newer, older)) {
    throw unverified("checkpoint", "contradicts one seen before: history was rewritten");
  }
}

/** Checks that a docket's head is leaf index of count heads whose root stands in the seal. */
export function checkHead(head, index, count, path, seal) {
  if (count !== seal.docket_count) throw unverified("head_count", `is ${count}, the seal says ${seal.docket_count}`);
  try {
    checkInclusion(path, { size: count, root: unhex(seal.dockets, 32) }, index, leafHash(headBytes(head)));
  } catch {
    throw unverified("head_proof", "does not lead from the docket's head to the root of dockets in the seal");
  }
}

const proofHeader = "c2sp.org/tlog-proof@v1\n";

/** The text of a C2SP tlog-proof. */
export const formatProof = ({ index, path, checkpoint }) => proofHeader + "index " + index + "\n" + path.map(h => base64(h) + "\n").join("") + "\n" + checkpoint;

/** Reads a C2SP tlog-proof, without the extra line that no signature covers: {index, path, checkpoint}. */
export function parseProof(text) {
  const bad = message => malformed("proof", message);
  if (!text.startsWith(proofHeader)) throw bad("is not a C2SP tlog-proof");
  const end = text.indexOf("\n\n");
  const [line, ...hashes] = text.slice(proofHeader.length, Math.max(end, 0)).split("\n");
  const index = line.startsWith("index ") ? whole(line.slice(6)) : undefined;
  if (end < 0 || index === undefined) throw bad("has no index line");
  const path = hashes.map(hash64);
  if (path.length > 64 || path.includes(undefined)) throw bad("has a path that is not a list of hashes");
  return { index, path, checkpoint: text.slice(end + 2) };
}
