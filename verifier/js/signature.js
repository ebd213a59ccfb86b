// Signatures of entries, by keys in files and by passkeys: spec/entry.md. The
// browser's own cryptography is asked first. Where it says no, or is not there
// (a page over http), the library decides: browsers differ on crafted Ed25519
// keys, and a register must not (ZIP 215).
import { Problem, badSignature, base64, bytesOf, concat, equal, hex, malformed, sha256, textOf } from "./bytes.js";
import { parseEntry } from "./entry.js";
import { readJSON } from "./json.js";
import { noble } from "./lib/noble.js";

/** What the browser says, or undefined if it cannot tell. */
async function asked(algorithm, key, message, sig) {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) return undefined;
  try {
    const imported = await subtle.importKey("raw", key, algorithm, false, ["verify"]);
    return await subtle.verify(algorithm, imported, sig, message);
  } catch {
    return undefined;
  }
}

const refusing = check => {
  try {
    return check();
  } catch {
    return false; // a point that is none
  }
};

/** Ed25519 as entries are signed: ZIP 215. */
export async function verifyEd25519(key, message, sig) {
  return (await asked({ name: "Ed25519" }, key, message, sig)) || refusing(() => noble.ed25519.verify(sig, message, key, { zip215: true }));
}

/** Ed25519 as notes are signed: RFC 8032 without cofactor, R compared as bytes. */
export async function verifyNoteEd25519(key, message, sig) {
  return sig.length === 64 && ((await asked({ name: "Ed25519" }, key, message, sig)) || refusing(() => {
    const { Point } = noble.ed25519;
    const number = bytes => BigInt("0x" + hex(bytes.slice().reverse()));
    const s = number(sig.subarray(32));
    const k = number(noble.sha512(concat(sig.subarray(0, 32), key, message))) % Point.Fn.ORDER;
    const r = Point.BASE.multiplyUnsafe(s).subtract(Point.fromBytes(key, true).multiplyUnsafe(k));
    return s < Point.Fn.ORDER && equal(r.toBytes(), sig.subarray(0, 32));
  }));
}

async function verifyP256(key, message, sig) {
  const said = await asked({ name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }, key, message, sig);
  return said ?? refusing(() => key[0] === 4 && noble.p256.verify(sig, message, key, { lowS: true }));
}

/** ML-DSA-44 (FIPS 204), pure, with the empty context. */
export const verifyMLDSA = (key, message, sig) => refusing(() => noble.ml_dsa44.verify(sig, message, key));

const algorithms = {
  "ed25519": { size: 32, verify: verifyEd25519 },
  "p256": { size: 65, verify: verifyP256 },
  "webauthn-ed25519": { size: 32, verify: verifyEd25519, passkey: true },
  "webauthn-p256": { size: 65, verify: verifyP256, passkey: true },
};
const halfOrder = "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8"; // of P-256

/** The fingerprint of a public key. */
export const fingerprint = (alg, key) => hex(sha256("publica key " + alg + "\n", key));

/** Checks a signature {alg, auth, client, key, sig} over the canonical bytes of an entry by author. */
export async function verifySignature(signature, author, message) {
  const { alg, key, sig, auth = new Uint8Array(), client = new Uint8Array() } = signature;
  const algorithm = Object.hasOwn(algorithms, alg) && algorithms[alg];
  if (!algorithm) throw new Problem("unsupported", "signature/alg", "is not an algorithm of this register");
  if (key.length !== algorithm.size) throw malformed("signature/key", "has the wrong length");
  if (sig.length !== 64) throw malformed("signature/sig", "has the wrong length");
  if (algorithm.size === 65 && hex(sig.subarray(32)) > halfOrder) throw badSignature("signature/sig", "has a high s");
  if (fingerprint(alg, key) !== author) throw badSignature("signature/key", "is not the author's key");
  if (algorithm.passkey) return verifyPasskey(algorithm, key, sig, auth, client, bytesOf(message));
  if (auth.length > 0) throw malformed("signature/auth", "belongs to passkeys alone");
  if (client.length > 0) throw malformed("signature/client", "belongs to passkeys alone");
  if (!await algorithm.verify(key, bytesOf(message), sig)) throw badSignature("signature/sig", "does not verify over this entry");
}

async function verifyPasskey(algorithm, key, sig, auth, client, message) {
  if (auth.length !== 37) throw malformed("signature/auth", "is not 37 bytes");
  if (auth[32] & 0xc0) throw malformed("signature/auth", "announces data that are not there");
  if (!(auth[32] & 1)) throw badSignature("signature/auth", "says that nobody was present");
  const { challenge, host } = clientData(client);
  const domains = host.split(".").map((_, i, labels) => labels.slice(i).join("."));
  if (!domains.some(d => equal(sha256(d), auth.subarray(0, 32)))) {
    throw badSignature("signature/auth", `is for a domain that ${host} does not belong to`);
  }
  let entry;
  try {
    entry = parseEntry(message);
  } catch (err) {
    throw err instanceof Problem ? new Problem(err.code, "entry/" + err.field, err.message) : err;
  }
  const want = base64(sha256("publica passkey v1\n" + entry.register + "\n", message));
  if (challenge !== want.replaceAll("+", "-").replaceAll("/", "_").replace("=", "")) throw badSignature("signature/client", "answers another challenge");
  if (!await algorithm.verify(key, concat(auth, sha256(client)), sig)) throw badSignature("signature/sig", "does not verify over what the passkey signed");
}

/** Takes challenge and host out of clientDataJSON, whose start is fixed byte for byte. */
function clientData(client) {
  const bad = message => malformed("signature/client", message);
  if (client.length > 1024) throw bad("is over 1024 bytes");
  const text = textOf(client);
  const begin = '{"type":"webauthn.get","challenge":"';
  if (!text?.startsWith(begin)) throw bad("does not begin as a passkey's signature does");
  const found = /^(.{43})","origin":"([^"]*)"/.exec(text.slice(begin.length));
  if (!found) throw bad("does not hold a challenge of 32 bytes and then an origin");
  let rest;
  try {
    rest = readJSON(client).value;
  } catch {
    rest = undefined;
  }
  if (!rest || !text.endsWith("}")) throw bad("is not one JSON object, each member once");
  if (("crossOrigin" in rest && rest.crossOrigin !== false) || "topOrigin" in rest) {
    throw badSignature("signature/client", "was signed inside a page of another site");
  }
  const origin = /^(https?):\/\/([^:]*)(:[1-9]\d{0,4})?$/.exec(found[2]);
  if (!origin || !validHost(origin[2]) || (origin[1] === "http" && origin[2] !== "localhost")) {
    throw badSignature("signature/client", "has an origin that is not https://host");
  }
  return { challenge: found[1], host: origin[2] };
}

function validHost(name) {
  const labels = name.split(".");
  return name.length <= 253 && /^[a-z]/.test(labels.at(-1)) && labels.every(l => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(l));
}
