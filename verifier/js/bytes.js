// Bytes, their text forms, and the one error of the verifier.
import { noble } from "./lib/noble.js";

/**
 * Why something is refused. code is one of the register's codes ("malformed",
 * "invalid", "too-large", "unsupported", "bad-signature", "unverified"), field
 * the path of the member at fault, "" if none.
 */
export class Problem extends Error {
  constructor(code, field, message) {
    super(message);
    Object.assign(this, { name: "Problem", code, field });
  }
}

export const malformed = (field, message) => new Problem("malformed", field, message);
export const unverified = (field, message) => new Problem("unverified", field, message);
export const badSignature = (field, message) => new Problem("bad-signature", field, message);

export const join = (at, name) => (at === "" || name === "" ? at + name : at + "/" + name);

/** Runs check, and puts a path before the field of what it refuses. */
export async function under(at, check) {
  try {
    return await check();
  } catch (err) {
    throw err instanceof Problem ? new Problem(err.code, join(at, err.field), err.message) : err;
  }
}

/** The bytes of a string in UTF-8; bytes are returned as they are. */
export const bytesOf = data => (typeof data === "string" ? new TextEncoder().encode(data) : data);

/** The text of bytes in UTF-8, "" byte order mark kept; undefined if they are not UTF-8. */
export function textOf(data) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytesOf(data));
  } catch {
    return undefined;
  }
}

export function concat(...all) {
  const parts = all.map(bytesOf);
  const whole = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    whole.set(p, at);
    at += p.length;
  }
  return whole;
}

export const sha256 = (...parts) => noble.sha256(parts.length === 1 ? bytesOf(parts[0]) : concat(...parts));

export const equal = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);

export const hex = bytes => Array.from(bytes, b => b.toString(16).padStart(2, "0")).join("");

/** The bytes of lower-case hexadecimal text of n bytes, else undefined. */
export function unhex(text, n) {
  if (text.length !== 2 * n || !/^[0-9a-f]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: n }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

export function base64(bytes) {
  let binary = "";
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(binary);
}

/** The bytes of padded base64, else undefined. Unused bits of its last character may be set. */
export function unbase64(text) {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const binary = atob(text);
  return Uint8Array.from({ length: binary.length }, (_, i) => binary.charCodeAt(i));
}

/** As unbase64, but only from the one text that those bytes have. */
export function strictBase64(text) {
  if (/[^AQgw]==$/.test(text) || /[^AEIMQUYcgkosw048=]=$/.test(text)) return undefined;
  return unbase64(text);
}

/** The 32 bytes of a hash in strict base64, else undefined. */
export function hash64(text) {
  const bytes = strictBase64(text);
  return bytes?.length === 32 ? bytes : undefined;
}

/** The milliseconds since 1970 of a time like 2017-09-08T14:30:00.000Z, else undefined. */
export function milliseconds(text) {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)) return undefined;
  const t = new Date(text);
  return !Number.isNaN(t.getTime()) && t.toISOString() === text ? t.getTime() : undefined;
}

/** The number that plain digits say, else undefined: neither a leading zero nor one of 2^53 and more. */
export function whole(text) {
  return /^(0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}

export const validRegister = name => /^[a-z0-9]([a-z0-9.-]{0,98}[a-z0-9])?(\/[a-z0-9-]{1,64})?$/.test(name);
