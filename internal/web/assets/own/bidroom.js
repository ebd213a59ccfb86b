// The bid room: an offer is written, checked and sealed here, and nothing but
// what is sealed leaves the browser. See spec/sealed.md and spec/offer.md.
import { newLetterKey } from "../verifier/letter.js";
import { canonicalOffer, parseOffer } from "../verifier/offer.js";
import { blobSize, maxBid, sealBlob, sealEnvelope, strong } from "../verifier/seal.js";
import { checkKey, openRevealed } from "../verifier/sealed.js";
import { complain, quiet } from "./acts.js";
import { addRow, fillOffer, price, readOffer, shownAmount, typeIn, typedIn } from "./bidform.js";
import { showBids } from "./bids.js";
import { make, send, shown, tell, Fault, Refusal } from "./entry.js";
import { mediaOf } from "./files.js";
import { able, bidKey, get, keyFile, persist, put, remove, unkeptBidKey, Unkept } from "./keys.js";
import { showProtests } from "./protests.js";
import { save } from "./save.js";
import { copy, say, word } from "./words.js";

const { register } = document.documentElement.dataset;
const room = document.getElementById("pub-bidroom");
const utf8 = text => new TextEncoder().encode(text);
const octets = "application/octet-stream";

/** A text of this site. */
async function textAt(path) {
  const res = await fetch(path);
  if (!res.ok) throw new Refusal({ message: word("silent") });
  return res.text();
}

/** What is sealed of an offer, {envelope: bytes}, as everybody will check it. */
function texts(tender, offer) {
  return Object.fromEntries(tender.envelopes.map(envelope => {
    const text = utf8(canonicalOffer(offer, envelope));
    parseOffer(tender, envelope, text);
    if (text.length > maxBid) throw new Refusal({ message: word("long") });
    return [envelope, text];
  }));
}

/** Seals documents: {documents for the offer, listed for the record, parts}. */
async function sealDocuments(files) {
  const out = { documents: [], listed: [], parts: [] };
  for (const [i, f] of files.entries()) {
    const { blob, bytes } = sealBlob(new Uint8Array(await f.arrayBuffer()), strong);
    out.documents.push({ blob, media: mediaOf(f), name: f.name });
    out.listed.push({ hash: blob.hash, size: bytes.length });
    out.parts.push({ name: "document-" + (i + 1), media: octets, data: bytes });
  }
  return out;
}

/** Seals an offer and makes the entry of it: {made, secrets}. What was sealed is opened once, to be sure. */
async function seal(tender, key, lot, offer, files) {
  const { documents, listed, parts } = await sealDocuments(files);
  const letters = tender.mode === "confidential" ? newLetterKey(strong) : undefined; // to which the buyer writes what is for the bidder alone
  const all = texts(tender, { ...offer, documents: documents.length ? documents : undefined, letters: letters?.public });
  const body = { documents: listed.length ? listed : undefined, envelopes: [], lot: lot || undefined, text: tender.text };
  const secrets = { author: key.id, docket: tender.docket, envelopes: [], letters: letters?.secret, lot: lot || undefined, register, text: tender.text };
  for (const envelope of tender.envelopes) {
    const to = checkKey(tender.keys.find(k => k.lot === lot && k.envelope === envelope).key);
    const context = { bidder: key.id, envelope, register, tender: tender.docket, text: tender.text, ...(lot ? { lot } : {}) };
    const sealed = sealEnvelope(to, context, all[envelope], strong);
    openRevealed(to, sealed.secret, context, sealed.envelope, sealed.bucket);
    body.envelopes.push(sealed.envelope);
    secrets.envelopes.push({ envelope, secret: sealed.secret });
    parts.push({ name: envelope, media: octets, data: sealed.bucket });
  }
  const made = await make(key, { register, docket: tender.docket, kind: "procurement/bid", body, parts, work: tender.work });
  return { made, secrets: { ...secrets, bid: made.id } };
}

class Room {
  constructor(tender) {
    this.tender = tender;
    this.form = document.getElementById("pub-offer");
    this.preview = document.getElementById("pub-preview");
    this.draft = "bid " + tender.docket;
    this.files = this.form.querySelector("#bid-documents");
  }

  get lot() { return this.form.elements.lot?.value ?? ""; }

  /** The offer as it stands in the form, once it can be sealed. */
  offer() {
    const { tender, files } = this;
    const offer = readOffer(this.form, tender.currency);
    texts(tender, offer);
    const chosen = [...files.files];
    if (chosen.length > tender.documents || chosen.reduce((n, f) => n + blobSize(f.size), 0) > tender.documentSize) throw new Fault(files, word("documents"));
    if (this.lacks && chosen.length === 0 && !this.form.elements.nodocuments.checked) throw new Fault(files, say("lacking", { n: this.lacks }));
    return offer;
  }

