// Runs the shared vectors: for each case what the verifier found, under the
// names the vectors have for it, or what it refused.
const bytes = base64 => Uint8Array.from(atob(base64), c => c.charCodeAt(0));
const fromHex = text => Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
const toHex = b => Array.from(b, v => v.toString(16).padStart(2, "0")).join("");

const runners = {
  entries: (v, c) => ({ id: (v.parseEntry(bytes(c.bytes)), v.idOf(bytes(c.bytes))) }),
  submissions: async (v, c) => ({ id: (await v.verifySubmission(c.text)).id }),
  signatures: async (v, c) => {
    const of = { ...c.signature };
    for (const name of ["auth", "client", "key", "sig"]) if (name in of) of[name] = bytes(of[name]);
    await v.verifySignature(of, c.author, bytes(c.message));
    return {};
  },
  leaves: async (v, c) => ({ id: (await v.parseLeaf(bytes(c.bytes))).id, hash: toHex(v.leafHash(bytes(c.bytes))) }),
  policies: (v, c) => {
    const p = new v.Policy(c.policy);
    return { register: p.register, quorum: p.cosigned, holders: p.holders };
  },
  checkpoints: async (v, c) => {
    const p = await v.verifyCheckpoint(c.checkpoint, new v.Policy(c.policy));
    return { size: p.size, root: toHex(p.root), cosigned_by: p.cosignedBy.join(",") };
  },
  trees: (v, c) => {
    const path = (c.path ?? []).map(fromHex);
    const root = c.root && fromHex(c.root);
    const tree = { size: c.size, root };
    switch (c.type) {
      case "root": {
        const hasher = new v.TreeHasher();
        for (const leaf of c.leaves ?? []) hasher.append(fromHex(leaf));
        return { root: toHex(hasher.root()) };
      }
      case "inclusion": return v.checkInclusion(path, tree, c.index ?? 0, fromHex(c.leaf)) ?? {};
      case "consistency": return v.checkConsistency(path, tree, { size: c.old_size ?? 0, root: fromHex(c.old_root) }) ?? {};
      case "head": {
        const head = { docket: c.head_docket, root: c.head_root, size: c.head_size ?? 0 };
        v.checkHead(head, c.index ?? 0, c.head_count ?? 0, path, { docket_count: c.size, dockets: c.root });
        return { head: new TextDecoder().decode(v.headBytes(head)) };
      }
    }
    throw new Error("unknown type " + c.type);
  },
  proofs: async (v, c) => {
    const p = await v.verifyProof(c.proof, c.policy, bytes(c.leaf));
    return { index: p.index, size: p.checkpoint.size };
  },
  promises: async (v, c) => {
    const p = new v.Policy(c.policy);
    return { by: await v.verifyPromise(v.readPromise(c.promise, "promise"), (name, hash) => p.promiser(name, hash), c.register, c.id) };
  },
  holds: async (v, c) => {
    const p = new v.Policy(c.policy);
    const { node, size, at } = await v.verifyHolds(c.note, (name, hash) => p.node(name, hash), c.register);
    return { node, size, at };
  },
  statements: async (v, c) => ({ statement: v.canonical(await v.parseStatement(c.statement)) }),
  receipts: async (v, c) => {
    const r = await v.verifyReceipt(c.receipt, c.policy);
    return { stage: r.stage, id: r.id, index: r.index, by: r.by ?? "", present: r.present, missing: r.missing, cosigned_by: r.cosignedBy, held_by: r.heldBy };
  },
  compact: async (v, c) => {
    const { stage, id, index, present, missing } = await v.verifyReceipt(await v.parseCompact(c.compact), c.policy);
    return { stage, id, index, present, missing };
  },
  forks: async (v, c) => ({ signers: await v.verifyFork(c.fork, c.policy) }),
  exports: async (v, c) => {
    const { docket, size, accepted, refused, system, content_present, content_missing } = await v.verifyExport(c.export, c.policy);
    return { summary: { docket, size, accepted, refused, system, content_present, content_missing } };
  },
};

