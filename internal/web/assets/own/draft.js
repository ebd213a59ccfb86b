// What is typed into a form stays in this browser until it is on record: a session
// that ends, a node that does not answer and a tab that is closed lose none of it.
import { get, list, put, remove } from "./keys.js";

const pathOf = form => new URL(form.action).pathname;
const ticked = e => e.type === "checkbox" || e.type === "radio";
const nameOf = e => ticked(e) ? `${e.name}=${e.value}` : e.name;
const typable = form => [...form.elements].filter(e => e.name && (e.matches("textarea, select") || e.matches("input") && e.type !== "hidden" && e.type !== "file"));
const valueOf = e => ticked(e) ? e.checked : e.value;
const broughtOf = e => ticked(e) ? e.defaultChecked : e.matches("select") ? ([...e.options].find(o => o.defaultSelected) ?? e.options[0])?.value : e.defaultValue;

/** What a form is about: its hidden fields, or those of them that data-draft names. */
function subjectOf(form) {
  const names = form.dataset.draft?.split(" ") ?? [...form.elements].filter(e => e.type === "hidden" && e.name).map(e => e.name);
  return Object.fromEntries(names.filter(Boolean).map(n => [n, form.elements[n]?.value ?? ""]));
}

/** Puts what was typed back where nothing else was typed yet, and returns whether that changed anything. */
function putBack(form, typed) {
  let changed = false;
  for (const e of typable(form)) {
    const before = valueOf(e), v = typed[nameOf(e)];
    if (v === undefined || v === before || before !== broughtOf(e)) continue;
    if (ticked(e)) e.checked = v;
    else e.value = v;
    if (valueOf(e) === "" && v !== "") e.value = before; // a choice that is there no more
    changed ||= valueOf(e) !== before;
  }
  return changed;
}

/**
 * Keeps what is typed into a form from the first letter on: what differs from what
 * the page brought. A page that is fresh, and does not show what was just sent, gets
 * it back; notice says so and has a button that discards it.
 */
export async function keepDraft(form, notice, fresh) {
  const path = pathOf(form), of = subjectOf(form);
  const id = ["typed", path, JSON.stringify(of)].join(" ");
  let kept = {}, later;
  const keep = () => {
    clearTimeout(later);
    for (const e of typable(form)) if (nameOf(e) in kept || valueOf(e) !== broughtOf(e)) kept[nameOf(e)] = valueOf(e);
    if (Object.keys(kept).length) put("drafts", { id, at: Date.now(), path, of, typed: kept }).catch(() => undefined); // the page works all the same
  };
  form.addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(keep, 300);
  });
  form.addEventListener("submit", keep);
  notice.querySelector("[data-act=discard]").addEventListener("click", async () => {
    clearTimeout(later);
    kept = {};
    await remove("drafts", id).catch(() => undefined);
    form.reset();
    notice.hidden = true;
    typable(form)[0]?.focus();
  });
  kept = (await get("drafts", id).catch(() => undefined))?.typed ?? {};
  if (fresh) notice.hidden = !putBack(form, kept);
  keep(); // what was typed before this script came
}

/** The texts that were typed at an address for an act, of which it shows no form any more. */
export async function textsFor(path, act) {
  const all = await list("drafts").catch(() => []);
  const typed = all.filter(d => d.path === path && d.of.do === act).flatMap(d => Object.values(d.typed));
  return typed.filter(v => typeof v === "string" && /\s/.test(v.trim())); // prose: no date, number or id
}

/** Forgets what was typed of what a form sent: it is on record. */
export async function forgetDraft(form) {
  const path = pathOf(form);
  const all = await list("drafts").catch(() => []);
  const over = all.filter(d => d.path === path && Object.entries(d.of).every(([n, v]) => (form.elements[n]?.value ?? "") === v));
  await Promise.all(over.map(d => remove("drafts", d.id).catch(() => undefined)));
}