  sum() {
    const { total } = this.form.elements;
    const out = this.form.querySelector("#bid-sum");
    total.disabled = this.form.querySelector("#bid-items [data-row]") !== null;
    try {
      out.textContent = shownAmount(price(this.form, this.tender.currency), this.tender.currency);
    } catch (err) {
      if (!(err instanceof Fault)) throw err;
      out.textContent = "";
    }
  }

  show(offer) {
    const { tender, preview } = this;
    const box = preview.querySelector("[data-envelopes]");
    const chosen = [...this.files.files];
    box.replaceChildren(...Object.entries(texts(tender, offer)).map(([envelope, text]) => {
      const node = copy("pub-envelope", { name: word("envelope-" + envelope), size: say("size", { n: text.length, most: maxBid }) });
      node.querySelector("pre").textContent = JSON.stringify(JSON.parse(new TextDecoder().decode(text)), null, 2);
      return node;
    }));
    const list = preview.querySelector("[data-documents]");
    list.replaceChildren(...chosen.map(f => Object.assign(document.createElement("li"), { textContent: say("document", { name: f.name, n: f.size, sealed: blobSize(f.size) }) })));
    list.parentElement.hidden = chosen.length === 0;
    preview.querySelector("[data-price]").textContent = shownAmount(offer.price.amount, tender.currency);
    this.turn(preview);
  }

  /** Shows the form, or what was written, and goes there. */
  turn(to) {
    this.form.hidden = to !== this.form;
    this.preview.hidden = to !== this.preview;
    to.querySelector("h2").focus();
  }

  /** What the pinned rules will say of an offer, run here. */
  async judge(offer) {
    const { rules, gives } = this.tender;
    const status = this.form.querySelector("[role=status]");
    const box = this.form.querySelector("#bid-findings");
    box.hidden = true;
    status.textContent = word("loading");
    let said;
    try {
      const [text, { judge }] = await Promise.all([rules.href ? textAt(rules.href) : "", import("./rules.js")]);
      said = await judge(text, rules.hash, { ...offer.facts, ...gives });
    } catch {
      throw new Refusal({ message: word("norules") });
    } finally {
      status.textContent = "";
    }
    if (!said.result) throw new Refusal({ message: say("unjudged", { why: said.problem }) });
    const list = document.createElement("ul");
    list.className = "usa-list usa-list--unstyled";
    list.append(...said.result.rules.map(r => copy("pub-finding", { verdict: word("verdict-" + r.verdict), title: r.title, words: r.words })));
    box.replaceChildren(Object.assign(document.createElement("p"), { textContent: word(said.result.passed ? "passes" : "stops") }), list);
    box.hidden = false;
    box.focus();
  }

