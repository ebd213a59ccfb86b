// How the key of a tender is made, checked by anyone: spec/sealed.md,
// "Ceremony". Values are the bodies of records, as JSON gives them.
import { Problem, concat, hex, join, malformed, unverified, validRegister } from "./bytes.js";
import { all, base, boxPublic, byte, checkBoxKey, checkKnowledge, committedAt, element, encoded, hashOf, interpolate, number, openBox, raw, readers, times } from "./sealing.js";

const invalid = (field, message) => new Problem("invalid", field, message);
const printable = (text, least, most) => text.length >= least && text.length <= most && /^[!-~]*$/.test(text);

/** Runs check, and puts a path before the field of what it refuses. */
export function below(at, check) {
  try {
    return check();
  } catch (err) {
    throw err instanceof Problem ? new Problem(err.code, join(at, err.field), err.message) : err;
  }
}

/** Refuses what is no place from 1 to n. */
export function checkIndex(i, n, field) {
  if (i < 1 || i > n) throw invalid(field, `is not between 1 and ${n}`);
}

export function checkScope({ register, tender, lot = "", envelope }) {
  if (!validRegister(register)) throw invalid("register", "is missing or not a register name");
  if (/^0*$/.test(tender)) throw invalid("tender", "is missing");
  if (!printable(lot, 0, 64)) throw invalid("lot", "is not at most 64 printable ASCII characters without spaces");
  if (!printable(envelope, 1, 32)) throw invalid("envelope", "is not 1 to 32 printable ASCII characters without spaces");
}

/** Checks an announcement of keys, one for each of n trustees. */
export function checkAnnouncement(value, n) {
  const { boxes } = all(value, { boxes: readers.list(readers.half) });
  if (boxes.length !== n) throw invalid("boxes", `has ${boxes.length} keys, want one for each of the ${n} trustees`);
  boxes.forEach((k, i) => {
    checkBoxKey(k, `boxes/${i}`);
    if (boxes.indexOf(k) !== i) throw invalid(`boxes/${i}`, "stands twice");
  });
}

const ceremonyReaders = {
  attempt: readers.integer, envelope: readers.text, lot: readers.text, register: readers.text, tender: readers.hash, threshold: readers.integer,
  trustees: readers.list(readers.object({ boxes: readers.list(readers.half), key: readers.hash }, ["boxes", "key"])),
};

/** Checks a ceremony, and returns it with its id and the number of its trustees. */
export function checkCeremony(value) {
  const c = all(value, ceremonyReaders);
  const n = c.trustees.length;
  checkScope(c);
  if (c.attempt < 1 || c.attempt > 1000000) throw invalid("attempt", "is not between 1 and 1000000");
  if (n < 2 || n > 15) throw invalid("trustees", `are ${n}, want 2 to 15`);
  if (c.threshold < 1 || c.threshold >= n) throw invalid("threshold", `is not between 1 and ${n - 1}`);
  c.trustees.forEach(({ boxes, key }, i) => {
    if (/^0*$/.test(key)) throw invalid(`trustees/${i}/key`, "is missing");
    if (c.trustees.findIndex(t => t.key === key) !== i) throw invalid(`trustees/${i}/key`, "is a trustee already");
    below(`trustees/${i}`, () => checkAnnouncement({ boxes }, n));
  });
  return { ...c, n, id: hashOf("publica sealed v1 ceremony", { ...c, lot: c.lot || undefined }) };
}

const dealReaders = { commitments: readers.list(readers.half), proof: readers.proof, shares: readers.list(readers.box) };
const place = (ceremony, ...n) => concat(raw(ceremony.id), byte(...n));

function commitmentsOf(ceremony, deal) {
  const { commitments } = deal;
  if (commitments.length !== ceremony.threshold + 1) throw invalid("commitments", `are ${commitments.length}, want ${ceremony.threshold + 1}`);
  return commitments.map((c, i) => element(c, `commitments/${i}`));
}

/** Checks what everyone can see of a dealer's deal; ceremony as checkCeremony returns it, committed in hexadecimal. */
export function checkDeal(ceremony, dealer, committed, value) {
  checkIndex(dealer, ceremony.n, "dealer");
  const deal = all(value, dealReaders);
  if (hashOf("publica sealed v1 commitment", deal, place(ceremony, dealer)) !== committed) {
    throw unverified("", "is not the deal that its dealer committed to");
  }
  const points = commitmentsOf(ceremony, deal);
  if (deal.shares.length !== ceremony.n) throw invalid("shares", `are ${deal.shares.length}, want one for each of the ${ceremony.n} trustees`);
  deal.shares.forEach((box, i) => {
    if (box.length !== 160) throw malformed(`shares/${i}`, "is not 80 bytes");
  });
  checkKnowledge(deal.proof, points[0], "proof", "publica sealed v1 deal", place(ceremony, dealer));
  return deal;
}

