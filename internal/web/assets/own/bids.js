// The bids that this browser made to a tender: how each stands, and what its
// bidder may do about it. The node is told nothing but what is signed; and where it
// tells nobody how many bids there are, which bids are asked about.
import { Problem, base64 } from "../verifier/bytes.js";
import { letterMedia, letterText, maxLetter, openLetter, readLetter, sealLetter } from "../verifier/letter.js";
import { boxPublic } from "../verifier/sealing.js";
import { strong } from "../verifier/seal.js";
import { act, drafted, on, partsOf, wanted } from "./acts.js";
import { tell, Refusal } from "./entry.js";
import { get, keyFile, list } from "./keys.js";
import { save } from "./save.js";
import { copy, say, when, word } from "./words.js";

const { register } = document.documentElement.dataset;

/** The name under which a bid's envelope is opened by its bidder. */
const secretOf = (record, envelope) => record.secrets.envelopes.find(e => e.envelope === envelope)?.secret;

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

/** Lets the bidder cure a bid. */
async function offerCure(node, tender, record, stands) {
  const cure = node.querySelector("[data-cure]");
  cure.hidden = false;
  cure.querySelector(tender.mode === "public" ? "[data-public]" : "[data-confidential]").hidden = false;
  when(cure.querySelector("time"), Date.parse(stands.cure));
  const said = cure.querySelector("textarea");
  const { forget } = await drafted("cure " + record.id, [said]);
  on(cure, "cure", async () => {
    const parts = await partsOf(cure);
    await act(tender, record.key, "procurement/cure", { bid: record.id }, tender.mode === "public" ? parts : lettered(tender, record, stands.readers, parts));
    await forget();
  }, () => wanted(said));
}

/** Lets the supplier say that a milestone of its contract is reached. */
async function offerMilestones(node, tender, record, { id, milestones }) {
  const box = node.querySelector("[data-milestone]");
  box.hidden = false;
  const which = box.querySelector("select"), said = box.querySelector("textarea");
  which.append(...milestones.map(m => new Option(m.words, m.id)));
  const { forget } = await drafted("milestone " + id, [which, said]);
  on(box, "milestone", async () => {
    await act(tender, record.key, "procurement/milestone", { contract: id, milestone: which.value }, await partsOf(box));
    await forget();
  }, () => {
    wanted(which);
    wanted(said);
  });
}

/** Shows where the buyer wrote why it decided so, and lets the bidder read it. */
function offerDebrief(node, tender, record, debrief) {
  const told = node.querySelector("[data-debrief]");
  told.hidden = false;
  told.querySelector("a").href = "/entry/" + debrief.id;
  const read = node.querySelector("[data-act=letter]");
  read.hidden = !record.secrets.letters;
  read.addEventListener("click", async () => {
    try {
      await showLetter(node, tender, record, debrief);
    } catch (err) {
      tell(node.querySelector("[data-acts] [role=status]"), err instanceof Problem ? word("unread") : err);
    }
  });
}

/** Draws one bid: record is what the browser kept, stands what the register says. */
async function draw(tender, record, stands, replace) {
  const lot = record.secrets.lot ?? "";
  const node = copy("pub-own-bid", { status: stands?.words ?? word("unseen"), id: record.id });
  const part = name => node.querySelector(`[data-slot="${name}"]`);
  const acts = node.querySelector("[data-acts]");
  part("title").href = "/entry/" + record.id;
  part("title").textContent = lot ? say("lot", { lot }) : word("bid");
  when(part("when"), record.sent);
  part("told").href = stands?.told ?? "";
  part("told").parentElement.hidden = !stands?.told;
  acts.querySelector("[data-act=secrets]").addEventListener("click", () => save(record.id.slice(0, 8) + ".bid", JSON.stringify(record.secrets) + "\n"));
  acts.querySelector("[data-act=key]").addEventListener("click", async () => {
    const key = await get("keys", record.key);
    if (key) save(key.id.slice(0, 8) + ".key", await keyFile(key));
    else acts.querySelector("[role=status]").textContent = word("nokey");
  });
  if (stands?.amended) node.querySelector("[data-amended]").hidden = false;
  if (tender.open && record.offer && (stands?.amended || stands?.counts)) {
    const again = acts.querySelector("[data-act=replace]");
    again.hidden = false;
    again.addEventListener("click", () => replace(record.offer, lot, stands.documents ?? 0));
  }
  if (tender.open && stands?.counts) on(acts, "withdraw", () => act(tender, record.key, "procurement/withdraw-bid", { bid: record.id }));
  if (stands?.reveal) {
    node.querySelector("[data-reveal]").hidden = false;
    on(acts, "reveal", () => act(tender, record.key, "procurement/reveal", { bid: record.id, envelope: stands.reveal, secret: secretOf(record, stands.reveal) }));
  }
  if (stands?.cure) await offerCure(node, tender, record, stands);
  if (stands?.contract) await offerMilestones(node, tender, record, stands.contract);
  if (stands?.debrief) offerDebrief(node, tender, record, stands.debrief);
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
  box.append(...await Promise.all(all.map((r, i) => draw(tender, r, stands[i], replace))));
}
