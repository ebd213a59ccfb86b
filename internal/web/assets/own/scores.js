// The page on which an evaluator scores: it keeps scores, reasons and salt in this
// browser, sends a commitment to them, and reveals them when everyone has committed.
// The file it saves is one that "publica evaluate" reads and writes too.
import { canonical, make, send, shown, tell, text, Refusal } from "./entry.js";
import { able, get, hex, persist, put, sha256, Unkept } from "./keys.js";
import { save } from "./save.js";
import { word } from "./words.js";

const utf8 = new TextEncoder();

/** The hash of the reasons, as a reveal names it. */
const reasonsHash = async kept => hex(await sha256(utf8.encode(kept.reasons)));

/**
 * What binds an evaluator to scores (spec/kinds/procurement.md, score-commit). by is
 * who scores, and where: docket and key. kept holds lot ("" if there is none), reasons
 * (Markdown), round, salt and scores.
 */
export async function commitment({ docket, key }, kept) {
  const bound = { docket, evaluator: key, lot: kept.lot || undefined, reasons: await reasonsHash(kept), round: kept.round, salt: kept.salt, scores: kept.scores };
  return hex(await sha256(utf8.encode("publica scores v2\n" + canonical(bound))));
}

/** Of scores that were kept, those of a commitment; undefined if there are none. */
export async function committedTo(by, all, hash) {
  for (const kept of all) if (await commitment(by, kept).catch(() => "") === hash) return kept;
}

const page = document.documentElement.dataset;
const at = id => document.getElementById(id);
const storeID = ({ docket, key }) => `scores ${docket} ${key}`;
const fileOf = ({ docket, key }, scores) => ({ docket, evaluator: key, register: page.register, scores });

/** Everything this browser keeps of an evaluator's scores in a tender. */
const keptOf = async data => (await get("drafts", storeID(data)))?.scores ?? [];

const say = what => {
  tell(at("pub-refused"), what);
  at("pub-refused").hidden = !what;
  at("pub-progress").textContent = "";
};

/** Lists the points of kept scores. titles names the bids. */
function summarize(kept, titles) {
  at("pub-summary").replaceChildren(...kept.scores.map(s => {
    const li = document.createElement("li");
    const name = document.createElement("bdi");
    name.textContent = titles[s.bid] ?? s.bid.slice(0, 8);
    li.append(name, ": " + s.points.join(", "));
    return li;
  }));
}

/** Signs an entry with the session's key, sends it, and loads the page anew. Sent again after a lost answer, it is the same entry. */
function sender(button, data, want) {
  let made;
  button.addEventListener("click", async () => {
    button.disabled = true;
    say("");
    try {
      const key = await get("keys", data.key);
      if (!key) return say(word("nokey"));
      at("pub-progress").textContent = word(key.sort === "passkey" ? "touch" : "signing");
      const entry = await want();
      made ??= await make(key, { register: page.register, docket: data.docket, ...entry });
      at("pub-progress").textContent = word("sending");
      await send(made, { docket: data.docket, kind: entry.kind, key: data.key, title: document.querySelector("h1").textContent.trim(), docketTitle: document.querySelector(".pub-kicker")?.textContent.trim() });
      const refusal = await shown(made.id);
      if (refusal) throw new Refusal(refusal);
      location.reload();
    } catch (err) {
      if (err instanceof Refusal && !err.later) made = undefined;
      say(err);
    } finally {
      button.disabled = false;
    }
  });
  return () => { made = undefined; };
}

