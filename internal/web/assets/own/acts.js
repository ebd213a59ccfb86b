// What the forms of a browser's own keys have in common: what is wrong is said at its
// field, what is typed is kept until it is sent, and a button signs once.
import { make, send, shown, tell, text, Fault, Refusal } from "./entry.js";
import { attachment } from "./files.js";
import { get, put, remove } from "./keys.js";
import { word } from "./words.js";

const { register } = document.documentElement.dataset;

/** Says in a box what is wrong, at the field that it is about if there is one. */
export function complain(box, err) {
  const refused = box.querySelector("[role=alert]");
  tell(refused, err);
  refused.hidden = false;
  box.querySelector("[role=status]").textContent = "";
  if (err.element) {
    err.element.setAttribute("aria-invalid", "true");
    err.element.focus();
  }
}

/** Takes back what complain said. */
export function quiet(box) {
  box.querySelector("[role=alert]").hidden = true;
  for (const e of box.querySelectorAll("[aria-invalid]")) e.removeAttribute("aria-invalid");
}

/** What is typed in a field that wants something; throws a Fault. */
export function wanted(field) {
  if (!field.value.trim()) throw new Fault(field, word("empty"));
  return field.value.trim();
}

/** What is typed and the files chosen in a box, as parts of an entry; files of inputs are facts for the rules. */
export async function partsOf(box) {
  const chosen = name => [...box.querySelector(`[name=${name}]`)?.files ?? []];
  const files = chosen("files").map(f => [f]).concat(chosen("inputs").map(f => [f, "application/vnd.publica.rule-inputs+json"]));
  const said = text("text", "text/markdown", wanted(box.querySelector("textarea")));
  return [said, ...await Promise.all(files.map(([f, media], i) => attachment(f, i + 1, media)))];
}

/**
 * Keeps what is typed into named controls in this browser, and puts it back where
 * nothing stands. Returns whether it put something back, and what forgets it.
 */
export async function drafted(id, controls) {
  const kept = await get("drafts", id).catch(() => undefined);
  let restored = false;
  for (const c of controls) {
    const before = c.value, v = kept?.fields?.[c.name];
    if (before || !v) continue;
    c.value = v;
    if (c.value !== v) c.value = before; // a choice that is there no more
    else restored = true;
  }
  let later;
  const keep = () => put("drafts", { id, at: Date.now(), fields: Object.fromEntries(controls.map(c => [c.name, c.value])) }).catch(() => undefined); // it still stands in the form
  for (const c of controls) {
    c.addEventListener("input", () => {
      clearTimeout(later);
      later = setTimeout(keep, 300);
    });
  }
  const forget = () => {
    clearTimeout(later);
    return remove("drafts", id).catch(() => undefined);
  };
  return { restored, forget };
}

/** Signs something in a tender with a key that this browser keeps, and sends it; parts may be made for that key. */
export async function act(tender, id, kind, body, parts = []) {
  const key = await get("keys", id);
  if (!key) throw new Refusal({ message: word("nokey") });
  const made = await make(key, { register, docket: tender.docket, kind, body, parts });
  await send(made, { docket: tender.docket, docketTitle: tender.title, kind, title: word(kind), key: key.id });
  const refusal = await shown(made.id);
  if (refusal) throw new Refusal(refusal);
}

/** Runs what a button of a box is for, once, and says how it went. What ready throws stands in its way. */
export function on(box, name, work, ready = () => undefined) {
  const button = box.querySelector(`[data-act="${name}"]`);
  button.hidden = false;
  button.addEventListener("click", async () => {
    quiet(box);
    let done;
    try {
      ready();
      if (button.dataset.sure === "") { // it cannot be taken back: it wants a second press
        button.dataset.sure = "asked";
        button.textContent = word("sure-" + name);
        return;
      }
      button.disabled = true;
      box.querySelector("[role=status]").textContent = word("sending");
      await work();
      done = true; // the page makes way: nothing is sent twice meanwhile
      location.reload();
    } catch (err) {
      complain(box, err);
    } finally {
      button.disabled = done === true;
    }
  });
}
