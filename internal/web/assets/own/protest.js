// Signs a protest with the key of a bid that this browser holds, or with another
// one if the charter of the docket admits it.
import { forgetDraft, keepDraft } from "./draft.js";
import { make, send, shown, tell, text, Refusal } from "./entry.js";
import { attachments } from "./files.js";
import { able, get, list, newGuestKey } from "./keys.js";
import { showProtests } from "./protests.js";
import { word } from "./words.js";

const page = document.documentElement.dataset;
const form = document.getElementById("pub-protest");
const refused = document.getElementById("pub-refused");
const progress = document.getElementById("pub-progress");

const say = what => {
  tell(refused, what);
  refused.hidden = !what;
  progress.textContent = "";
};

const write = document.getElementById("pub-write");
if (write && able()) await keepDraft(write, document.getElementById("pub-draft"), !write.querySelector("[data-sent]"));

if (form && able()) {
  const { docket, body, admits, work } = form.dataset;
  const bid = k => k.docket === docket && k.sort === "bid"; // the page says of no key that it bid; the rules refuse those that did not
  const signer = document.getElementById("pub-signer");
  const add = (value, words) => signer.append(new Option(words, value));
  const mine = (await list("keys")).filter(k => bid(k) || admits && k.docket === docket);
  mine.sort((a, b) => bid(b) - bid(a));
  for (const k of mine) add(k.id, word(bid(k) ? "bidder" : "known") + " · " + k.id.slice(0, 8));
  if (admits) add("new", word("new"));
  if (signer.options.length === 0) say(word("none"));
  else document.getElementById("pub-who").hidden = document.getElementById("pub-do").hidden = false;

  let made, madeBy;
  const picked = document.getElementById("files");
  document.getElementById("pub-files").hidden = false;
  picked.addEventListener("change", () => { made = undefined; });
  form.addEventListener("submit", async event => {
    if (event.submitter?.value !== "sign") return;
    event.preventDefault();
    event.submitter.disabled = true;
    say("");
    try {
      const files = await attachments(picked);
      const key = signer.value === "new" ? await newGuestKey(docket) : await get("keys", signer.value);
      if (signer.value === "new") { // sent again, it is the same key
        signer.options[signer.selectedIndex].remove();
        add(key.id, word("known") + " · " + key.id.slice(0, 8));
        signer.value = key.id;
      }
      if (madeBy !== key.id) made = undefined;
      madeBy = key.id;
      const bits = bid(key) ? 0 : Number(work);
      progress.textContent = word(key.sort === "passkey" ? "touch" : bits > 12 ? "work" : "signing");
      const part = text("text", "text/markdown", form.querySelector("[data-part]").value);
      made ??= await make(key, { register: page.register, docket, kind: "procurement/protest", body: JSON.parse(body), parts: [part, ...files], work: bits });
      progress.textContent = word("sending");
      await send(made, { docket, kind: "procurement/protest", key: key.id, title: document.querySelector("h1").textContent.trim(), docketTitle: document.querySelector(".pub-kicker")?.textContent.trim() });
      const refusal = await shown(made.id);
      if (refusal) throw new Refusal(refusal);
      await forgetDraft(form);
      location.assign("/entry/" + made.id);
    } catch (err) {
      if (err instanceof Refusal && !err.later) made = undefined;
      say(err);
    } finally {
      event.submitter.disabled = false;
    }
  });
}

if (able()) await showProtests();
