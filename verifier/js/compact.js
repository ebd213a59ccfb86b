// Receipts in the compact form that a QR code holds: spec/receipt.md.
import { base64, concat, malformed, textOf } from "./bytes.js";
import { leafHash, parseEntry, parseLeaf } from "./entry.js";
import { readCanonical } from "./json.js";
import { receiptFormat } from "./receipt.js";
import { formatProof, pathRoot } from "./tree.js";

export const compactPrefix = "PUBLICA1:";
const maxCompact = 4296;
const maxText = 1 << 18;

/** The compact form that text is, or that stands after the last # of a URL; undefined if none. */
export function findCompact(text) {
  const found = text.slice(text.lastIndexOf("#") + 1).trim();
  return found.startsWith(compactPrefix) ? found : undefined;
}

/** Reads a receipt in its compact form, for verifyReceipt. It believes nothing. */
export async function parseCompact(text) {
  try {
    return await unpack(text);
  } catch {
    throw malformed("compact", "is not a receipt in its compact form");
  }
}

/** The bytes of base32 without padding, in its only form. */
function base32(text) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const out = [];
  let bits = 0;
  let held = 0;
  for (const c of text) {
    const v = letters.indexOf(c);
    if (v < 0) throw new RangeError("not base32");
    held = (held << 5) | v;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push(held >> bits);
      held &= (1 << bits) - 1;
    }
  }
  if (held !== 0 || bits >= 5) throw new RangeError("stray bits");
  return Uint8Array.from(out);
}

/** Reads from the front of bytes, and throws if they are too short. */
class Front {
  constructor(bytes) {
    this.rest = bytes;
  }

  take(n) {
    if (n > this.rest.length) throw new RangeError("too short");
    const taken = this.rest.subarray(0, n);
    this.rest = this.rest.subarray(n);
    return taken;
  }

  byte() {
    return this.take(1)[0];
  }

  list(read) {
    return Array.from({ length: this.byte() }, read);
  }

  number() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const b = this.byte();
      value += (b & 127) * scale;
      if (!Number.isSafeInteger(value) || (b === 0 && scale > 1)) throw new RangeError("not a number");
      if (b < 128) return value;
    }
  }

  /** What stands before the next line feed, which must be UTF-8. */
  line() {
    const line = textOf(this.take(this.rest.indexOf(10) >>> 0));
    if (line === undefined) throw new RangeError("not UTF-8");
    this.byte();
    return line;
  }
}

async function inflated(packed) {
  const chunks = [];
  let size = 0;
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  for (let got; !(got = await reader.read()).done;) {
    chunks.push(got.value);
    size += got.value.length;
    if (size > maxText) throw new RangeError("too long");
  }
  return concat(...chunks);
}

async function unpack(text) {
  if (!text.startsWith(compactPrefix) || text.length > maxCompact) throw new RangeError("no prefix");
  const front = new Front(base32(text.slice(compactPrefix.length)));
  const index = front.number();
  const size = front.number();
  const path = front.list(() => front.take(32));
  const sigs = front.list(() => front.take(front.byte()));
  const parts = front.list(() => ({ at: front.byte(), salt: front.take(32) }));
  const packed = new Front(await inflated(front.rest));
  const register = packed.line();
  const names = sigs.map(() => packed.line());
  const leaf = packed.line();
  const content = [];
  if (parts.length > 0) {
    const entry = parseEntry((await parseLeaf(leaf)).raw);
    for (const { at, salt } of parts) {
      const { part, size } = entry.content[at];
      content.push({ data: packed.take(size), part, salt });
    }
  }
  const root = pathRoot(path, size, index, leafHash(leaf));
  if (packed.rest.length > 0 || sigs.length === 0 || !root) throw new RangeError("does not fit together");
  const checkpoint = `${register}\n${size}\n${base64(root)}\n\n` + sigs.map((s, i) => `— ${names[i]} ${base64(s)}\n`).join("");
  const proof = formatProof({ index, path, checkpoint });
  return { format: receiptFormat, register, content, holds: [], leaf: readCanonical(leaf), proof };
}
