// The bids that this browser made to a tender: how each stands, and what its
// bidder may do about it. The node is told nothing but what is signed; and where it
// tells nobody how many bids there are, which bids are asked about.
import { Problem, base64 } from "../verifier/bytes.js";
import { letterMedia, letterText, maxLetter, openLetter, readLetter, sealLetter } from "../verifier/letter.js";
import { boxPublic } from "../verifier/sealing.js";
import { strong } from "../verifier/seal.js";
import { make, send, shown, tell, text, Refusal } from "./entry.js";
import { get, keyFile, list } from "./keys.js";
import { save } from "./save.js";
import { copy, say, when, word } from "./words.js";

const { register } = document.documentElement.dataset;
const inputs = "application/vnd.publica.rule-inputs+json";

/** The name under which a bid's envelope is opened by its bidder. */
const secretOf = (record, envelope) => record.secrets.envelopes.find(e => e.envelope === envelope)?.secret;

/** Signs something about a bid with the bid's own key, and sends it; parts may be made for that key. */
async function act(tender, record, kind, body, parts = []) {
  const key = await get("keys", record.key);
  if (!key) throw new Refusal({ message: word("nokey") });
  const made = await make(key, { register, docket: tender.docket, kind, body, parts });
  await send(made, { docket: tender.docket, docketTitle: tender.title, kind, title: word(kind), key: key.id });
  const refusal = await shown(made.id);
  if (refusal) throw new Refusal(refusal);
}

/** Runs what a button is for, once, and says how it went. */
function on(node, name, work) {
  const button = node.querySelector(`[data-act="${name}"]`);
  const status = node.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (button.dataset.sure === "") { // it cannot be taken back: it wants a second press
      button.dataset.sure = "asked";
      button.textContent = word("sure-" + name);
      return;
    }
    button.disabled = true;
    status.textContent = word("sending");
    let done;
    try {
      await work();
      done = true; // the page makes way: nothing is sent twice meanwhile
      location.reload();
    } catch (err) {
      tell(status, err);
    } finally {
      button.disabled = done === true;
    }
  });
}

async function cureParts(node) {
  const parts = [text("text", "text/markdown", node.querySelector("textarea").value.trim())];
  const files = [...node.querySelector("[name=files]").files].map(f => [f, /^[a-z0-9.+-]+\/[a-z0-9.+-]+$/.test(f.type) ? f.type : "application/octet-stream"])
    .concat([...node.querySelector("[name=inputs]").files].map(f => [f, inputs]));
  for (const [i, [f, media]] of files.entries()) parts.push({ name: "attachment-" + (i + 1), media, data: new Uint8Array(await f.arrayBuffer()) });
  return parts;
}

/** Parts as the evaluators alone read them: one letter. */
function lettered(tender, record, readers, parts) {
  const context = { author: record.key, bid: record.id, kind: "procurement/cure", register, tender: tender.docket };
  const plain = letterText(parts, base64);
  if (plain.length > maxLetter) throw new Refusal({ message: say("letterlong", { n: plain.length, most: maxLetter }) });
  return [{ name: "sealed", media: letterMedia, data: sealLetter(context, plain, readers, strong) }];
}

/** Shows what the buyer wrote to the bidder of a confidential tender alone. */
async function showLetter(node, tender, record, { id, author }) {
  const { letters } = record.secrets;
  const answer = await fetch(`/entry/${id}/part/sealed`);
  if (!answer.ok) throw new TypeError("no answer");
  const context = { author, bid: record.id, kind: "procurement/debrief", register, tender: tender.docket };
  const [first, ...more] = readLetter(openLetter(context, new Uint8Array(await answer.arrayBuffer()), [boxPublic(letters)], 1, letters));
  const box = node.querySelector("[data-letter]");
  box.hidden = false;
  box.querySelector("pre").textContent = new TextDecoder().decode(first.data);
  box.querySelector("[data-attached]").replaceChildren(...more.map(part => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "usa-button usa-button--outline", textContent: say("save", { name: part.name }) });
    button.addEventListener("click", () => save(part.name, part.data, part.media));
    return button;
  }));
}

