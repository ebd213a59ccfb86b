// Policies: whom to believe. See spec/log.md.
import { Problem, bytesOf, malformed, validRegister } from "./bytes.js";
import { parseKey, sameKey, words } from "./note.js";

const maxPolicy = 65536;
const integer = text => (/^[+-]?\d+$/.test(text) ? Number(text) : NaN);

/** Whose word counts, as a policy file says. */
export class Policy {
  logs = []; // keys; all must sign
  nodes = [];
  register = "";
  holders = 0;
  quorum = undefined; // what must have cosigned: {name, key} or {name, need, members}

  constructor(text) {
    this.text = text;
    new PolicyReader(this).read(text);
  }

  /** Whether the policy demands cosigners beside the log's key. */
  get cosigned() {
    return this.quorum !== undefined;
  }

  /** The key of the log or of a cosigner, undefined if the policy has none. */
  verifier(name, hash) {
    return [...this.logs, ...keysOf(this.quorum)].find(k => sameKey(k, { name, hash }));
  }

  node(name, hash) {
    return this.nodes.find(k => sameKey(k, { name, hash }));
  }

  /** The keys whose promises count: those of nodes, and the log's own. */
  promiser(name, hash) {
    return this.node(name, hash) ?? (name === this.register ? this.verifier(name, hash) : undefined);
  }

  satisfied(sigs) {
    return this.logs.every(k => sigs.some(s => sameKey(s, k))) && (!this.quorum || lacking(this.quorum, sigs) === "");
  }

  /** In words, what is demanded and not among the signatures. */
  lacks(sigs) {
    const logs = this.logs.filter(k => !sigs.some(s => sameKey(s, k))).map(keyWords);
    return [...logs, ...demandsOf(this.quorum).map(d => lacking(d, sigs)).filter(what => what !== "")];
  }

  /** The policy without its demands on ML-DSA-44 cosigners, whose signatures no QR code has room for; undefined if nothing else is demanded. */
  classical() {
    const quorum = withoutMLDSA(this.quorum);
    return quorum || this.logs.length > 0 ? Object.assign(Object.create(Policy.prototype), this, { quorum }) : undefined;
  }

  /** In words, who must have signed a checkpoint. */
  demands() {
    return [...this.logs.map(keyWords), ...demandsOf(this.quorum).map(d => (d.key ? d.name : `${d.need} of ${d.members.map(m => m.name).join(", ")}`))];
  }

  /** The names of the cosigners among the signatures, each once. */
  cosigners(sigs) {
    return [...new Set(sigs.filter(s => !this.logs.some(k => sameKey(k, s))).map(s => s.name))];
  }
}

const keyWords = key => `the log's key ${key.name}+${key.hash}`;

function keysOf(component) {
  if (!component) return [];
  return component.key ? [component.key] : component.members.flatMap(keysOf);
}

function withoutMLDSA(component) {
  if (!component || component.key) return component?.key.type === 6 ? undefined : component;
  const members = component.members.map(withoutMLDSA).filter(m => m);
  const need = component.need === component.members.length ? members.length : component.need;
  return members.length === 0 ? undefined : { ...component, need, members };
}

/** Components that together demand what one does. */
function demandsOf(component) {
  if (!component) return [];
  if (component.key || component.need < component.members.length) return [component];
  return component.members.flatMap(demandsOf);
}

function lacking(component, sigs) {
  if (component.key) return sigs.some(s => sameKey(s, component.key)) ? "" : component.name;
  const missing = component.members.map(m => lacking(m, sigs)).filter(what => what !== "");
  const has = component.members.length - missing.length;
  return has >= component.need ? "" : `${component.name} (${has} of the ${component.need} demanded; not ${missing.join(", ")})`;
}

class PolicyReader {
  known = new Map(); // components by name
  grouped = new Set(); // members of a group: each is of one only, so that groups are trees
  quorum = undefined;

  constructor(policy) {
    this.policy = policy;
  }