/** Opens what a dealer sent a trustee, and checks that it is the share that the deal commits to; returns it in hexadecimal. */
export function openShare(ceremony, dealer, trustee, value, secret) {
  const deal = all(value, dealReaders);
  const points = commitmentsOf(ceremony, deal);
  const field = `shares/${trustee - 1}`;
  const share = hex(openBox(secret, concat("publica sealed v1 share\n", place(ceremony, dealer, trustee)), deal.shares[trustee - 1], 32, field));
  if (!times(base, number(share, field)).equals(committedAt(points, trustee))) {
    throw unverified(field, "is not the value that the deal's commitments commit to");
  }
  return share;
}

const refused = check => {
  try {
    check();
    return false;
  } catch (err) {
    if (err instanceof Problem) return true;
    throw err;
  }
};

/** Checks that a complaint about a deal that passed checkDeal is justified. */
export function checkComplaint(ceremony, deal, value) {
  const { dealer, secret, trustee } = all(value, { dealer: readers.integer, secret: readers.half, trustee: readers.integer });
  checkIndex(dealer, ceremony.n, "dealer");
  checkIndex(trustee, ceremony.n, "trustee");
  if (boxPublic(secret) !== ceremony.trustees[trustee - 1].boxes[dealer - 1]) {
    throw unverified("secret", "is not that of the key which the trustee announced for this dealer");
  }
  if (!refused(() => openShare(ceremony, dealer, trustee, deal, secret))) throw unverified("", "is false: what the dealer sent is the trustee's share");
}

/**
 * Computes the key of a ceremony from its records: commitments by dealer, all
 * zeros where there is none, deals by dealer or null, and complaints. Returns
 * the key and the faults; if it fails, the Problem has the faults.
 */
export function finishCeremony(ceremony, { commitments, deals, complaints = [] }) {
  if (commitments.length !== ceremony.n || deals.length !== ceremony.n) throw invalid("", "are not records of as many dealers as there are trustees");
  const faults = judge(ceremony, commitments, deals, complaints);
  const qualified = ceremony.trustees.map((_, i) => i + 1).filter(d => !faults.some(f => f.trustee === d && f.cause !== "false-complaint"));
  if (qualified.length <= ceremony.threshold) {
    throw Object.assign(new Problem("conflict", "", `only ${qualified.length} dealers qualify`), { faults });
  }
  const sums = qualified.map(d => commitmentsOf(ceremony, deals[d - 1])).reduce((sum, points) => sum.map((p, i) => p.add(points[i])));
  const key = {
    ceremony: ceremony.id, public: encoded(sums[0]), qualified,
    shares: ceremony.trustees.map((_, i) => encoded(committedAt(sums, i + 1))), threshold: ceremony.threshold,
  };
  checkKey(key);
  return { key, faults };
}

function judge(ceremony, commitments, deals, complaints) {
  const faults = [];
  deals.forEach((deal, i) => {
    const trustee = i + 1;
    if (/^0*$/.test(commitments[i])) faults.push({ cause: "no-commitment", trustee });
    else if (!deal) faults.push({ cause: "no-deal", trustee });
    else if (refused(() => checkDeal(ceremony, trustee, commitments[i], deal))) faults.push({ cause: "bad-deal", trustee });
  });
  const failed = new Set(faults.map(f => f.trustee));
  for (const c of complaints) {
    if (refused(() => (checkIndex(c.dealer, ceremony.n, ""), checkIndex(c.trustee, ceremony.n, ""))) || failed.has(c.dealer)) continue;
    const isFalse = refused(() => checkComplaint(ceremony, deals[c.dealer - 1], c));
    const fault = isFalse ? { cause: "false-complaint", trustee: c.trustee } : { cause: "bad-share", trustee: c.dealer };
    if (!faults.some(f => f.cause === fault.cause && f.trustee === fault.trustee)) faults.push(fault);
  }
  return faults.sort((a, b) => a.trustee - b.trustee || (a.cause < b.cause ? -1 : 1));
}

const keyReaders = { ceremony: readers.hash, public: readers.half, qualified: readers.list(readers.integer), shares: readers.list(readers.half), threshold: readers.integer };

/** Checks that a key is one, and returns it with its points. That it belongs to a ceremony only finishCeremony shows. */
export function checkKey(value) {
  const key = all(value, keyReaders);
  const n = key.shares.length;
  if (n < 2 || n > 15 || key.threshold < 1 || key.threshold >= n) throw invalid("threshold", "does not fit the number of trustees");
  if (key.qualified.some((q, i) => q < 1 || q > n || (i > 0 && q <= key.qualified[i - 1]))) throw invalid("qualified", "is not a list of trustees in order");
  if (key.qualified.length <= key.threshold) throw invalid("qualified", "are not more than the threshold");
  const point = element(key.public, "public");
  const points = key.shares.map((s, i) => element(s, `shares/${i}`));
  const first = key.threshold + 1;
  const at = x => interpolate(points.slice(0, first).map((_, i) => i + 1), points.slice(0, first), x);
  if (!at(0).equals(point)) throw unverified("public", "is not what the shares make");
  for (let i = first; i < n; i++) {
    if (!at(i + 1).equals(points[i])) throw unverified(`shares/${i}`, "does not belong to the others");
  }
  return { ...key, n, point, points };
}