// Tenders have a module of their own.
let tenders;
const sealed = {
  announcement: c => (tenders.checkAnnouncement(c.announcement, c.trustees), {}),
  ceremony: c => ({ id: tenders.checkCeremony(c.ceremony).id }),
  deal: c => (tenders.checkDeal(tenders.checkCeremony(c.ceremony), c.dealer, c.commitment, c.deal), {}),
  complaint: c => tenders.checkComplaint(tenders.checkCeremony(c.ceremony), c.deal, c.complaint) ?? {},
  finish: c => {
    const { key, faults } = tenders.finishCeremony(tenders.checkCeremony(c.ceremony), c);
    return { made: key, faults };
  },
  key: c => (tenders.checkKey(c.key), {}),
  share: c => (tenders.checkShare(tenders.checkKey(c.key), c.share), {}),
  envelope: c => ({ id: tenders.checkEnvelope(tenders.checkKey(c.key), c.context, c.envelope).id }),
  open: (c, data) => ({ bid: toBase64(tenders.openEnvelope(tenders.combine(tenders.checkKey(c.key), c.shares), c.context, c.envelope, data)) }),
  reveal: (c, data) => ({ bid: toBase64(tenders.openRevealed(tenders.checkKey(c.key), c.secret, c.context, c.envelope, data)) }),
  partial: c => ({ point: tenders.openPartial(tenders.checkKey(c.key), c.partial, c.context, c.envelope, c.member, c.secret).point }),
  board: (c, data) => ({ bid: toBase64(tenders.openPartials(tenders.checkKey(c.key), c.decryptions, c.context, c.envelope, data)) }),
  "partial-complaint": c => tenders.checkPartialComplaint(tenders.checkKey(c.key), c.complaint, c.partial, c.context, c.envelope, c.board) ?? {},
  seal: (c, data) => {
    const random = drawn(c.random);
    const { envelope, bucket, secret } = tenders.sealEnvelope(c.key, c.context, c.bytes_of ? data : bytes(c.bid ?? ""), random);
    const opened = tenders.openRevealed(tenders.checkKey(c.key), secret, c.context, envelope, bucket);
    return { envelope, secret, ...(c.bytes_of ? {} : { bid: toBase64(opened) }) };
  },
  "seal-blob": (c, data) => {
    const { blob, bytes: sealedBytes } = tenders.sealBlob(data, drawn(c.random));
    if (toHex(tenders.openBlob(blob, sealedBytes)) !== toHex(data)) throw new Error("opens to something else");
    return { blob };
  },
  blob: (c, data, v) => ({ document: toHex(v.sha256(tenders.openBlob(c.blob, data))) }),
};
/** Randomness that runs out. */
const drawn = base64 => {
  let left = bytes(base64);
  return n => {
    const taken = left.subarray(0, n);
    left = left.subarray(n);
    if (taken.length < n) throw new Error("no randomness is left");
    return taken;
  };
};
const toBase64 = b => btoa(String.fromCharCode(...b));

const offer = ({ canonicalOffer, parseOffer }, c) => {
  if (c.whole) return { technical: canonicalOffer(c.whole, "technical"), price: canonicalOffer(c.whole, "price"), offer: canonicalOffer(c.whole, "bid") };
  return { offer: canonicalOffer(parseOffer({ currency: "USD" }, c.envelope ?? "bid", c.offer), "bid") };
};

const letter = ({ openLetter, sealLetter }, c, data) => {
  if (c.random && toHex(sealLetter(c.context, bytes(c.plain), c.to, drawn(c.random))) !== toHex(data)) throw new Error("is sealed otherwise");
  return { plain: toBase64(openLetter(c.context, data, c.to, c.reader, c.secret)) };
};

/** The bytes of a case: its own, or those of another with its change. */
function bytesFor(c, cases) {
  const data = bytes((c.bytes_of ? cases.find(o => o.name === c.bytes_of) : c).bytes ?? "");
  if (c.alter) data[c.alter] ^= 1;
  return c.cut ? data.subarray(0, c.cut) : data;
}

export async function run(verifier, file) {
  const { cases } = await (await fetch("/vectors/" + file + ".json")).json();
  if (file === "sealed") {
    tenders = { ...await import("/sealed.js"), ...await import("/seal.js") };
    verifier = { ...tenders, sha256: (await import("/bytes.js")).sha256 };
    runners.sealed = (v, c) => sealed[c.type](c, bytesFor(c, cases), v);
  }
  if (file === "letters") {
    const letters = await import("/letter.js");
    runners.letters = (v, c) => letter(letters, c, bytesFor(c, cases));
    verifier = { Problem: (await import("/bytes.js")).Problem };
  }
  if (file === "offer") {
    const offers = await import("/offer.js");
    runners.offer = (v, c) => offer(offers, c);
    verifier = { Problem: (await import("/bytes.js")).Problem };
  }
  const results = [];
  for (const c of cases) {
    try {
      results.push({ name: c.name, found: await runners[file](verifier, c) });
    } catch (err) {
      const known = err instanceof verifier.Problem;
      results.push({ name: c.name, code: known ? err.code : "crash", field: err.field ?? "", message: known ? err.message : String(err.stack) });
    }
  }
  return JSON.stringify(results);
}
