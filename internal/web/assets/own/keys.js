// Keys that sign for a person in this browser, and what they sent.
//
// A guest key is made here and never leaves: WebCrypto holds it and hands it to
// nobody, so there is no copy either. A passkey lives in the person's device or
// password manager. Every docket gets a key of its own unless the person
// chooses otherwise, so nobody can tell from the register that two dockets
// heard the same person.

const name = "publica", version = 1;

function open() {
  return new Promise((resolve, reject) => {
    const req = indexedDB.open(name, version);
    req.onupgradeneeded = () => {
      req.result.createObjectStore("keys", { keyPath: "id" });
      req.result.createObjectStore("records", { keyPath: "id" });
      req.result.createObjectStore("drafts", { keyPath: "id" });
    };
    req.onsuccess = () => resolve(req.result);
    req.onerror = () => reject(req.error);
  });
}

/** This browser's store is full, or shut to this page: nothing can be read in it or kept. cause says how. */
export class Unkept extends Error {}

async function within(store, mode, act) {
  let db;
  try {
    db = await open();
    const tx = db.transaction(store, mode);
    const done = new Promise((resolve, reject) => {
      tx.oncomplete = resolve;
      tx.onerror = tx.onabort = () => reject(tx.error);
    });
    const req = act(tx.objectStore(store));
    await done;
    return req.result;
  } catch (cause) {
    throw new Unkept("the store of this browser does not answer", { cause });
  } finally {
    db?.close();
  }
}

export const list = store => within(store, "readonly", s => s.getAll());
export const get = (store, id) => within(store, "readonly", s => s.get(id));
export const put = (store, value) => within(store, "readwrite", s => s.put(value));
export const remove = (store, id) => within(store, "readwrite", s => s.delete(id));

/** Asks the browser not to clear what it keeps here to make room. */
export const persist = async () => navigator.storage?.persist?.().catch(() => false);

const utf8 = new TextEncoder();

export const join = (...parts) => new Uint8Array(parts.reduce((all, p) => all.concat(Array.from(p)), []));
export const hex = bytes => Array.from(bytes, b => b.toString(16).padStart(2, "0")).join("");
export const sha256 = async bytes => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

/** Standard base64 with padding. */
export function base64(bytes) {
  let s = "";
  for (let i = 0; i < bytes.length; i += 0x8000) s += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(s);
}

/** The fingerprint of a public key; see spec/entry.md. */
export const fingerprint = async (alg, key) => hex(await sha256(join(utf8.encode("publica key " + alg + "\n"), key)));

/** Whether this browser can sign here: WebCrypto is missing on plain http. */
export const able = () => Boolean(globalThis.crypto?.subtle && globalThis.indexedDB);

/** Whether passkeys of the register (rp, a host name) work on this page. */
export function passkeysWork(rp) {
  const host = location.hostname;
  return Boolean(rp && globalThis.PublicKeyCredential && (host === rp || host.endsWith("." + rp)));
}

/** The guest keys of a docket; none that was made for a bid: it is used for nothing else. */
export const guestKeys = async docket => (await list("keys")).filter(k => k.docket === docket && k.sort !== "bid");

async function makeKey(docket, sort) {
  const copyable = sort === "bid";
  let pair, alg = "ed25519";
  try {
    pair = await crypto.subtle.generateKey({ name: "Ed25519" }, copyable, ["sign", "verify"]);
  } catch {
    alg = "p256";
    pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, copyable, ["sign", "verify"]);
  }
  const key = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { id: await fingerprint(alg, key), sort, alg, key, private: pair.privateKey, docket, made: Date.now() };
}

async function newKey(docket, sort) {
  const made = await makeKey(docket, sort);
  await put("keys", made);
  return made;
}

/** Makes a guest key for a docket and keeps it. */
export const newGuestKey = docket => newKey(docket, "guest");

/**
 * The key that bids to a tender, made when there is none. Unlike others it can be
 * copied: whoever loses it can neither take a bid back nor open it.
 */
export const bidKey = async docket => (await list("keys")).find(k => k.docket === docket && k.sort === "bid") ?? newKey(docket, "bid");

/** A key that bids, kept nowhere: its file is all there is of it. */
export const unkeptBidKey = docket => makeKey(docket, "bid");

/** A bid's key as publica keygen writes keys. */
export async function keyFile(key) {
  const { d } = await crypto.subtle.exportKey("jwk", key.private);
  const seed = d.replaceAll("-", "+").replaceAll("_", "/");
  return `PUBLICA-SECRET-KEY-1 ${key.alg} ${seed + "=".repeat(-seed.length & 3)}\n`;
}

const cose = { "-7": ["webauthn-p256", 65], "-8": ["webauthn-ed25519", 32] };

/** Asks the person's device for a new passkey of the register. */
export async function newPasskey(rp, title, docket) {
  const made = await navigator.credentials.create({ publicKey: {
    rp: { id: rp, name: title },
    user: { id: crypto.getRandomValues(new Uint8Array(16)), name: title + " " + new Date().toISOString().slice(0, 16), displayName: title },
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    pubKeyCredParams: [{ type: "public-key", alg: -7 }, { type: "public-key", alg: -8 }],
    authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
  } });
  const [alg, size] = cose[made.response.getPublicKeyAlgorithm()];
  // The key stands at the end of its SubjectPublicKeyInfo (RFC 5480, RFC 8410).
  const key = new Uint8Array(made.response.getPublicKey()).slice(-size);
  const kept = { id: await fingerprint(alg, key), sort: "passkey", alg, key, credential: new Uint8Array(made.rawId), rp, docket, made: Date.now() };
  await put("keys", kept);
  return kept;
}

const halfOrder = BigInt("0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8");
const order = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

/** Of (r, s) and (r, n−s), which both verify, the one the register takes. */
function lowS(sig) {
  const s = BigInt("0x" + hex(sig.subarray(32)));
  if (s <= halfOrder) return sig;
  const low = (order - s).toString(16).padStart(64, "0");
  return join(sig.subarray(0, 32), low.match(/../g).map(b => parseInt(b, 16)));
}

/** r ‖ s of an ASN.1 ECDSA signature. */
function fromDER(der) {
  let at = 2;
  const int = () => {
    const end = at + 2 + der[at + 1];
    const n = der.slice(at + 2, end);
    at = end;
    return join(new Uint8Array(Math.max(0, 32 - n.length)), n.slice(-32));
  };
  return join(int(), int());
}

/** Signs the canonical bytes of an entry; see spec/entry.md. */
export async function sign(key, register, canonical) {
  const out = { alg: key.alg, key: base64(key.key) };
  if (key.sort !== "passkey") {
    const how = key.alg === "ed25519" ? { name: "Ed25519" } : { name: "ECDSA", hash: "SHA-256" };
    const sig = new Uint8Array(await crypto.subtle.sign(how, key.private, canonical));
    return { ...out, sig: base64(key.alg === "ed25519" ? sig : lowS(sig)) };
  }
  const challenge = await sha256(join(utf8.encode("publica passkey v1\n" + register + "\n"), canonical));
  const { response } = await navigator.credentials.get({ publicKey: {
    challenge, rpId: key.rp, userVerification: "preferred", allowCredentials: [{ type: "public-key", id: key.credential }],
  } });
  const sig = new Uint8Array(response.signature);
  return { ...out, sig: base64(key.alg === "webauthn-p256" ? lowS(fromDER(sig)) : sig),
    auth: base64(new Uint8Array(response.authenticatorData)), client: base64(new Uint8Array(response.clientDataJSON)) };
}
