// The staff desk: keeps what is written in its forms, and signs an act with the key of
// the session and sends it.
import { forgetDraft, keepDraft, textsFor } from "./draft.js";
import { make, send, shown, tell, text, Refusal } from "./entry.js";
import { attachments } from "./files.js";
import { able, get } from "./keys.js";
import { word } from "./words.js";

const { register } = document.documentElement.dataset;
const form = document.getElementById("pub-act");
const refused = document.getElementById("pub-refused");
const progress = document.getElementById("pub-progress");
const results = document.getElementById("pub-results");

const say = what => {
  tell(refused, what);
  refused.hidden = false;
  progress.textContent = "";
};

/** The entries to send, {body}: one, or several with a share of the list each. */
function shares(body, list, most) {
  if (!list || body[list].length <= most) return [{ body }];
  const all = [];
  for (let i = 0; i < body[list].length; i += most) all.push({ body: { ...body, [list]: body[list].slice(i, i + most) } });
  return all;
}

const editor = document.querySelector("form.pub-editor");
const notice = document.getElementById("pub-draft");
if (editor && notice && globalThis.indexedDB) await keepDraft(editor, notice, !editor.querySelector("[data-sent]"));
const kept = document.getElementById("pub-kept");
if (kept && globalThis.indexedDB) {
  const pres = (await textsFor(location.pathname, kept.dataset.do)).map(words => Object.assign(document.createElement("pre"), { className: "pub-file", tabIndex: 0, dir: "auto", textContent: words }));
  kept.append(...pres);
  kept.hidden = pres.length === 0;
}

if (form && able()) {
  const { kind, docket, body, key: id, next, split, per } = form.dataset;
  document.getElementById("pub-do").hidden = false;
  let waiting = shares(JSON.parse(body), split, Number(per));
  const many = waiting.length > 1;
  const parts = [...form.querySelectorAll("[data-part]")].map(p => text(p.dataset.part, p.dataset.media, p.value));

  const picked = document.getElementById("files");
  if (picked) {
    document.getElementById("pub-files").hidden = false;
    picked.addEventListener("change", () => { for (const share of waiting) share.made = undefined; });
  }

  const title = document.querySelector("h1").textContent.trim();
  const docketTitle = document.querySelector(".pub-kicker")?.textContent.trim();

  /** Notes what became of one share. */
  const note = (share, problem) => {
    if (!many) return;
    const li = document.createElement("li");
    li.className = problem ? "pub-result pub-result--refused" : "pub-result";
    const said = document.createElement("span");
    tell(said, problem ?? word("done"));
    li.append(share.body[split].length + ": ", said);
    results.append(li);
    results.hidden = false;
  };

  form.addEventListener("submit", async event => {
    if (event.submitter?.value !== "sign") return;
    event.preventDefault();
    event.submitter.disabled = true;
    refused.hidden = true;
    for (const old of results.querySelectorAll(".pub-result--refused")) old.remove();
    const again = [];
    let last;
    try {
      const key = await get("keys", id);
      if (!key) return say(word("nokey"));
      for (const share of waiting) {
        progress.textContent = word(key.sort === "passkey" ? "touch" : "signing");
        try {
          // Sent again after a lost answer, it is the same entry: it counts once.
          share.made ??= await make(key, { register, docket, for: form.dataset.for, kind, body: share.body, parts: [...parts, ...await attachments(picked)] });
          progress.textContent = word("sending");
          await send(share.made, { docket, kind, key: id, title, docketTitle });
          const refusal = await shown(share.made.id);
          if (refusal) throw new Refusal(refusal);
          last = share.made.id;
          note(share);
        } catch (err) {
          if (err instanceof Refusal && !err.later) share.made = undefined;
          again.push(share);
          note(share, err);
          if (!many) say(err);
        }
      }
      waiting = again;
      progress.textContent = "";
      if (again.length === 0) {
        await forgetDraft(form);
        location.assign(next.replace("{id}", last));
      } else if (many) say(word("some"));
    } finally {
      event.submitter.disabled = false;
    }
  });
}
