// Verification of a Publica register by a reader of its own: a second
// implementation of spec/, beside package publica. Plain ES modules for
// browsers, Node and Deno; nothing is fetched, and no page is needed.
//
//   import { verifyReceipt } from "./verifier.js";
//   const proven = await verifyReceipt(bytes, policyText); // throws a Problem
//
// Everything given as bytes may be a Uint8Array or a string.
export { Problem } from "./bytes.js";
export { canonical } from "./json.js";
export { checkContent, headBytes, idOf, leafHash, parseEntry, parseLeaf, workOf } from "./entry.js";
export { fingerprint, verifySignature } from "./signature.js";
export { TreeHasher, checkConsistency, checkHead, checkInclusion, parseProof } from "./tree.js";
export { openNote, parseCheckpoint, verifyCheckpoint } from "./note.js";
export { Policy } from "./policy.js";
export { parseReceipt, readPromise, verifyHolds, verifyPromise, verifyProof, verifyReceipt } from "./receipt.js";
export { parseFork, parseStatement, verifyFork, verifySubmission } from "./evidence.js";
export { verifyExport } from "./export.js";
export { findCompact, parseCompact } from "./compact.js";
