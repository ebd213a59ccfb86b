// What a receipt or an export proves, in words of the page's template
// pub-verdict. Everything shown is what was verified: none of it is taken from
// the page.
import { Policy, Problem, canonical, findCompact, parseCompact, verifyExport, verifyFork, verifyReceipt } from "../verifier/verifier.js";

const phrases = () => document.getElementById("pub-verdict").content;
const grouped = n => new Intl.NumberFormat(document.documentElement.lang + "-u-nu-latn").format(n);

/** Says a message; {name} in it stands for a value. */
function say(name, values = {}) {
  const text = phrases().querySelector(`[data-word="${name}"]`).textContent;
  return text.replace(/\{(\w+)\}/g, (all, v) => (v in values ? (typeof values[v] === "number" ? grouped(values[v]) : values[v]) : all));
}

function moment(iso) {
  const { lang } = document.documentElement;
  return new Intl.DateTimeFormat((lang === "en" ? "en-GB" : lang) + "-u-nu-latn-hc-h23", { dateStyle: "long", timeStyle: "medium", timeZone: "UTC" }).format(new Date(iso)) + " UTC";
}

function element(tag, className, ...children) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  e.append(...children);
  return e;
}

/** A person's or a machine's text, kept from turning the page around. */
const isolated = (tag, text, className) => Object.assign(element(tag, className, text), { dir: "auto" });

function box(sort, heading, ...lines) {
  const body = element("div", "usa-alert__body", element("h2", "usa-alert__heading", heading), ...lines.map(l => element("p", "usa-alert__text", l)));
  return element("div", `usa-alert usa-alert--${sort} pub-gap`, body);
}

function facts(pairs) {
  const list = element("dl", "pub-facts");
  for (const [name, value, code] of pairs) {
    if (value === undefined || value === "") continue;
    list.append(element("div", "", element("dt", "", say(name)), element("dd", "", isolated(code ? "code" : "bdi", value, code ? "pub-hash" : ""))));
  }
  return list;
}

/** What a verified receipt proves, as parts of a page; notes say what to mind. */
export function receiptVerdict(v, ...notes) {
  const { entry, leaf } = v;
  const lines = [say(v.stage, { register: v.register, index: v.index, size: v.checkpoint?.size ?? 0, moment: v.by ? moment(v.by) : "" })];
  if (leaf?.refused) notes.push("struck");
  lines.push(...notes.map(n => say(n)));
  const kind = entry?.kind ?? leaf.system?.kind;
  const out = [
    box(notes.length > 0 ? "warning" : "success", say("verified"), ...lines),
    facts([
      ["id", v.id, true], ["register", v.register], ["kind", kind], ["author", entry?.author, true], ["for", entry?.for, true],
      ["docket", entry?.docket ?? leaf?.system?.docket, true], ["made", entry && moment(entry.made)], ["decided", leaf && moment(leaf.time)],
      ["place", leaf && say("leaf", { index: v.index, size: v.checkpoint.size })], ["cosigned_by", v.cosignedBy.join(", ")], ["held_by", v.heldBy.join(", ")],
      ["missing", v.missing.join(", ")], ["outcome", leaf?.refused && `${leaf.refused.code}: ${leaf.refused.message}`],
    ]),
  ];
  for (const part of entry?.content ?? []) {
    const held = v.content.find(c => c.part === part.part);
    if (held) out.push(partShown(part, held.data));
  }
  const body = entry?.body ?? leaf?.system?.body ?? leaf?.seal;
  out.push(element("details", "pub-more", element("summary", "", say("body")), element("pre", "pub-file", isolated("code", JSON.stringify(JSON.parse(canonical(body)), null, 2)))));
  return out;
}

function partShown(part, data) {
  const text = part.media.startsWith("text/") ? textShown(data) : undefined;
  const shown = text === undefined ? element("p", "pub-none", say("binary", { size: data.length })) : isolated("pre", text, "pub-file pub-words");
  return element("article", "pub-part", element("h3", "", isolated("bdi", part.part)), shown);
}

function textShown(data) {
  try {
    // Nothing that turns the page around or hides itself.
    return new TextDecoder("utf-8", { fatal: true }).decode(data).replace(/[\u202a-\u202e\u2066-\u2069]/g, "");
  } catch {
    return undefined;
  }
}

/** What a verified export proves. */
function exportVerdict(s) {
  return [
    box("success", say("verified"), say("complete", { size: s.size, register: s.register, moment: moment(s.seal.time) })),
    facts([
      ["docket", s.docket, true], ["accepted", grouped(s.accepted)], ["refusals", grouped(s.refused)], ["system", grouped(s.system)],
      ["fits", grouped(s.content_present)], ["absent", grouped(s.content_missing)], ["cosigned_by", s.checkpoint.cosignedBy.join(", ")],
    ]),
  ];
}

/** Why something was refused. */
export function refusal(err) {
  if (!(err instanceof Problem)) throw err;
  const reason = element("p", "usa-alert__text", isolated("code", (err.field ? err.field + ": " : "") + err.message));
  reason.lang = "en";
  const why = box("error", say("refused"), say(err.code) || say("malformed"));
  why.firstChild.append(reason);
  return [why];
}

/** The JSON of a receipt, which may stand in a page of its own. */
const receiptIn = text => /<script type="application\/json" id="receipt">(.*?)<\/script>/s.exec(text)?.[1] ?? text;

/** What the form of a code proves: if need be without the signatures that no code has room for, and says so. */
async function codeVerdict(compact, policyText) {
  const policy = new Policy(policyText);
  const receipt = await parseCompact(compact);
  try {
    return receiptVerdict(await verifyReceipt(receipt, policy));
  } catch (err) {
    const classical = err.lacks && policy.classical();
    if (!classical) throw err;
    return receiptVerdict(await verifyReceipt(receipt, classical), "classical");
  }
}

/** Verifies a file (a Blob) of any sort under a policy; returns parts of a page. progress gets a number from 0 to 1. */
export async function judge(file, policy, progress = () => {}) {
  try {
    const start = await file.slice(0, 256).text();
    if (start.split("\n", 1)[0].includes('"format":"publica-docket-export/')) {
      return exportVerdict(await verifyExport(file, policy, { progress: (done, total) => progress(total ? done / total : 1) }));
    }
    const text = await file.text();
    if (start.includes('"publica-fork/')) {
      const signers = await verifyFork(text, policy);
      return [box("warning", say("verified"), say("fork")), facts([["signers", signers.join(", ")]])];
    }
    const compact = findCompact(text);
    if (compact) return await codeVerdict(compact, policy);
    return receiptVerdict(await verifyReceipt(receiptIn(text), policy));
  } catch (err) {
    return refusal(err);
  }
}