  read(text) {
    if (bytesOf(text).length > maxPolicy) throw new Problem("too-large", "policy", `is over ${maxPolicy} bytes`);
    text.split("\n").forEach((line, i) => {
      const fields = words(line.split("#", 1)[0]);
      this.at = `policy/line ${i + 1}`;
      if (fields.length > 0) this.line(...fields);
    });
    this.finish();
  }

  fail(message) {
    throw malformed(this.at, message);
  }

  line(keyword, ...args) {
    const need = { origin: 1, node: 1, holders: 1, log: 1, witness: 2, group: 3, quorum: 1 }[keyword];
    if (need === undefined) this.fail(`begins with the unknown word "${keyword}"`);
    const own = ["origin", "node", "holders"].includes(keyword);
    if (args.length < need || (own && args.length > need)) this.fail(`has not so many words after ${keyword} as it needs`);
    this[keyword + "Line"](...args);
  }

  key(text, ...types) {
    return parseKey(text, types) ?? this.fail(`has a key that is not a verifier key: "${text}"`);
  }

  originLine(name) {
    if (this.originAt) this.fail("names an origin once more");
    this.originAt = this.at;
    this.name(name);
  }

  name(register) {
    if (this.policy.register !== "" && this.policy.register !== register) this.fail(`names the log ${register}, a line before it ${this.policy.register}`);
    this.policy.register = register;
  }

  nodeLine(text) {
    this.policy.nodes.push(this.key(text, 1));
  }

  holdersLine(digits) {
    const n = integer(digits);
    if (!(n >= 1) || this.holdersAt) this.fail("is not the one number of nodes that must hold content");
    [this.policy.holders, this.holdersAt] = [n, this.at];
  }

  logLine(text) {
    const key = this.key(text, 1, 6);
    this.policy.logs.push(key);
    this.name(key.name);
  }

  component(name, c) {
    if (this.known.has(name)) this.fail(`gives the name "${name}" once more`);
    this.known.set(name, { name, ...c });
  }

  witnessLine(name, text) {
    this.component(name, { key: this.key(text, 4, 6) });
  }

  groupLine(name, threshold, ...names) {
    const members = names.map(member => {
      if (this.grouped.has(member)) this.fail(`counts "${member}", which a group counts already`);
      this.grouped.add(member);
      return this.known.get(member) ?? this.fail(`counts "${member}", which no line before it names`);
    });
    const need = { any: 1, all: members.length }[threshold] ?? integer(threshold);
    if (!(need >= 1 && need <= members.length)) this.fail(`demands "${threshold}" of ${members.length}`);
    this.component(name, { need, members });
  }

  quorumLine(name) {
    if (this.quorum !== undefined) this.fail("says once more who must have signed");
    this.quorum = name;
  }

  finish() {
    const p = this.policy;
    const fail = (message, at = "policy") => {
      throw malformed(at, message);
    };
    if (this.quorum === undefined) fail("has no quorum line");
    if (this.quorum !== "none") p.quorum = this.known.get(this.quorum) ?? fail(`demands "${this.quorum}", which no line names`);
    const names = new Set(p.nodes.map(k => k.name)).size;
    if (p.register === "") fail("has no log line");
    if (!validRegister(p.register)) fail(`names the log "${p.register}", which cannot be a register's name`);
    if (p.logs.length === 0 && !p.cosigned) fail("names a register, but nobody need have signed: this would believe anyone", this.originAt);
    if (p.holders > names) fail(`demands ${p.holders} nodes, and there are node lines of ${names}`, this.holdersAt);
    if (!p.cosigned && names > 1 && p.holders > 0) fail("demands nodes that hold content, but nobody vouches for the history of which they hold it", this.holdersAt);
    if (p.holders === 0 && (p.cosigned || names === 1)) p.holders = Math.min(names, Math.floor(names * 2 / 3) + 1);
    const twice = keys => keys.find((k, i) => keys.findIndex(o => sameKey(o, k)) !== i);
    const again = twice(p.nodes) ?? twice([...p.logs, ...keysOf(p.quorum)]);
    if (again) fail(`names the key of ${again.name} twice`);
  }
}