/** Draws one bid: record is what the browser kept, stands what the register says. */
function draw(tender, record, stands, replace) {
  const lot = record.secrets.lot ?? "";
  const node = copy("pub-own-bid", { status: stands?.words ?? word("unseen"), id: record.id });
  const part = name => node.querySelector(`[data-slot="${name}"]`);
  part("title").href = "/entry/" + record.id;
  part("title").textContent = lot ? say("lot", { lot }) : word("bid");
  when(part("when"), record.sent);
  node.querySelector("[data-act=secrets]").addEventListener("click", () => save(record.id.slice(0, 8) + ".bid", JSON.stringify(record.secrets) + "\n"));
  node.querySelector("[data-act=key]").addEventListener("click", async () => {
    const key = await get("keys", record.key);
    if (key) save(key.id.slice(0, 8) + ".key", await keyFile(key));
    else node.querySelector("[role=status]").textContent = word("nokey");
  });
  if (stands?.amended) node.querySelector("[data-amended]").hidden = false;
  if (tender.open && record.offer && (stands?.amended || stands?.counts)) {
    const again = node.querySelector("[data-act=replace]");
    again.hidden = false;
    again.addEventListener("click", () => replace(record.offer, lot));
  }
  if (tender.open && stands?.counts) on(node, "withdraw", () => act(tender, record, "procurement/withdraw-bid", { bid: record.id }));
  if (stands?.reveal) {
    node.querySelector("[data-reveal]").hidden = false;
    on(node, "reveal", () => act(tender, record, "procurement/reveal", { bid: record.id, envelope: stands.reveal, secret: secretOf(record, stands.reveal) }));
  }
  if (stands?.cure) {
    const cure = node.querySelector("[data-cure]");
    cure.hidden = false;
    cure.querySelector(tender.mode === "public" ? "[data-public]" : "[data-confidential]").hidden = false;
    when(cure.querySelector("time"), Date.parse(stands.cure));
    on(node, "cure", async () => {
      const parts = await cureParts(cure);
      return act(tender, record, "procurement/cure", { bid: record.id }, tender.mode === "public" ? parts : lettered(tender, record, stands.readers, parts));
    });
  }
  if (stands?.debrief) {
    const { id } = stands.debrief;
    const told = node.querySelector("[data-debrief]");
    told.hidden = false;
    told.querySelector("a").href = "/entry/" + id;
    const read = node.querySelector("[data-act=letter]");
    read.hidden = !record.secrets.letters;
    read.addEventListener("click", async () => {
      try {
        await showLetter(node, tender, record, stands.debrief);
      } catch (err) {
        tell(node.querySelector("[role=status]"), err instanceof Problem ? word("unread") : err);
      }
    });
  }
  return node;
}

/** How the register says that a bid stands, undefined if it does not know it. */
async function standing(tender, id) {
  if (!tender.ask) return tender.bids.find(b => b.id === id);
  const answer = await fetch(`/api/v1/tenders/${tender.docket}/bids/${id}`).catch(() => null);
  if (answer?.ok) return answer.json();
  return answer?.status === 404 ? undefined : { words: word("offline") };
}

/** Lists the bids to a tender that this browser keeps. */
export async function showBids(tender, replace) {
  const all = (await list("records").catch(() => [])).filter(r => r.kind === "procurement/bid" && r.docket === tender.docket && r.secrets).sort((a, b) => b.sent - a.sent);
  const box = document.getElementById("pub-own-bids");
  box.hidden = all.length === 0;
  const stands = await Promise.all(all.map(r => standing(tender, r.id)));
  box.append(...all.map((r, i) => draw(tender, r, stands[i], replace)));
}