  keep() {
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      put("drafts", { id: this.draft, at: Date.now(), typed: typedIn(this.form), lacks: this.lacks })
        .catch(err => tell(this.form.querySelector("[role=status]"), err));
    }, 400);
  }

  /** Asks for the documents that the bid to be replaced has: what is kept of an offer holds none. */
  ask(documents) {
    const box = this.form.querySelector("[data-lacking]");
    this.lacks = documents;
    box.hidden = !documents;
    box.querySelector("[data-slot=lacking]").textContent = say("lacking", { n: documents });
    this.form.elements.nodocuments.checked = false;
  }

  fill(offer, lot, documents = 0) {
    this.files.value = "";
    this.ask(documents);
    fillOffer(this.form, offer, this.tender.currency);
    if (this.form.elements.lot) this.form.elements.lot.value = lot || this.form.elements.lot.value;
    this.sum();
  }

  /** The key that bids. One that this browser cannot keep is there as long as the page is, and as a file. */
  async bidder() {
    try {
      return this.stray ?? await bidKey(this.tender.docket);
    } catch (err) {
      if (!(err instanceof Unkept)) throw err;
      this.unkept = new Set(["secrets", "key"]);
      return this.stray = await unkeptBidKey(this.tender.docket);
    }
  }

  /** The bid that is sent. Sent again after a lost answer, it is the same. */
  async bid(key) {
    if (this.sealed) return this.sealed;
    this.unkept?.add("secrets"); // the file of another bid opens nothing of this one
    return this.sealed = { ...await seal(this.tender, key, this.lot, this.offered, [...this.files.files]), offer: this.offered, key };
  }

  /** Hands a bid to the node. Without being kept it goes only once both its files are saved. */
  async deliver({ made, secrets, offer, key }) {
    const { docket, title } = this.tender;
    if (this.unkept?.size) throw new Unkept("files are not saved yet");
    await send(made, { docket, docketTitle: title, kind: "procurement/bid", title: word("bid"), key: key.id, secrets, offer }, !this.unkept);
    const refusal = await shown(made.id);
    if (refusal) throw new Refusal(refusal);
    await remove("drafts", this.draft).catch(() => undefined);
  }

  /** Has the buttons of a box save what opens a bid, and what signs for it. */
  saves(box, { made, secrets, key }) {
    box.querySelector("[data-act=secrets]").onclick = () => {
      save(made.id.slice(0, 8) + ".bid", JSON.stringify(secrets) + "\n");
      this.unkept?.delete("secrets");
    };
    box.querySelector("[data-act=key]").onclick = async () => {
      save(key.id.slice(0, 8) + ".key", await keyFile(key));
      this.unkept?.delete("key");
    };
  }

  /** Says why a bid was not taken, and what may be done about it. */
  fail(err) {
    const { preview } = this;
    if (err instanceof Unkept) {
      this.unkept ??= new Set(["secrets", "key"]);
      const box = preview.querySelector("[data-unkept]");
      box.hidden = false;
      this.saves(box, this.sealed);
    }
    if (err instanceof Refusal && !err.later) this.sealed = undefined;
    complain(preview, err instanceof TypeError && this.unkept ? new Refusal({ message: word("silent") }) : err);
  }

  async send() {
    const { tender, preview } = this;
    quiet(preview);
    const status = preview.querySelector("[role=status]");
    const button = preview.querySelector("[value=send]");
    button.disabled = true;
    try {
      status.textContent = word(tender.work > 12 ? "work" : "sealing");
      await new Promise(done => setTimeout(done)); // so that it is read before the arithmetic begins
      await persist(); // what opens the bid
      const bid = await this.bid(await this.bidder());
      status.textContent = word("sending");
      await this.deliver(bid);
      this.sent(bid);
    } catch (err) {
      this.fail(err);
    } finally {
      button.disabled = false;
    }
  }

  sent(bid) {
    const { made } = bid;
    const done = document.getElementById("pub-sent");
    done.querySelector("[data-slot=id]").textContent = made.id;
    done.querySelector("[data-slot=record]").href = "/entry/" + made.id;
    done.querySelector("[data-slot=receipt]").href = `/entry/${made.id}/receipt.json`;
    done.querySelector("[data-kept]").hidden = Boolean(this.unkept);
    this.saves(done, bid);
    this.form.hidden = this.preview.hidden = true;
    done.hidden = false;
    done.querySelector("h2").focus();
  }

  listen() {
    const { form, preview, tender } = this;
    const tell = err => complain(form, err);
    form.addEventListener("input", () => {
      this.sum();
      this.keep();
    });
    form.addEventListener("click", event => {
      const { act } = event.target.dataset;
      if (act === "add") addRow(event.target.closest("[data-list]")).querySelector("input, select, textarea")?.focus();
      else if (act === "remove") event.target.closest("[data-row]").remove();
      else return;
      this.sum();
      this.keep();
    });
    form.addEventListener("submit", event => {
      event.preventDefault();
      quiet(form);
      try {
        const offer = this.offer();
        if (event.submitter?.value === "offer") return save("offer.json", JSON.stringify(offer, null, 2) + "\n");
        if (event.submitter?.value === "inputs") return save("inputs.json", JSON.stringify({ ...offer.facts, ...tender.gives }, null, 2) + "\n");
        if (event.submitter?.value === "rules") return this.judge(offer).catch(tell);
        this.offered = offer;
        this.sealed = undefined;
        preview.querySelector("[data-unkept]").hidden = true;
        this.show(offer);
      } catch (err) {
        tell(err);
      }
    });
    preview.querySelector("[value=send]").addEventListener("click", () => this.send());
    preview.querySelector("[value=change]").addEventListener("click", () => this.turn(form));
  }

  async begin() {
    this.listen();
    const kept = await get("drafts", this.draft).catch(() => undefined);
    if (kept?.typed) {
      typeIn(this.form, kept.typed);
      this.ask(kept.lacks ?? 0);
      const notice = document.getElementById("pub-draft");
      notice.hidden = false;
      notice.querySelector("[data-act=discard]").addEventListener("click", async () => {
        await remove("drafts", this.draft);
        this.form.reset();
        this.fill({}, "");
        notice.hidden = true;
        this.form.elements.bidder.focus();
      });
    }
    this.sum();
    this.form.hidden = false;
  }
}

if (room && able()) {
  const tender = JSON.parse(room.dataset.tender);
  for (const e of document.querySelectorAll("[data-noscript]")) e.hidden = true;
  const own = tender.open ? new Room(tender) : undefined;
  await own?.begin();
  await showBids(tender, (offer, lot, documents) => {
    own.fill(offer, lot, documents);
    own.keep();
    document.getElementById("pub-sent").hidden = true;
    own.turn(own.form);
  });
  await showProtests();
}
