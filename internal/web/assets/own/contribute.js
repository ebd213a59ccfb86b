// The page where a person contributes: keeps what they write in the browser,
// and signs there what they send. Without this script the node signs for them.
import { forgetDraft, keepDraft } from "./draft.js";
import { make, send, tell, text, Refusal } from "./entry.js";
import { attachments } from "./files.js";
import { able, list, newGuestKey, newPasskey, passkeysWork } from "./keys.js";
import { word } from "./words.js";

const page = document.documentElement.dataset;

const write = document.getElementById("pub-write");
if (write && globalThis.indexedDB) {
  await keepDraft(write, document.getElementById("pub-draft"), ["title", "text", "name", "stance"].every(f => !write.elements[f]?.value));
}

// Signing.
const form = document.getElementById("pub-sign");
if (form && able()) {
  const { docket, docketTitle, kind, body, work, files, intake } = form.dataset;
  const refused = document.getElementById("pub-refused");
  const progress = document.getElementById("pub-progress");
  const picked = document.getElementById("files");
  document.getElementById("pub-keys").hidden = false;
  document.getElementById("sg-passkeys").hidden = !passkeysWork(page.passkeys);
  form.querySelector("[data-noscript]").hidden = true;
  form.querySelector("[value=send]").hidden = false;
  document.getElementById("pub-files").hidden = !(Number(files) > 0);

  const keyFor = async signer => {
    const known = (await list("keys")).filter(k => k.docket === docket && k.sort === signer);
    if (known.length > 0) return known[0];
    return signer === "passkey" ? newPasskey(page.passkeys, page.title, docket) : newGuestKey(docket);
  };
  const parts = async () => {
    const value = name => form.elements[name].value;
    const all = [text("text", "text/markdown", value("text"))];
    if (value("name")) all.push(text("author", "text/plain", value("name")));
    if (value("title")) all.push(text("title", "text/plain", value("title")));
    return [...all, ...await attachments(picked)];
  };
  // Sent again after a lost answer, it is the same entry: it counts once.
  let made, madeBy;
  picked.addEventListener("change", () => { made = undefined; });
  const say = what => {
    tell(refused, what);
    refused.hidden = false;
    progress.textContent = "";
  };

  form.addEventListener("submit", async event => {
    const signer = form.elements.signer.value;
    if (event.submitter?.value !== "send" || (signer === "node" && intake === "yes")) return;
    event.preventDefault();
    refused.hidden = true;
    event.submitter.disabled = true;
    try {
      const all = await parts();
      progress.textContent = word(signer === "passkey" ? "touch" : Number(work) > 12 ? "work" : "signing");
      const key = await keyFor(signer);
      if (madeBy !== key.id) made = undefined;
      madeBy = key.id;
      made ??= await make(key, { register: page.register, docket, kind, body: JSON.parse(body), parts: all, work: Number(work) });
      progress.textContent = word("sending");
      await send(made, { docket, docketTitle, kind, title: form.elements.title.value || form.elements.text.value.slice(0, 80), key: key.id });
      await forgetDraft(form);
      location.assign("/received/" + made.id);
    } catch (err) {
      if (err instanceof Refusal && !err.later) made = undefined;
      say(err);
    } finally {
      event.submitter.disabled = false;
    }
  });
}
