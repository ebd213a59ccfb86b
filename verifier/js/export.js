// Complete exports of a docket: spec/proof.md.
import { Problem, bytesOf, concat, equal, malformed, under, unhex, unverified } from "./bytes.js";
import { contentReader, leafHash, parseLeaf } from "./entry.js";
import { canonical, members, read, readJSON } from "./json.js";
import { checkEntryOf, policyOf, verifyProof } from "./receipt.js";
import { TreeHasher, checkHead } from "./tree.js";

export const exportFormat = "publica-docket-export/v1";
const maxLine = 512 * 1024 * 1024;
const batch = 256; // lines whose signatures are checked at once
const batchBytes = 16 * 1024 * 1024;

const headerReaders = {
  docket: read.hash, format: read.text, head: read.object({ docket: read.hash, root: read.hash, size: read.integer }, ["docket", "root", "size"]),
  head_count: read.integer, head_index: read.integer, head_proof: read.list(read.hash), proof: read.text, register: read.text, seal: read.any,
};
const lineReaders = { content: contentReader, leaf: read.any, position: read.integer };

/** The lines of bytes, a Blob or a stream of bytes, without their newlines. The last must have one, else the file was cut. */
async function* linesOf(source) {
  const chunks = source instanceof Uint8Array ? [source] : streamOf(source);
  let rest = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end; (end = chunk.indexOf(10, start)) >= 0; start = end + 1) {
      yield concat(...rest, chunk.subarray(start, end));
      [rest, size] = [[], 0];
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > maxLine) throw new Problem("too-large", "export", `has a line over ${maxLine} bytes`);
  }
  if (rest.length > 0) throw malformed("export", "ends within a line: the file was cut");
}

async function* streamOf(source) {
  const reader = (source instanceof Blob ? source.stream() : source).getReader();
  for (let got; !(got = await reader.read()).done;) yield got.value;
}

function decodeLine(line, at, readers) {
  const { value, text, odd } = readJSON(line);
  const out = members(value, at, readers, Object.keys(readers).filter(n => n !== "content"));
  if (odd !== undefined || canonical(value) !== text || out.content?.length === 0) throw malformed(at, "is not in canonical form");
  return out;
}

/**
 * Proves a docket export complete under a policy: every entry's form, signature
 * and content, and that the leaves are exactly those under the docket's head.
 * source is text, bytes, a Blob or a stream of bytes. progress, if given, is
 * called with the leaves checked and their total; line with each leaf's
 * {leaf, entry, content}. Returns the summary.
 */
export async function verifyExport(source, policyText, { progress = () => {}, line = () => {} } = {}) {
  const lines = linesOf(typeof source === "string" ? bytesOf(source) : source);
  const first = await lines.next();
  if (first.done) throw malformed("export", "is empty");
  const header = await openHeader(first.value, policyOf(policyText));
  const { docket, head } = header;
  const sum = { docket, size: head.size, accepted: 0, refused: 0, system: 0, content_present: 0, content_missing: 0,
    register: header.register, checkpoint: header.checkpoint, seal: header.sealLeaf };
  const tree = new TreeHasher();
  for (let done = false; !done;) {
    const some = [];
    for (let bytes = 0; some.length < batch && bytes < batchBytes;) {
      const next = await lines.next();
      if ((done = next.done)) break;
      some.push(next.value);
      bytes += next.value.length;
    }
    const checked = await Promise.all(some.map(l => checkLine(l, header)));
    for (const c of checked) {
      add(c, tree, sum);
      line(c);
    }
    progress(tree.size, head.size);
  }
  if (tree.size < head.size) throw unverified("export", `${place(tree.size, head.size)} is missing: the export ends after ${tree.size}`);
  if (!equal(tree.root(), unhex(head.root, 32))) {
    throw unverified("export", `its ${head.size} leaves do not give the root of the docket's head: at least one was altered or replaced`);
  }
  return sum;
}

const place = (n, total) => `leaf ${n + 1} of ${total}`;

async function openHeader(line, policy) {
  const h = decodeLine(line, "header", headerReaders);
  if (h.format !== exportFormat) throw new Problem("unsupported", "header/format", `is "${h.format}", not ${exportFormat}`);
  if (h.register !== policy.register) throw unverified("header/register", `is "${h.register}", the policy is about ${policy.register}`);
  if (h.head.docket !== h.docket) throw unverified("header/head/docket", "is another docket");
  const raw = bytesOf(canonical(h.seal));
  const sealLeaf = await under("header/seal", () => parseLeaf(raw));
  if (!sealLeaf.seal) throw malformed("header/seal", "is not a seal");
  return under("header", async () => {
    const { index, checkpoint } = await verifyProof(h.proof, policy, raw);
    // An older seal would prove an older, shorter docket.
    if (index !== checkpoint.size - 1) throw unverified("seal", "is not the last leaf under the checkpoint: what came later could be left out");
    checkHead(h.head, h.head_index, h.head_count, h.head_proof.map(p => unhex(p, 32)), sealLeaf.seal);
    return { ...h, checkpoint, sealLeaf };
  });
}

/** Checks a line by itself: form, signature, content, docket. What is wrong stands in problem. */
async function checkLine(line, header) {
  const c = { present: [], missing: [], content: [] };
  try {
    const decoded = decodeLine(line, "", lineReaders);
    const raw = bytesOf(canonical(decoded.leaf));
    Object.assign(c, { content: [], ...decoded, hash: leafHash(raw), leaf: undefined });
    const leaf = c.leaf = await parseLeaf(raw);
    if (leaf.seal) throw unverified("", "is a seal, which belongs to no docket");
    if (leaf.system && leaf.system.docket !== header.docket) throw unverified("", "is of another docket");
    if (leaf.system && c.content.length > 0) throw malformed("content", "stands beside a system record");
    if (leaf.entry) {
      Object.assign(c, await checkEntryOf(header.register, "leaf", leaf.raw, leaf.signature, c.content));
      if (c.entry.docket !== header.docket && c.id !== header.docket) throw unverified("", "is of another docket");
    }
  } catch (err) {
    if (!(err instanceof Problem)) throw err;
    c.problem = err;
  }
  return c;
}

/** Counts a line, or says what is wrong with it. */
function add(c, tree, sum) {
  const n = tree.size;
  if (n >= sum.size) throw unverified("export", `holds more than the ${sum.size} leaves of the docket`);
  if (c.problem) {
    const what = place(n, sum.size) + (c.leaf?.entry ? ` (entry ${c.leaf.id})` : "");
    throw new Problem(c.problem.code, "export", `${what} is altered: ${c.problem.field ? c.problem.field + ": " : ""}${c.problem.message}`);
  }
  if (c.position !== n) throw unverified("export", `${place(n, sum.size)} is missing: the line in its place says it is leaf ${c.position + 1}`);
  tree.append(c.hash);
  sum.content_present += c.present.length;
  sum.content_missing += c.missing.length;
  sum[c.leaf.system ? "system" : c.leaf.refused ? "refused" : "accepted"]++;
}