/** The form: what is typed stays in this browser from the first letter on. */
async function score(form) {
  const data = form.dataset;
  const typedID = ["typed", storeID(data), data.lot, data.round].join(" ");
  const cells = [...form.querySelectorAll("[data-points], [data-reason]")];
  const typed = await get("drafts", typedID);
  for (const c of cells) c.value = typed?.cells?.[c.id] ?? c.value;
  form.hidden = false;
  let later;
  form.addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(() => {
      put("drafts", { id: typedID, at: Date.now(), cells: Object.fromEntries(cells.map(c => [c.id, c.value])) }).catch(err => say(err));
    }, 300);
  });

  const sets = [...form.querySelectorAll("fieldset[data-bid]")];
  // Without the marks that keep a name's direction apart: they are for the page.
  const titles = Object.fromEntries(sets.map(s => [s.dataset.bid, s.dataset.title.replace(/[\u2066-\u2069]/g, "")]));
  const read = () => {
    const scores = [], reasons = [];
    for (const s of sets) {
      const points = [...s.querySelectorAll("[data-points]")];
      scores.push({ bid: s.dataset.bid, points: points.map(p => Number(p.value)) });
      reasons.push("## " + s.dataset.bid.slice(0, 8)); // never the name: a bidder chose it, and the evaluator signs this
      for (const p of points) {
        const why = [...s.querySelectorAll("[data-reason]")].find(r => r.dataset.reason === p.dataset.points);
        reasons.push(`**${p.dataset.points}: ${Number(p.value)}/${p.dataset.max}**`, why.value.trim());
      }
    }
    return { lot: data.lot || undefined, reasons: reasons.join("\n\n") + "\n", round: Number(data.round), salt: hex(crypto.getRandomValues(new Uint8Array(16))), scores };
  };
  let kept, unsaved; // unsaved: the word that asks for the file before anything is sent
  const forget = sender(at("pub-commit").querySelector("[data-act=send]"), data, async () => {
    const message = unsaved && word(unsaved);
    if (unsaved === "unsaved") unsaved = undefined; // asked once
    if (message) throw new Refusal({ message });
    return { kind: "procurement/score-commit", body: { commitment: await commitment(data, kept), lot: data.lot || undefined, round: kept.round } };
  });
  form.addEventListener("submit", async event => {
    event.preventDefault();
    kept = read();
    forget();
    unsaved = "unsaved";
    try {
      await persist(); // the salt: without it nothing is ever revealed
      // Whatever was ever committed to can be revealed: nothing kept is thrown away.
      await put("drafts", { id: storeID(data), at: Date.now(), scores: [kept, ...await keptOf(data)] });
    } catch (err) {
      if (!(err instanceof Unkept)) throw err;
      unsaved = "unkeptscores";
    }
    at("pub-hash").textContent = await commitment(data, kept);
    summarize(kept, titles);
    say(unsaved === "unkeptscores" ? word(unsaved) : "");
    form.hidden = true;
    at("pub-commit").hidden = false;
    at("pub-commit").focus();
  });
  at("pub-commit").querySelector("[data-act=file]").addEventListener("click", () => {
    save(`tender-${data.docket.slice(0, 8)}.scores`, JSON.stringify(fileOf(data, [kept]), null, 2), "application/json");
    unsaved = undefined;
    say("");
  });
  at("pub-commit").querySelector("[data-act=change]").addEventListener("click", () => {
    at("pub-commit").hidden = true;
    form.hidden = false;
    cells[0]?.focus();
  });
}

/** The reveal: from what this browser keeps, or from the file. */
async function reveal(box) {
  const data = box.dataset;
  const button = box.querySelector("[data-act=send]");
  let kept;
  sender(button, data, async () => ({
    kind: "procurement/score-reveal", parts: [text("reasons", "text/markdown", kept.reasons)],
    body: { commit: data.commit, lot: data.lot || undefined, reasons: await reasonsHash(kept), salt: kept.salt, scores: kept.scores },
  }));
  const found = scores => {
    kept = scores;
    at("pub-lost").hidden = Boolean(kept);
    at("pub-found").hidden = button.hidden = !kept;
    if (!kept) return;
    summarize(kept, {});
    at("pub-reasons").textContent = kept.reasons;
  };
  box.hidden = false;
  found(await committedTo(data, await keptOf(data), data.commitment));
  at("pub-file").addEventListener("change", async event => {
    say("");
    try {
      const scores = JSON.parse(await event.target.files[0].text()).scores;
      found(await committedTo(data, scores.map(s => ({ ...s, lot: s.lot ?? "" })), data.commitment));
      if (!kept) say(word("other"));
    } catch {
      say(word("nofile"));
    }
  });
}

if (able() && at("pub-scores")) await score(at("pub-scores"));
if (able() && at("pub-reveal")) await reveal(at("pub-reveal"));
